"""Clues as each party may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, and_, case, false, func, select

from domain.access import Actor, Role
from domain.clues.context import Step
from domain.employers import EmployerMatch
from domain.errors import NotFound
from domain.evidence.recorded import FactRef
from domain.rule import RULEBOOK, Explanation
from projections.batches import instant_text
from projections.boards.clue_board import CLUES, FINDING_CONTENT, HISTORY, FindingContent
from projections.questions.clue_order import GRAVITY, Sort
from projections.questions.visibility import clues_in_jurisdiction, clues_within, own_organisation


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of clues is narrowed to; None and nothing do not narrow. ``since`` is about the last change."""

    statuses: tuple[str, ...] = ()
    rule: str | None = None
    severity: str | None = None
    tender_id: str | None = None
    lot_id: str | None = None
    person_id: str | None = None
    project_code: str | None = None
    case_id: str | None = None
    jurisdiction: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Organisation:
    name: str
    uscc: str | None


@dataclass(frozen=True, slots=True)
class ShownClue:
    """A clue as interfaces answer it; what it is not about is None.

    ``case_kind`` is the kind of case. ``jurisdictions`` are those of all lots concerned, where they
    are several. ``person_masked`` is filled in where the reader may see it.
    """

    clue_id: str
    case_kind: str
    rule: str
    rule_version: int
    outcome: str
    severity: str
    status: str
    evidence_changed: bool
    candidate: bool
    jurisdiction: str
    jurisdictions: tuple[str, ...]
    title: str
    tender_id: str | None
    lot_id: str | None
    bidder: Organisation | None
    person_id: str | None
    project_code: str | None
    case_id: str | None
    occurred_at: datetime
    raised_at: datetime
    revised_at: datetime
    explanation: Explanation
    facts: tuple[FactRef, ...]
    employer_match: EmployerMatch | None
    thresholds: Mapping[str, str]
    history: tuple[Step, ...]
    person_masked: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """``next`` is the cursor of the following page; None on the last."""

    items: tuple[ShownClue, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """So many clues; ``candidates`` of them are about winning candidates."""

    clues: int
    candidates: int


def clues_visible(actor: Actor) -> ColumnElement[bool]:
    """A bidder sees what concerns its own leads, a tenderer what concerns its winning candidates.

    Neither sees anything of rules that are for supervisors only.
    """
    if actor.role is Role.BIDDER:
        return and_(own_organisation(actor, CLUES.c.bidder_key), _for_parties())
    if actor.role is Role.TENDERER:
        return and_(own_organisation(actor, CLUES.c.tenderer_key), CLUES.c.candidate, _for_parties())
    if actor.role is Role.SOURCE:
        return false()
    return clues_in_jurisdiction(actor)


def clues(
    connection: Connection,
    actor: Actor,
    filters: Filters = Filters(),
    *,
    sort: Sort = Sort.RAISED,
    cursor: str | None = None,
    limit: int = 100,
) -> Page:
    """One page; ``cursor`` is the ``next`` of the page before it, in the same order.

    A clue that changes its place between two pages may stand on both of them, or on neither.
    """
    behind = () if cursor is None else (sort.after(cursor),)
    order = [each.desc() for each in sort.columns]
    found = select(CLUES.c.clue_id).where(clues_visible(actor), *_narrowed(filters), *behind)
    # Rows are wide: they are read once it is known which ones are on the page.
    on_page = CLUES.c.clue_id.in_(found.order_by(*order).limit(limit + 1))
    rows = connection.execute(select(CLUES, GRAVITY).where(on_page).order_by(*order)).all()
    more = len(rows) > limit
    items = tuple(shown(row, actor) for row in rows[:limit])
    return Page(items, sort.cursor(rows[limit - 1]) if more else None)


def counts(connection: Connection, actor: Actor) -> Mapping[str, Count]:
    """How many clues the actor may see, by status; a status that no clue has is not there."""
    candidates = func.count(case((CLUES.c.candidate, 1)))
    query = select(CLUES.c.status, func.count(), candidates).where(clues_visible(actor)).group_by(CLUES.c.status)
    return {status: Count(found, of_candidates) for status, found, of_candidates in connection.execute(query)}


def clue(connection: Connection, actor: Actor, clue_id: UUID) -> ShownClue:
    """One clue; raises NotFound where the actor may not see it."""
    row = connection.execute(select(CLUES).where(CLUES.c.clue_id == str(clue_id), clues_visible(actor))).first()
    if row is None:
        raise NotFound("clue")
    return shown(row, actor)


def suspended(connection: Connection, person_id: str) -> bool:
    """Whether an investigation about the person is running: the integrity file is held back."""
    running = select(CLUES.c.number).where(CLUES.c.person_id == person_id, CLUES.c.status == "under-investigation")
    return connection.execute(running.limit(1)).first() is not None


def _for_parties() -> ColumnElement[bool]:
    """Only rules known to be for everyone: what is gone from the rulebook is not shown to parties."""
    return CLUES.c.rule.in_([rule.code for rule in RULEBOOK.values() if not rule.supervisors_only])


def _narrowed(filters: Filters) -> Sequence[ColumnElement[bool]]:
    equal = {
        CLUES.c.rule: filters.rule,
        CLUES.c.severity: filters.severity,
        CLUES.c.tender_id: filters.tender_id,
        CLUES.c.lot_id: filters.lot_id,
        CLUES.c.person_id: filters.person_id,
        CLUES.c.project_code: filters.project_code,
        CLUES.c.case_id: filters.case_id,
    }
    narrowed = [column == wanted for column, wanted in equal.items() if wanted is not None]
    if filters.statuses:
        narrowed.append(CLUES.c.status.in_(filters.statuses))
    if filters.jurisdiction is not None:
        narrowed.append(clues_within(filters.jurisdiction))
    if filters.since is not None:
        narrowed.append(CLUES.c.revised_at >= instant_text(filters.since))
    return narrowed


def _for_a_party(step: Step, actor: Actor) -> Step:
    """What happened and when; who said what only where the party said it."""
    own = step.role == actor.role
    return replace(
        step, explanation=None, caused_by=None, name=step.name if own else None, reason=step.reason if own else None
    )


def shown(row: Row[Any], actor: Actor) -> ShownClue:
    """Evidence names payers, and a payer may be a rival: parties to the bid get the rule's name only."""
    said = FINDING_CONTENT.validate_python(row.said)
    history = tuple(HISTORY.validate_python(row.history))
    if not actor.may_see_other_firms:
        rule = RULEBOOK[row.rule]
        said = FindingContent(rule.title_zh, rule.title, (), None)
        history = tuple(_for_a_party(step, actor) for step in history)
    return ShownClue(
        clue_id=row.clue_id,
        case_kind=row.case_group.partition(":")[0],
        rule=row.rule,
        rule_version=row.rule_version,
        outcome=row.outcome,
        severity=row.severity,
        status=row.status,
        evidence_changed=row.evidence_changed,
        candidate=row.candidate,
        jurisdiction=row.jurisdiction,
        jurisdictions=tuple(row.jurisdictions.split()),
        title=row.title,
        tender_id=row.tender_id,
        lot_id=row.lot_id,
        bidder=Organisation(row.bidder_name, row.bidder_uscc) if row.bidder_name is not None else None,
        person_id=row.person_id,
        project_code=row.project_code,
        case_id=row.case_id,
        occurred_at=datetime.fromisoformat(row.occurred_at),
        raised_at=datetime.fromisoformat(row.raised_at),
        revised_at=datetime.fromisoformat(row.revised_at),
        explanation=Explanation(said.explanation_zh, said.explanation_en),
        facts=said.facts,
        employer_match=said.employer_match,
        thresholds=dict(said.thresholds),
        history=history,
    )
