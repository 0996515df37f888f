"""One approval case at any moment, and the history of everything that sources recorded about it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from domain.access import Actor
from domain.approval import ApprovalCase, approval_case
from domain.approval.pauses import Interruption
from domain.errors import NotFound
from domain.evidence import RecordedFact, standing
from domain.evidence.recorded import EVERYTHING, Knowledge
from domain.facts.approvals import ApprovalRecorded, case_subject
from domain.facts.certificates import CertificateIssued
from domain.facts.corrections import FactCorrected, RetractedFact
from domain.facts.fact import OWN_PREFIX
from domain.policy import PolicyBook
from projections.questions.approval_queries import may_see_approval
from projections.questions.approval_shown import ShownCase, shown_case
from projections.questions.as_of import AsOf

KINDS = frozenset({ApprovalRecorded.KIND, CertificateIssued.KIND, FactCorrected.KIND})


@dataclass(frozen=True, slots=True)
class ShownInterruption:
    """A special procedure or a correction request; only a ``listed`` one may stop the clock."""

    procedure: str | None
    listed: bool
    began_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    certificate_no: str
    issued_at: datetime
    position: int


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """A case with its interruptions and certificates.

    ``turns_at`` are the coming moments at which its lights change by time alone. ``valid_at``,
    ``known_at`` and ``known_by`` are those of the question.
    """

    case: ShownCase
    valid_at: datetime | None
    known_at: datetime | None
    known_by: str
    special_procedures: tuple[ShownInterruption, ...]
    corrections: tuple[ShownInterruption, ...]
    certificates: tuple[ShownCertificate, ...]
    turns_at: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One fact about a case: when it was recorded (``position``, ``recorded_at``), and when it happened (``at``).

    ``source_recorded_at`` is when the source recorded it, where the source says so. ``retracts`` names
    the fact that a correction retracts; ``retracted`` tells whether this fact was itself retracted.
    ``light`` is the light of the case right after this fact was recorded.
    """

    position: int
    recorded_at: datetime
    source_recorded_at: datetime | None
    source: str
    id: str
    type: str
    at: datetime
    state: str | None
    step: str | None
    special_procedure: str | None
    limit_working_days: int | None
    document_no: str | None
    document_date: date | None
    certificate_no: str | None
    retracts: RetractedFact | None
    retracted: bool
    light: str | None


def case_detail(
    connection: Connection,
    as_of: AsOf,
    actor: Actor,
    policies: PolicyBook,
    case_id: str,
    *,
    knowledge: Knowledge = EVERYTHING,
    valid_at: datetime | None = None,
    now: datetime,
) -> CaseDetail:
    """The case with what had happened by ``valid_at`` (inclusive), as it was known at the moment of ``knowledge``.

    Its clocks are read at ``valid_at``, else at ``now``. Raises NotFound where the actor could not see the
    case as it was known then, or where nothing had happened or was known yet.
    """
    now = valid_at or now
    # Who may see the case follows from everything known, and not only from what had happened: an entry
    # after ``valid_at`` may have named the jurisdiction.
    subject = case_subject(case_id)
    facts = as_of.standing(connection, subject, knowledge=knowledge, kinds=KINDS)
    _check_visible(actor, approval_case(case_id, facts, policies=policies, now=now))
    happened = (fact for fact in facts if valid_at is None or happened_at(fact) <= valid_at)
    with as_of.asking(connection, subject, knowledge) as asking:
        case = approval_case(case_id, happened, policies=policies, now=now, asking=asking)
    if case is None:
        raise NotFound("approval case")
    return CaseDetail(
        case=shown_case(case),
        valid_at=valid_at,
        known_at=knowledge.known_at,
        known_by=knowledge.known_by,
        special_procedures=tuple(_interruption(procedure, case) for procedure in case.special_procedures),
        corrections=tuple(_interruption(request, case) for request in case.corrections),
        certificates=tuple(_certificate(fact) for fact in case.certificates),
        turns_at=tuple(moment for moment in case.moments if moment > now),
    )


def case_history(
    connection: Connection,
    as_of: AsOf,
    actor: Actor,
    policies: PolicyBook,
    case_id: str,
    *,
    knowledge: Knowledge = EVERYTHING,
    now: datetime,
) -> tuple[CaseEvent, ...]:
    """All facts of outside sources about the case, by position, that were known at the moment of ``knowledge``.

    Raises NotFound where :func:`case_detail` does.
    """
    recorded = [
        fact
        for fact in as_of.recorded(connection, case_subject(case_id), knowledge=knowledge)
        if fact.fact.data.KIND in KINDS and not fact.source.startswith(OWN_PREFIX)
    ]
    _check_visible(actor, approval_case(case_id, standing(recorded), policies=policies, now=now))
    counting = {fact.identity for fact in standing(recorded)}
    lights = [_light(case_id, recorded, fact, policies) for fact in recorded]
    pairs = zip(recorded, lights, strict=True)
    return tuple(_event(fact, fact.identity in counting, light) for fact, light in pairs)


def _check_visible(actor: Actor, case: ApprovalCase | None) -> None:
    if case is None or not may_see_approval(actor, case.jurisdiction):
        raise NotFound("approval case")


def happened_at(fact: RecordedFact) -> datetime:
    """When a fact happened: the moment that an entry names, or the time of a certificate's message."""
    return fact.data.at if isinstance(fact.data, ApprovalRecorded) else fact.occurred_at


def _light(case_id: str, recorded: list[RecordedFact], last: RecordedFact, policies: PolicyBook) -> str | None:
    """The light of the case at the moment at which ``last`` was recorded, on everything recorded until then."""
    known = standing(fact for fact in recorded if fact.position <= last.position)
    case = approval_case(case_id, known, policies=policies, now=last.recorded_at)
    return None if case is None else str(case.light(last.recorded_at))


def _event(fact: RecordedFact, counts: bool, light: str | None) -> CaseEvent:
    # ``recorded`` is what stands in the ledger; ``data`` is what counts, the replacement of a correction.
    recorded, data = fact.fact.data, fact.data
    entry = data if isinstance(data, ApprovalRecorded) else None
    corrects = recorded.retracts if isinstance(recorded, FactCorrected) else None
    return CaseEvent(
        position=fact.position,
        recorded_at=fact.recorded_at,
        source_recorded_at=fact.fact.recordedtime,
        source=fact.source,
        id=fact.id,
        type=recorded.type_name(),
        at=happened_at(fact),
        state=entry.state if entry else None,
        step=entry.step if entry else None,
        special_procedure=entry.special_procedure if entry else None,
        limit_working_days=entry.limit_working_days if entry else None,
        document_no=entry.document_no if entry else None,
        document_date=entry.document_date if entry else None,
        certificate_no=data.certificate_no if isinstance(data, CertificateIssued) else None,
        retracts=corrects,
        retracted=corrects is None and not counts,
        light=light,
    )


def _interruption(interruption: Interruption, case: ApprovalCase) -> ShownInterruption:
    return ShownInterruption(
        procedure=interruption.procedure,
        listed=interruption.is_listed(case.policy.special_procedures),
        began_at=interruption.began.at,
        ended_at=interruption.ended.at if interruption.ended else None,
    )


def _certificate(fact: RecordedFact) -> ShownCertificate:
    assert isinstance(fact.data, CertificateIssued)
    return ShownCertificate(fact.data.certificate_no, fact.occurred_at, fact.position)
