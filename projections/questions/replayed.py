"""What is replayed of a person, a lot and an approval case: their facts, and what was found on them.

Only what came from outside is told. What followed from it (that a lead was appointed, or is insured
by somebody else) is worked out from the facts known at each step, so that a step names the fact
behind it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection

from domain.approval import approval_case
from domain.evidence import Horizon, RecordedFact, asks_about
from domain.evidence.coverage import PAID, Ask, asks_of
from domain.evidence.days import day_in_shanghai, months_between
from domain.evidence.recorded import EVERYTHING, KnownBy, as_it_counts, retracted
from domain.evidence.site import SiteCase
from domain.evidence.winning import tells_of_won_lots
from domain.facts.approvals import case_subject
from domain.facts.bidding import BidOpened, LotFact
from domain.facts.employers import ExemptionRecorded
from domain.facts.fact import OWN_PREFIX, Org
from domain.facts.insurance import InsurancePaid, InsuranceStated
from domain.facts.registration import RegistrationRecorded
from domain.follow_ups.appointments import appointing
from domain.policy import PolicyBook
from projections.questions.approval_history import KINDS
from projections.questions.as_of import AsOf
from projections.questions.replay import Step, replay
from projections.questions.replay_questions import ApprovalCase, Lead, Lot, OnSites


def person_replay(
    connection: Connection,
    as_of: AsOf,
    policies: PolicyBook,
    person_id: str,
    *,
    known_by: KnownBy = "ours",
    until: datetime,
) -> Iterator[Step]:
    """At bids and on sites; of the lots, what named the person."""
    recorded = as_of.recorded_around(connection, person_id)
    names = {fact.fact.data.lot for fact in recorded if isinstance(fact.fact.data, LotFact)}
    lots = [_from_outside(as_of.recorded(connection, lot)) for lot in sorted(names)]
    of_lots = [fact for facts in lots for fact in facts]
    horizons = _horizons(of_lots, policies)[person_id]
    firms = _firms((*recorded, *of_lots)) if horizons else ()
    of_firms = as_of.recorded_of_firms(connection, f"person:{person_id}", firms)
    asks = [*_asks(of_lots, policies, until), *_asks_on_sites(connection, as_of, person_id, until)]
    closings = as_of.recorded_closings(connection, f"person:{person_id}", asks)
    questions = (Lead(connection, as_of, person_id, horizons), OnSites(connection, as_of, person_id))
    told = [*_from_outside(recorded), *(fact for facts in lots for fact in _naming(person_id, facts))]
    return replay(told, questions, quiet=[*of_lots, *of_firms, *closings], known_by=known_by, until=until)


def lot_replay(
    connection: Connection,
    as_of: AsOf,
    policies: PolicyBook,
    lot: str,
    *,
    known_by: KnownBy = "ours",
    until: datetime,
) -> Iterator[Step]:
    """With those facts about its leads that changed what was found."""
    told = _from_outside(as_of.recorded(connection, lot))
    leads = {
        person_id: [
            fact
            for fact in _from_outside(as_of.recorded_around(connection, person_id))
            if any(horizon.holds(fact.data) or tells_of_won_lots(fact.data, horizon) for horizon in horizons)
        ]
        for person_id, horizons in _horizons(told, policies).items()
    }
    about_leads = [fact for facts in leads.values() for fact in facts]
    quiet = [*about_leads, *as_of.recorded_of_firms(connection, lot, _firms((*told, *about_leads)))]
    quiet += as_of.recorded_closings(connection, lot, _asks(told, policies, until))
    return replay(told, (Lot(connection, as_of, lot, leads),), quiet=quiet, known_by=known_by, until=until)


def case_replay(
    connection: Connection,
    as_of: AsOf,
    policies: PolicyBook,
    case_id: str,
    *,
    known_by: KnownBy = "ours",
    until: datetime,
) -> Iterator[Step]:
    """An approval case: its entries and certificates."""
    subject = case_subject(case_id)
    told = _from_outside(as_of.recorded(connection, subject))
    known = approval_case(case_id, as_of.standing(connection, subject, kinds=KINDS), policies=policies, now=until)
    asks = known.coverage.answers if known else ()
    quiet = as_of.recorded_closings(connection, subject, asks)
    questions = (ApprovalCase(connection, as_of, policies, case_id),)
    return replay(told, questions, quiet=quiet, known_by=known_by, until=until)


def _from_outside(facts: Iterable[RecordedFact]) -> list[RecordedFact]:
    """Without what we worked out ourselves, and without who looked at whom."""
    return [fact for fact in facts if not fact.source.startswith(OWN_PREFIX)]


def _naming(person_id: str, lot_facts: Sequence[RecordedFact]) -> Iterator[RecordedFact]:
    """What ever named a person as lead or winning candidate of a lot, and its corrections."""
    followed = appointing(tuple(_as_they_counted(lot_facts)))
    named = {each.cause.identity for each in followed if f"person:{person_id}" in each.data.subjects}
    return (fact for fact in lot_facts if fact.identity in named or retracted(fact) in named)


def _horizons(lot_facts: Iterable[RecordedFact], policies: PolicyBook) -> defaultdict[str, list[Horizon]]:
    """What can matter to the appointments that any of these openings meant, also a retracted one, by person."""
    found: defaultdict[str, list[Horizon]] = defaultdict(list)
    for opening in (fact.data for fact in _as_they_counted(lot_facts)):
        if isinstance(opening, BidOpened):
            policy = policies.for_jurisdiction(opening.jurisdiction)
            for person_id in opening.leads:
                found[person_id].append(Horizon.around(person_id, opening.lot, opening.opened_at, policy))
    return found


def _asks(lot_facts: Iterable[RecordedFact], policies: PolicyBook, until: datetime) -> Iterator[Ask]:
    """What the rules may ask of coverage about the leads of any of these openings, also a retracted one.

    Whoever won is asked about the payments of all months since.
    """
    for opening in (fact.data for fact in _as_they_counted(lot_facts)):
        if isinstance(opening, BidOpened):
            policy = policies.for_jurisdiction(opening.jurisdiction)
            horizon = Horizon.around("", opening.lot, opening.opened_at, policy)
            yield from asks_about(opening.jurisdiction, horizon, policy)
            since = months_between(horizon.opened_on, day_in_shanghai(until))
            yield from asks_of(policy, opening.jurisdiction, PAID, since)


def _asks_on_sites(connection: Connection, as_of: AsOf, person_id: str, until: datetime) -> Iterator[Ask]:
    """The same about a person's months on sites."""
    for case in as_of.on_sites(connection, person_id, knowledge=EVERYTHING, now=until).cases:
        if isinstance(case, SiteCase):
            yield from case.coverage.answers


def _as_they_counted(facts: Iterable[RecordedFact]) -> Iterator[RecordedFact]:
    """Each by itself, whether something took it back or not."""
    return filter(None, map(as_it_counts, facts))


def _firms(facts: Iterable[RecordedFact]) -> Iterator[Org]:
    """Whose licences and renames may change a finding about a lead: bidders, and who employs or insures one."""
    for fact in _as_they_counted(facts):
        match fact.data:
            case BidOpened(bids=bids):
                yield from (bid.bidder for bid in bids)
            case InsurancePaid(payer=firm) | RegistrationRecorded(employer=firm) | ExemptionRecorded(workplace=firm):
                yield firm
            case InsuranceStated(payments=payments):
                yield from (payment.payer for payment in payments)
