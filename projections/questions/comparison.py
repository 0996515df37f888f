"""The comparison 比对 of one lot: every bidder and lead with registrations, payers and certificates."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection

from domain.access import Actor
from domain.errors import NotFound
from domain.evidence import AppointmentCase
from domain.evidence.attendance import SiteMonth, days_on_site
from domain.evidence.comparison import (
    CertificateRow,
    MonthRow,
    RegistrationRow,
    certificates_on_opening,
    payer_by_month,
    registrations_on_opening,
)
from domain.evidence.lot import UnidentifiedLeadCase
from domain.evidence.recorded import Knowledge
from domain.facts.attendance import AttendanceRecorded
from domain.facts.bidding import BidOpened, lot_subject
from domain.facts.corrections import FactCorrected
from domain.facts.fact import Org
from domain.facts.ocds import LotImported
from domain.facts.unread import UNREAD_NAME
from domain.rule import Finding, FindingOutcome, judge
from projections.boards.lot_board import last_import, lot_of
from projections.questions.as_of import AsOf
from projections.questions.visibility import may_see_lot

_WORST_FIRST: Final = (
    FindingOutcome.MISMATCH,
    FindingOutcome.SUSPECT,
    FindingOutcome.EXEMPT,
    FindingOutcome.NO_EVIDENCE,
    FindingOutcome.CONSISTENT,
)


_COMPARING: Final = frozenset({"E101", "E102", "E108"})
"""The rules that compare payer, registration and bidder.

Where no finding of a bid makes a clue, only theirs decide its outcome: another rule that has no evidence must
not hide that payer, registration and bidder agree.
"""


@dataclass(frozen=True, slots=True)
class DayEvidence:
    """The evidence about the day ``on``: payers of the look-back months before it, registrations, certificates."""

    on: date
    months: tuple[MonthRow, ...]
    registrations: tuple[RegistrationRow, ...]
    certificates: tuple[CertificateRow, ...]


@dataclass(frozen=True, slots=True)
class ComparedLead:
    """One bid with its lead; ``outcome`` is the worst finding that makes a clue, else that of the comparison itself.

    Months, registrations and certificates are those of the day ``on``, the day of the question or else of
    the opening. Findings and outcome are always about the opening. Where the question is about another day,
    ``at_opening`` is the evidence that they rest on. With ``lead_unidentified`` intake could not read whom the bid
    names, and there is no evidence; where not even the bidder could be read, it is called “？”.
    """

    bidder: str
    bidder_uscc: str | None
    person_id: str | None
    certificate_no: str | None
    on: date | None
    months: tuple[MonthRow, ...]
    registrations: tuple[RegistrationRow, ...]
    certificates: tuple[CertificateRow, ...]
    attendance: tuple[SiteMonth, ...]
    findings: tuple[Finding, ...]
    outcome: FindingOutcome
    at_opening: DayEvidence | None = None
    person_masked: str | None = None
    lead_unidentified: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison of a lot; ``names_people`` is False where its source names no leads to compare."""

    tender_id: str
    lot_id: str
    title: str
    jurisdiction: str
    project_code: str
    tenderer: str
    opened_at: datetime | None
    valid_at: datetime | None
    known_at: datetime | None
    known_by: str
    names_people: bool
    bids: tuple[ComparedLead, ...]


def comparison(
    connection: Connection,
    as_of: AsOf,
    actor: Actor,
    tender_id: str,
    lot_id: str,
    *,
    knowledge: Knowledge,
    now: datetime,
    valid_at: datetime | None = None,
) -> Comparison:
    """The comparison of a lot on what was known at the moment of ``knowledge``.

    Raises NotFound where the lot was not known then, or where the actor could not see it as it was known.
    """
    lot = lot_subject(tender_id, lot_id)
    facts = as_of.standing(connection, lot, knowledge=knowledge)
    known = lot_of(lot, facts)
    if known is None or not may_see_lot(actor, known.jurisdiction):
        raise NotFound("lot")
    openings = [fact.data for fact in facts if isinstance(fact.data, BidOpened) and fact.data.lot == lot]
    people = {person_id for opening in openings for person_id in opening.leads}
    cases = shown = as_of.cases_of_lot(connection, lot, people, knowledge=knowledge, now=now)
    if valid_at is not None:
        shown = as_of.cases_of_lot(connection, lot, people, knowledge=knowledge, now=now, valid_at=valid_at)
    imported = None if openings else last_import(facts)
    compared = [_compared(connection, as_of, *both, knowledge) for both in zip(cases, shown, strict=True)]
    of_lot = as_of.lot_cases(connection, lot, (), knowledge=knowledge) if any(map(_hides_leads, openings)) else ()
    unidentified = (row for case in of_lot if isinstance(case, UnidentifiedLeadCase) for row in _unidentified(case))
    return Comparison(
        tender_id=tender_id,
        lot_id=lot_id,
        title=known.title,
        jurisdiction=known.jurisdiction,
        project_code=known.project_code,
        tenderer=known.tenderer,
        opened_at=max((opening.opened_at for opening in openings), default=None),
        valid_at=valid_at,
        known_at=knowledge.known_at,
        known_by=knowledge.known_by,
        names_people=imported is None,
        bids=_without_people(imported) if imported else (*compared, *unidentified),
    )


def _hides_leads(opening: BidOpened) -> bool:
    return bool(opening.unread_bids) or any(bid.lead is None for bid in opening.bids)


def _without_people(imported: LotImported) -> tuple[ComparedLead, ...]:
    """The bidders of a lot whose source names no leads, so that there is nothing to compare."""
    return tuple(
        _nobody(
            " + ".join(bidder.name for bidder in bid.bidders),
            bid.bidders[0].uscc if len(bid.bidders) == 1 else None,
        )
        for bid in imported.bids
    )


def _unidentified(case: UnidentifiedLeadCase) -> Iterator[ComparedLead]:
    """The bids of a case, each with the finding that its lead is not known."""
    findings = judge(case)
    for bidder in [bid.bidder for bid in case.bids] or [Org(name=UNREAD_NAME)] * len(case.parts):
        nobody = _nobody(bidder.name, bidder.uscc)
        yield replace(nobody, findings=findings, outcome=findings[0].outcome, lead_unidentified=True)


def _nobody(bidder: str, uscc: str | None) -> ComparedLead:
    return ComparedLead(
        bidder=bidder,
        bidder_uscc=uscc,
        person_id=None,
        certificate_no=None,
        on=None,
        months=(),
        registrations=(),
        certificates=(),
        attendance=(),
        findings=(),
        outcome=FindingOutcome.NO_EVIDENCE,
    )


def _compared(
    connection: Connection, as_of: AsOf, case: AppointmentCase, shown: AppointmentCase, knowledge: Knowledge
) -> ComparedLead:
    """One bid: the findings of ``case``, about the opening, and the evidence of ``shown``, about the day asked for."""
    person_id = case.appointment.person.person_id
    findings = judge(case)
    kinds = (AttendanceRecorded.KIND, FactCorrected.KIND)
    attended = as_of.standing(connection, f"person:{person_id}", knowledge=knowledge, kinds=kinds)
    asked = _on_day(shown)
    return ComparedLead(
        bidder=case.bidder.name,
        bidder_uscc=case.bidder.uscc,
        person_id=person_id,
        certificate_no=case.appointment.certificate_no,
        on=asked.on,
        months=asked.months,
        registrations=asked.registrations,
        certificates=asked.certificates,
        attendance=days_on_site(person_id, attended),
        findings=findings,
        outcome=_outcome(findings),
        at_opening=None if shown is case else _on_day(case),
    )


def _on_day(case: AppointmentCase) -> DayEvidence:
    return DayEvidence(
        case.opened_on, payer_by_month(case), registrations_on_opening(case), certificates_on_opening(case)
    )


def _outcome(findings: Iterable[Finding]) -> FindingOutcome:
    outcomes = (finding.outcome for finding in findings if finding.outcome.makes_clue or finding.rule in _COMPARING)
    return min(outcomes, key=_WORST_FIRST.index)
