"""The case kind of lots 标段: the bids of one lot compared with each other."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from domain.clues.context import ClueContext
from domain.employers import Renames
from domain.evidence import NAMING, RecordedFact, recorded_late, standing
from domain.evidence.appointment import unnamed_codes
from domain.evidence.lot import (
    InsuredLeadCase,
    LotCase,
    UnidentifiedLeadCase,
    insured_lead_cases,
    lot_case,
    unidentified_lead_cases,
)
from domain.evidence.recorded import as_it_counts
from domain.facts.bidding import AwardAnnounced, BidOpened, CandidatesAnnounced, LotFact
from domain.facts.certificates import CertificateChanged, CertificateIssued
from domain.facts.corrections import FactCorrected
from domain.facts.fact import Org
from domain.facts.insurance import LeadInsured
from domain.follow_ups.insured_leads import standing_statements
from domain.policy import PolicyBook
from domain.rule import Finding, judge
from projections.boards.cross_bid_board import LOTS_BY_SUBJECT
from projections.evidence.organisations import Organisations
from projections.evidence.recorded_facts import SubjectFacts
from projections.judging.case_kind import Judgement, Judgements, JudgingRun, Touched, wanted
from projections.judging.corrected import replacements
from projections.judging.party_codes import PartyCodes
from projections.judging.renamed import renamed_or_corrected

_TOUCHING: Final = (BidOpened, CandidatesAnnounced, AwardAnnounced, LeadInsured)
_ABOUT_LOTS: Final = wanted(data.KIND for data in _TOUCHING)
_CORRECTING: Final = wanted([FactCorrected.KIND])
_NAMING: Final = wanted(NAMING)
_CERTIFICATES: Final = wanted([CertificateIssued.KIND, CertificateChanged.KIND])
_READ: Final = frozenset({*(data.KIND for data in _TOUCHING), FactCorrected.KIND})
_PREFIX: Final = "lots:"

_LeadCases = tuple[InsuredLeadCase | UnidentifiedLeadCase, ...]
_Cases = tuple[LotCase | None, _LeadCases]


class Lots:
    """Judges each lot at once."""

    name = "lots"

    def __init__(self, facts: SubjectFacts, organisations: Organisations, policies: PolicyBook) -> None:
        self._facts = facts
        self._organisations = organisations
        self._policies = policies

    def load(self, connection: Connection) -> None:
        """Do nothing: only the organisations are in memory, and another case kind loads these."""

    def touched(self, run: JudgingRun, touched: Touched) -> dict[str, Sequence[RecordedFact]]:
        connection = run.connection
        positions: defaultdict[str, set[int]] = defaultdict(set)
        positions |= renamed_or_corrected(
            connection, LOTS_BY_SUBJECT, self._organisations, touched, _giving_codes(touched)
        )
        facts = self._facts.at(connection, touched.only(_ABOUT_LOTS).positions.tolist())
        content = [(fact.data, fact) for fact in facts]
        content += replacements(self._facts.at(connection, touched.only(_CORRECTING).positions.tolist()))
        for data, fact in content:
            if isinstance(data, _TOUCHING):
                positions[data.lot].add(fact.position)
        return {_PREFIX + lot: self._facts.at(connection, sorted(causes)) for lot, causes in positions.items()}

    def judge(self, run: JudgingRun, groups: Sequence[str]) -> Judgements:
        connection = run.connection
        lots = [group.removeprefix(_PREFIX) for group in groups]
        self._facts.prefetch(connection, lots, kinds=_READ)
        renames = self._organisations.renames(connection)
        recorded = {lot: self._facts.of(connection, lot, kinds=_READ) for lot in lots}
        cases = {lot: self._cases(lot, facts, renames) for lot, facts in recorded.items()}
        LOTS_BY_SUBJECT.put(connection, {lot: _subjects(*of_lot) for lot, of_lot in cases.items()})
        for group in groups:
            run.wait(group, ())
        codes = PartyCodes(connection, self._organisations, groups)
        return {
            _PREFIX + lot: tuple(_with_codes(_judgements(*of_lot, recorded[lot]), codes))
            for lot, of_lot in cases.items()
        }

    def _cases(self, lot: str, recorded: Sequence[RecordedFact], renames: Renames) -> _Cases:
        of_lot = _standing_of(lot, recorded)
        case = lot_case(of_lot, policies=self._policies)
        if case is None:
            return None, ()
        insured = insured_lead_cases(case, standing_statements(recorded), renames)
        return case, (*insured, *unidentified_lead_cases(case, of_lot, renames))


def _giving_codes(touched: Touched) -> Touched:
    """The facts that may give the code of a party that a lot names without one."""
    # Most certificates are those of people. One that gives a code is indexed under the code and under the name.
    return Touched.joined([touched.only(_NAMING), touched.only(_CERTIFICATES).with_several_subjects()])


def _with_codes(judgements: Iterable[Judgement], codes: PartyCodes) -> Iterator[Judgement]:
    for judgement in judgements:
        yield replace(judgement, context=codes.completed(judgement.context, judgement.findings))


def _subjects(case: LotCase | None, leads: _LeadCases) -> Iterator[str]:
    """The subjects whose renames and corrections concern the lot.

    They are the lot itself, the payers of its leads, the bidders whose lead is not known, and the parties that are
    named without a code.
    """
    if case is not None:
        yield case.subject
        insured = (lead for lead in leads if isinstance(lead, InsuredLeadCase))
        yield from (subject for lead in insured for said, _ in lead.payers for subject in said.payer.subjects)
        unidentified = (lead for lead in leads if isinstance(lead, UnidentifiedLeadCase))
        yield from (subject for lead in unidentified if lead.bidder for subject in lead.bidder.subjects)
        yield from unnamed_codes(case.opening.tenderer, *(lead.bidder for lead in leads if lead.bidder))


def _judgements(case: LotCase | None, leads: _LeadCases, recorded: Sequence[RecordedFact]) -> Iterator[Judgement]:
    """One judgement for each finding about the lot and its leads."""
    if case is None:
        return
    late = _recorded_late(case, recorded)
    for finding in judge(case):
        # Rules about shared staff use the person as discriminator: then the clue is about that person.
        person_id = finding.discriminator if finding.discriminator in case.people else None
        yield _judgement(case, case, finding, person_id, None, recorded_late=late)
    for lead in leads:
        person_id = lead.person_id if isinstance(lead, InsuredLeadCase) else None
        for finding in judge(lead):
            yield _judgement(lead, case, finding, person_id, lead.bidder, recorded_late=late)


def _judgement(
    case: LotCase | InsuredLeadCase | UnidentifiedLeadCase,
    lot: LotCase,
    finding: Finding,
    person_id: str | None,
    bidder: Org | None,
    *,
    recorded_late: bool,
) -> Judgement:
    opening = lot.opening
    context = ClueContext(
        case_group=_PREFIX + lot.subject,
        jurisdiction=opening.jurisdiction,
        title=opening.title,
        occurred_at=opening.opened_at,
        tender_id=opening.tender_id,
        lot_id=opening.lot_id,
        bidder=bidder,
        tenderer=opening.tenderer,
        person_id=person_id,
        project_code=opening.project_code,
        recorded_late=recorded_late,
    )
    candidate = isinstance(case, UnidentifiedLeadCase) and case.candidate
    return Judgement(case, (finding,), context, candidate=candidate, lot=lot.subject)


def _recorded_late(case: LotCase, recorded: Iterable[RecordedFact]) -> bool:
    """Whether the opening was old when the lot was first recorded; a later correction makes nothing late."""
    counted = [(fact.recorded_at, fact.data) for fact in map(as_it_counts, recorded) if fact is not None]
    moments = [at for at, data in counted if isinstance(data, BidOpened) and data.lot == case.subject]
    return recorded_late(case.opening.opened_at, min(moments), case.policy)


def _standing_of(lot: str, recorded: Iterable[RecordedFact]) -> list[RecordedFact]:
    """The standing facts of ``lot``; a correction may have moved one to another lot."""
    content = ((fact, fact.data) for fact in standing(recorded))
    return [fact for fact, data in content if isinstance(data, LotFact) and data.lot == lot]
