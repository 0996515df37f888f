"""What the calls answer with, for OpenAPI: types by operation; schemathesis compares them with real answers.

A field with a default may be left out of an answer. Calls that are not named here answer an object that is not
described further.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from alerts.recipients import Occasion
from domain.access import Role
from domain.bid_verdict import CompleteTo
from domain.clues.context import ClueStatus, Step
from domain.employers import EmployerMatch
from domain.finding import Finding
from domain.matters.matter import MatterKind
from domain.rule import Explanation, FindingOutcome, Severity
from infra.documents.clue_detail import ClueEvidence
from infra.rulebook.listing import PublishedRule
from projections.questions.approval_statistics import DepartmentMonthStatistics
from projections.questions.clue_queries import Organisation, ShownClue
from projections.questions.comparison import Comparison
from projections.questions.composite import Composite
from projections.questions.dossier import Dossier
from projections.questions.firm_file import FirmFile
from projections.questions.integrity_file import IntegrityFile
from streams.intake.prepared import FieldError
from streams.intake.quarantine import Status


@dataclass(frozen=True, kw_only=True)
class Clue(ShownClue):
    """A clue 线索: a suspicion with what it rests on, never a judgement."""

    outcome: FindingOutcome
    severity: Severity
    status: ClueStatus
    employer_match: EmployerMatch | None = None
    rule_url: str


@dataclass(frozen=True)
class CluePage:
    """``next`` is the cursor of the following page, null on the last."""

    items: list[Clue]
    next: str | None


@dataclass(frozen=True)
class Addressee:
    role: Role
    key: str


@dataclass(frozen=True)
class NoticeSent:
    notice_id: int
    revision: int
    recipient: Addressee
    occasion: Occasion
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ClueDetail(Clue):
    """A clue with its evidence, how far the data are complete, and who was told."""

    evidence: ClueEvidence | None
    complete_to: CompleteTo | None
    notices: list[NoticeSent]
    notices_wait_since: datetime | None


@dataclass(frozen=True)
class ClueOfMatter:
    """What tells a clue from the others of its matter."""

    clue_id: str
    rule: str
    severity: Severity
    status: ClueStatus
    raised_at: datetime
    revised_at: datetime
    explanation: Explanation


@dataclass(frozen=True, kw_only=True)
class _AnyMatter:
    matter_id: str
    kind: MatterKind
    status: ClueStatus
    severity: Severity
    candidate: bool
    evidence_changed: bool
    rules: list[str]
    jurisdictions: list[str]
    title: str
    tender_id: str | None
    lot_id: str | None
    bidder: Organisation | None
    person_id: str | None
    person_masked: str | None
    project_code: str | None
    case_id: str | None
    occurred_at: datetime
    raised_at: datetime
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Matter(_AnyMatter):
    """A matter 事项: the clues that are one piece of work."""

    clues: list[ClueOfMatter]


@dataclass(frozen=True)
class MatterPage:
    """``next`` is the cursor of the following page, null on the last; ``count`` is of all pages."""

    items: list[Matter]
    next: str | None
    count: int


@dataclass(frozen=True, kw_only=True)
class StepOfMatter(Step):
    """A step in the history of one of its clues."""

    clue_id: str
    rule: str


@dataclass(frozen=True, kw_only=True)
class MatterDetail(_AnyMatter):
    """A matter with its clues, what they rest on, and who was told."""

    clues: list[Clue]
    evidence: ClueEvidence | None
    complete_to: CompleteTo | None
    history: list[StepOfMatter]
    notices: list[NoticeSent]


@dataclass(frozen=True, kw_only=True)
class ClueFindings(Composite):
    """All clues about one tender, bidder or person, worst first."""

    items: tuple[Clue, ...]


@dataclass(frozen=True)
class Words:
    zh: str
    en: str


@dataclass(frozen=True)
class LoadCount:
    rule: str
    severity: Severity
    clues: int


@dataclass(frozen=True)
class LoadSummary:
    clues: int
    since: datetime
    counts: list[LoadCount]
    list: str


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A notice 提示信息 as its recipient gets it; ``load`` and no clue in the summary of a load of history."""

    rule: str | None
    severity: Severity
    jurisdiction: str
    tender_id: str | None
    lot_id: str | None
    title: str
    bidder: str | None
    person_id: str | None
    project_code: str | None
    case_id: str | None
    case_kind: str
    load: LoadSummary | None
    notice_id: int
    clue_id: str | None
    revision: int
    occasion: Occasion
    recipient: Addressee
    rule_url: str | None
    subject: Words
    body: Words
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class NoticePage:
    items: list[Notice]
    next: int | None


@dataclass(frozen=True)
class RejectedEvent:
    """``index`` is the place of the event in the call, from 0.

    ``partial``: all but the parts was recorded that the errors name, and the event counts as accepted. Send the entry
    again, corrected, to fill them in.
    """

    index: int
    id: str | None
    quarantine_id: str
    errors: list[FieldError]
    partial: bool = False


@dataclass(frozen=True)
class RaisedFinding:
    """What an opening of the call raised at once."""

    clue_id: str
    rule: str
    rule_version: int
    outcome: FindingOutcome
    severity: Severity
    tender_id: str | None
    lot_id: str | None
    bidder: Organisation | None
    person_id: str | None
    explanation: Explanation


@dataclass(frozen=True)
class Verdict:
    """About one bid. ``bidder`` null: not even the bidder could be read; ``person_id`` null: the lead could not.

    ``rules`` raised a clue, or else compared and found nothing. ``complete_to`` says how far the data are complete, by
    kind and area: ``{"insurance": {"440100": "2025-05"}}``.
    """

    tender_id: str
    lot_id: str
    bidder: Organisation | None
    person_id: str | None
    verdict: Literal["consistent", "suspect", "mismatch", "unknown"]
    rules: list[str]
    complete_to: CompleteTo | None = None


@dataclass(frozen=True)
class EventsAnswer:
    """``verdicts`` where the call had openings; ``rejected_in_all`` where not all rejections are listed."""

    accepted: int
    duplicates: int
    rejected: list[RejectedEvent]
    findings: list[RaisedFinding]
    verdicts: list[Verdict] | None = None
    rejected_in_all: int | None = None


@dataclass(frozen=True)
class QuarantinedEvent:
    quarantine_id: str
    source: str | None
    id: str | None
    errors: list[FieldError]
    received_at: datetime
    last_received_at: datetime
    times_received: int
    status: Status
    partial: bool
    replaced_by: str | None


@dataclass(frozen=True)
class QuarantinePage:
    items: list[QuarantinedEvent]
    next: str | None


@dataclass(frozen=True)
class Rules:
    items: list[PublishedRule]


@dataclass(frozen=True)
class HeardNumbers:
    first: int
    last: int


@dataclass(frozen=True)
class HeardSource:
    source: str
    numbers: HeardNumbers | None
    said_last: int | None
    missing_count: int
    missing: list[list[int]]
    interval_seconds: int | None
    heard_at: datetime
    findings: list[Finding]


@dataclass(frozen=True)
class Sources:
    """``registered``: who may say what. ``items``: those that number their messages or send heartbeats."""

    items: list[HeardSource]
    registered: list[dict[str, Any]]


@dataclass(frozen=True)
class InclusionProof:
    """RFC 9162, hashes in lower-case hex."""

    leaf_index: int
    tree_size: int
    leaf_hash: str
    root: str
    hashes: list[str]


@dataclass(frozen=True)
class ConsistencyProof:
    """RFC 9162, hashes in lower-case hex."""

    first: int
    second: int
    first_root: str
    second_root: str
    hashes: list[str]


@dataclass(frozen=True)
class DepartmentMonths:
    items: list[DepartmentMonthStatistics]
    next: str | None


@dataclass(frozen=True)
class Erased:
    person_id: str
    erased: int


@dataclass(frozen=True)
class Health:
    status: Literal["ok"]


@dataclass(frozen=True)
class Readiness:
    status: Literal["ready", "not ready"]
    problems: list[str] | None = None


@dataclass(frozen=True)
class OpenedSession:
    csrf: str
    next: str


@dataclass(frozen=True)
class SessionState:
    signed_in: bool


@dataclass(frozen=True)
class SignInLink:
    link: str


ANSWERS: Final[Mapping[str, type]] = {
    "post_events": EventsAnswer,
    "resubmit": EventsAnswer,
    "list_clues": CluePage,
    "show_clue": ClueDetail,
    "acknowledge_clue": ClueDetail,
    "investigate_clue": ClueDetail,
    "explain_clue": ClueDetail,
    "confirm_clue": ClueDetail,
    "clear_clue": ClueDetail,
    "list_matters": MatterPage,
    "show_matter": MatterDetail,
    "findings_about_tender": ClueFindings,
    "findings_about_bidder": ClueFindings,
    "findings_about_person": ClueFindings,
    "show_comparison": Comparison,
    "show_dossier": Dossier,
    "show_integrity_file": IntegrityFile,
    "show_firm_file": FirmFile,
    "erase_person": Erased,
    "list_notices": NoticePage,
    "list_quarantine": QuarantinePage,
    "list_rules": Rules,
    "list_sources": Sources,
    "show_inclusion": InclusionProof,
    "show_inclusion_of_shard": InclusionProof,
    "show_consistency": ConsistencyProof,
    "show_consistency_of_shard": ConsistencyProof,
    "healthz": Health,
    "readyz": Readiness,
    "open_session": OpenedSession,
    "show_session": SessionState,
    "make_link": SignInLink,
}
"""By the name of the operation."""
