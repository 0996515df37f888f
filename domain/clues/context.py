"""What a clue 线索 is about, and how it is told apart from others and from its former self."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID, uuid5

from pydantic import TypeAdapter

from domain.evidence.appointment import case_subject
from domain.facts.bidding import LeadAppointed
from domain.facts.fact import Org
from domain.rule import Explanation, Finding, FindingOutcome

_CLUES: Final = UUID("5f6c0c27-5c6b-5f0e-9d0a-6a3f1c1b7a52")
"""The namespace of clue ids; changing it would raise every clue anew."""


class ClueStatus(StrEnum):
    """Where a clue stands; a revision or a mark “evidence changed” leaves it where it is."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    UNDER_INVESTIGATION = "under-investigation"
    CONFIRMED = "confirmed"
    CLEARED = "cleared"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        """Whether the lead is under suspicion and nobody has decided yet."""
        return self in (ClueStatus.RAISED, ClueStatus.ACKNOWLEDGED, ClueStatus.UNDER_INVESTIGATION)

    @property
    def is_in_peoples_hands(self) -> bool:
        """Whether evidence may only mark the clue: a supervisor investigates or has decided."""
        return self in (ClueStatus.UNDER_INVESTIGATION, ClueStatus.CONFIRMED, ClueStatus.CLEARED)


@dataclass(frozen=True, slots=True)
class ClueContext:
    """What a clue is about; what there is none of is None.

    ``case_group`` is judged as one, ``<case kind>:<subject>``; it decides which clues are reconciled
    together. ``title`` names the tender, the project, the approval item, the paying
    organisation or the department, and ``occurred_at`` is when it happened: the bid opening
    开标, the end of the month, the decision. ``bidder`` is the firm whose conduct it is about
    (a contractor too, never an applicant); ``tenderer`` invited the bids. ``jurisdictions`` are
    those of all lots concerned, sorted, where they are several: each of them must know, and
    ``jurisdiction`` is then the division that holds them all, if there is one.
    """

    case_group: str
    jurisdiction: str
    title: str
    occurred_at: datetime
    tender_id: str | None = None
    lot_id: str | None = None
    bidder: Org | None = None
    tenderer: Org | None = None
    person_id: str | None = None
    project_code: str | None = None
    case_id: str | None = None
    jurisdictions: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """The jurisdictions whose business it is."""
        return self.jurisdictions or (self.jurisdiction,)

    @property
    def case_kind(self) -> str:
        """The kind of case: ``appointments``, ``lots``, ``sites``, ``approvals``, ``payers``, ``departments``."""
        return self.case_group.partition(":")[0]

    @property
    def parties(self) -> tuple[Org, ...]:
        return tuple(party for party in (self.bidder, self.tenderer) if party is not None)

    @classmethod
    def of(cls, appointment: LeadAppointed) -> "ClueContext":
        """About the lead of a bid."""
        return cls(
            case_group=group_of_appointment(case_subject(appointment)),
            jurisdiction=appointment.jurisdiction,
            title=appointment.title,
            occurred_at=appointment.opened_at,
            tender_id=appointment.tender_id,
            lot_id=appointment.lot_id,
            bidder=appointment.bidder,
            tenderer=appointment.tenderer,
            person_id=appointment.person.person_id,
            project_code=appointment.project_code,
        )


def group_of_appointment(subject: str) -> str:
    """Each appointment is judged by itself: a fact concerns few of those a lead ever had."""
    return f"appointments:person:{subject}"


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a clue's history: what happened, by whom (``role``, ``name``) or by which event.

    ``caused_by`` is ``source#id`` of a fact, or ``time``. ``outcome`` and ``explanation`` are
    what the rule said from then on, where that changed.
    """

    version: int
    at: datetime
    what: str
    caused_by: str | None = None
    role: str | None = None
    name: str | None = None
    reason: str | None = None
    outcome: FindingOutcome | None = None
    explanation: Explanation | None = None


def clue_id(finding: Finding) -> UUID:
    """The clue of this rule, subject and discriminator, whatever the rule says about it."""
    return uuid5(_CLUES, f"{finding.rule}|{finding.subject}|{finding.discriminator}")


def fingerprint(finding: Finding) -> str:
    """Equal for findings that say the same and rest on the same facts, wherever those were recorded."""
    said = [*_said(finding), finding.rule_version, _match(finding), finding.thresholds]
    said.append(sorted((fact.source, fact.id) for fact in finding.facts))
    return blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()


def says_the_same(one: Finding, other: Finding) -> bool:
    """Whether a reader of both would learn nothing new: outcome, severity and explanation are equal."""
    return _said(one) == _said(other)


def finding_record(finding: Finding) -> dict[str, Any]:
    """The finding in plain JSON types, as events keep it."""
    record: dict[str, Any] = _FINDING.dump_python(finding, mode="json")
    return record


def finding_from(record: Mapping[str, Any]) -> Finding:
    return _FINDING.validate_python(record)


def context_record(context: ClueContext) -> dict[str, Any]:
    """Of several jurisdictions only where there are: most clues lie in one."""
    record: dict[str, Any] = _CONTEXT.dump_python(context, mode="json")
    if not context.jurisdictions:
        del record["jurisdictions"]
    return record


def context_from(record: Mapping[str, Any]) -> ClueContext:
    """As events keep it; the first events call the case group ``scope``."""
    if "scope" in record:
        record = {"case_group": record["scope"], **{key: record[key] for key in record if key != "scope"}}
    return _CONTEXT.validate_python(record)


def _said(finding: Finding) -> list[Any]:
    return [finding.outcome, finding.severity, finding.explanation.zh, finding.explanation.en]


def _match(finding: Finding) -> dict[str, Any] | None:
    return asdict(finding.employer_match) if finding.employer_match else None


_FINDING: Final = TypeAdapter(Finding)
_CONTEXT: Final = TypeAdapter(ClueContext)
