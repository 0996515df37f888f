"""A matter as interfaces answer it, alone and in lists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from alerts.inbox import Notice
from domain.access import Actor
from domain.bid_verdict import CompleteTo
from domain.clues.context import Step
from domain.evidence.days import SHANGHAI
from infra.documents.clue_detail import ClueEvidence, clue_detail, notice_documents
from infra.documents.clues import clue_document, named
from infra.documents.plain import document
from infra.identity.vault import Vault
from projections.questions.as_of import AsOf
from projections.questions.clue_queries import ShownClue
from projections.questions.matter_queries import ShownMatter, matter

_CLUE_IN_LIST: Final = ("clue_id", "rule", "severity", "status", "raised_at", "revised_at", "explanation")
_SHEET: Final = (
    *("matter_id", "kind", "status", "severity", "candidate", "rules", "jurisdictions", "title", "tender_id", "lot_id"),
    *("bidder", "person", "project_code", "case_id", "occurred_at", "raised_at", "changed_at"),
)


@dataclass(frozen=True, slots=True)
class StepOfMatter:
    """A step in the history of one of its clues."""

    clue_id: str
    rule: str
    step: Step


@dataclass(frozen=True, slots=True)
class MatterDetail:
    """A matter with what its clues rest on; ``evidence`` and ``complete_to`` as of a clue about a lead."""

    matter: ShownMatter
    evidence: ClueEvidence | None
    complete_to: CompleteTo | None
    history: tuple[StepOfMatter, ...]
    notices: tuple[Notice, ...]


def matter_detail(
    connection: Connection, as_of: AsOf, vault: Vault, actor: Actor, matter_id: UUID, *, now: datetime
) -> MatterDetail:
    """Raises NotFound where the actor may not see it."""
    found = with_names(connection, vault, actor, (matter(connection, actor, matter_id),))[0]
    details = [clue_detail(connection, as_of, vault, actor, UUID(clue.clue_id), now=now) for clue in found.clues]
    notices = {notice.notice_id: notice for detail in details for notice in detail.notices}
    return MatterDetail(
        found,
        next((detail.evidence for detail in details if detail.evidence), None),
        next((detail.complete_to for detail in details if detail.complete_to), None),
        _history(found.clues),
        tuple(notices[number] for number in sorted(notices)),
    )


def _history(clues: Iterable[ShownClue]) -> tuple[StepOfMatter, ...]:
    steps = (StepOfMatter(clue.clue_id, clue.rule, step) for clue in clues for step in clue.history)
    return tuple(sorted(steps, key=lambda each: (each.step.at, each.clue_id, each.step.version)))


def with_names(
    connection: Connection, vault: Vault, actor: Actor, matters: Sequence[ShownMatter]
) -> tuple[ShownMatter, ...]:
    """With masked names, and with the words of people about their clues, for those who may see them."""
    flat = named(connection, vault, actor, tuple(clue for each in matters for clue in each.clues))
    by_id = {clue.clue_id: clue for clue in flat}
    return tuple(_with_names(each, tuple(by_id[clue.clue_id] for clue in each.clues)) for each in matters)


def _with_names(shown: ShownMatter, clues: tuple[ShownClue, ...]) -> ShownMatter:
    masked = next((clue.person_masked for clue in clues if clue.person_id == shown.person_id), None)
    return replace(shown, clues=clues, person_masked=masked)


def matter_document(shown: ShownMatter) -> dict[str, Any]:
    """As it stands in a list: of each clue what tells it from the others."""
    clues = [{name: value for name, value in document(clue).items() if name in _CLUE_IN_LIST} for clue in shown.clues]
    return {**document(replace(shown, clues=())), "clues": clues}


def detail_document(detail: MatterDetail) -> dict[str, Any]:
    """With its clues as they are answered one by one."""
    steps = [{**document(each.step), "clue_id": each.clue_id, "rule": each.rule} for each in detail.history]
    return {
        **document(replace(detail.matter, clues=())),
        "clues": [clue_document(clue) for clue in detail.matter.clues],
        "evidence": document(detail.evidence) if detail.evidence else None,
        "complete_to": detail.complete_to,
        "history": steps,
        "notices": notice_documents(detail.notices),
    }


def matters_sheet(matters: Iterable[ShownMatter]) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
    """As rows for spreadsheets; moments in China's time."""
    return _SHEET, [_row(each) for each in matters]


def _row(shown: ShownMatter) -> tuple[Any, ...]:
    given = {
        "rules": " ".join(shown.rules),
        "jurisdictions": " ".join(shown.jurisdictions),
        "bidder": shown.bidder.name if shown.bidder else None,
        "person": shown.person_masked or shown.person_id,
        **{name: getattr(shown, name).astimezone(SHANGHAI) for name in ("occurred_at", "raised_at", "changed_at")},
    }
    return tuple(given.get(name, getattr(shown, name, None)) for name in _SHEET)
