"""What a clue 线索 is about, its id, and how a change of its finding is noticed."""

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
    """The status of a clue; a revision and the mark “evidence changed” do not change it."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    UNDER_INVESTIGATION = "under-investigation"
    CONFIRMED = "confirmed"
    CLEARED = "cleared"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        """Whether the clue still stands and nobody has decided about it."""
        return self in (ClueStatus.RAISED, ClueStatus.ACKNOWLEDGED, ClueStatus.UNDER_INVESTIGATION)

    @property
    def is_in_peoples_hands(self) -> bool:
        """Whether a supervisor investigates or has decided; then new evidence only marks the clue."""
        return self in (ClueStatus.UNDER_INVESTIGATION, ClueStatus.CONFIRMED, ClueStatus.CLEARED)


@dataclass(frozen=True, slots=True)
class ClueContext:
    """What a clue is about; a field is None where the clue has nothing to do with such a thing.

    ``case_group`` is ``<case kind>:<subject>``; the clues of one group are reconciled together.
    ``title`` names the tender, the project, the approval item, the paying organisation or the
    department. ``occurred_at`` is the moment of the bid opening 开标, the end of the month, or the
    decision. ``bidder`` is the firm whose conduct is in question: a contractor counts, an applicant
    does not. ``tenderer`` invited the bids.

    ``jurisdictions`` are those of all lots concerned, sorted, where there are several: the
    supervisors of each are told. Then ``jurisdiction`` is the smallest division that holds them all,
    or empty.

    ``recorded_late`` is True where the opening was old when it was recorded (``oldest_notice_days`` of the
    policy): then bidder and tenderer are not told that a rule found something.
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
    recorded_late: bool = False

    @property
    def places(self) -> tuple[str, ...]:
        """The jurisdictions whose supervisors may see the clue."""
        return self.jurisdictions or (self.jurisdiction,)

    @property
    def case_kind(self) -> str:
        """``appointments``, ``won_lots``, ``lots``, ``sites``, ``approvals``, ``payers`` or ``departments``."""
        return self.case_group.partition(":")[0]

    @property
    def parties(self) -> tuple[Org, ...]:
        return tuple(party for party in (self.bidder, self.tenderer) if party is not None)

    @classmethod
    def of(cls, appointment: LeadAppointed, *, recorded_late: bool = False) -> "ClueContext":
        """The context of clues about the lead of a bid."""
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
            recorded_late=recorded_late,
        )


def group_of_appointment(subject: str) -> str:
    """The case group of one appointment: a new fact concerns few of all appointments of a person."""
    return f"appointments:person:{subject}"


def group_of_won_lot(subject: str) -> str:
    """The case group of one appointment from the award on."""
    return f"won_lots:person:{subject}"


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a clue's history.

    ``role`` and ``name`` say which person did it; ``caused_by`` says which fact caused it
    (``source#id``), or ``time``. ``outcome`` and ``explanation`` are those of the finding from then
    on, where the finding changed.
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
    """The id of the clue: it follows from rule, subject and discriminator, and not from the outcome."""
    return uuid5(_CLUES, f"{finding.rule}|{finding.subject}|{finding.discriminator}")


def fingerprint(finding: Finding) -> str:
    """A hash that is equal for findings with the same words, rule version, thresholds and facts.

    Facts count by source and id. When and at which position they were recorded does not matter.
    """
    content = [*_words(finding), finding.rule_version, _match(finding), finding.thresholds]
    content.append(sorted((fact.source, fact.id) for fact in finding.facts))
    return blake2b(json.dumps(content).encode(), digest_size=16).hexdigest()


def says_the_same(one: Finding, other: Finding) -> bool:
    """Whether outcome, severity and explanation are equal, so that a reader of both learns nothing new."""
    return _words(one) == _words(other)


def finding_record(finding: Finding) -> dict[str, Any]:
    """The finding in plain JSON types, as events store it."""
    record: dict[str, Any] = _FINDING.dump_python(finding, mode="json")
    return record


def finding_from(record: Mapping[str, Any]) -> Finding:
    """The finding that :func:`finding_record` stored."""
    return _FINDING.validate_python(record)


def context_record(context: ClueContext) -> dict[str, Any]:
    """The context in plain JSON types, as events store it."""
    # Most clues lie in one jurisdiction and were recorded in time. Without the empty fields their events
    # stay equal, to the byte, to those that were stored before the fields existed.
    record: dict[str, Any] = _CONTEXT.dump_python(context, mode="json")
    for name in ("jurisdictions", "recorded_late"):
        if not record[name]:
            del record[name]
    return record


def context_from(record: Mapping[str, Any]) -> ClueContext:
    """The context that :func:`context_record` stored."""
    # The first events call the case group ``scope``; stored events are never rewritten.
    if "scope" in record:
        record = {"case_group": record["scope"], **{key: record[key] for key in record if key != "scope"}}
    return _CONTEXT.validate_python(record)


def _words(finding: Finding) -> list[Any]:
    return [finding.outcome, finding.severity, finding.explanation.zh, finding.explanation.en]


def _match(finding: Finding) -> dict[str, Any] | None:
    return asdict(finding.employer_match) if finding.employer_match else None


_FINDING: Final = TypeAdapter(Finding)
_CONTEXT: Final = TypeAdapter(ClueContext)
