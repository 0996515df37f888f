"""The evidence about one lot 标段: its bids, and its leads whom another organisation than the bidder insures."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from domain.employers import NO_RENAMES, EmployerMatch, Outcome, Renames, compare
from domain.evidence.days import day_in_shanghai
from domain.evidence.payments import scheme_rank
from domain.evidence.recorded import RecordedFact
from domain.facts.bidding import AwardAnnounced, BidOpened, CandidatesAnnounced, StaffMember
from domain.facts.fact import FactData, Org
from domain.facts.insurance import LeadInsured
from domain.facts.unread import Unread
from domain.policy import Policy, PolicyBook


@dataclass(frozen=True, slots=True)
class LotBid:
    """One bid as read out; ``people`` are the pseudonyms of the lead and then of the staff, each once.

    ``lead`` is the project lead's pseudonym; where intake could not read whom the bid names, it is None and
    ``unidentified`` says why.
    """

    bidder: Org
    lead: str | None
    unidentified: Unread | None
    people: tuple[str, ...]
    staff: tuple[StaffMember, ...]
    price: Decimal | None
    disqualified: bool
    opening: RecordedFact

    def roles_of(self, person_id: str) -> tuple[str, ...]:
        """The roles in which the bid names a person among its staff, each once."""
        return tuple(dict.fromkeys(member.role for member in self.staff if member.person.person_id == person_id))


@dataclass(frozen=True)
class LotCase:
    """The bids of one lot, in the order in which they were read out.

    Where an opening was announced again, a bidder's latest bids count. Bidders are compared without
    renames, because one source names them all at one moment.
    """

    subject: str
    opening: BidOpened
    bids: tuple[LotBid, ...]
    policy: Policy

    @property
    def opened_on(self) -> date:
        return day_in_shanghai(self.opening.opened_at)

    @cached_property
    def people(self) -> frozenset[str]:
        """Everyone named in a bid."""
        return frozenset(person_id for bid in self.bids for person_id in bid.people)

    @cached_property
    def priced(self) -> tuple[LotBid, ...]:
        """The bids with a price above zero."""
        return tuple(bid for bid in self.bids if bid.price)

    def compare(self, left: Org, right: Org) -> EmployerMatch:
        return compare(left, right, registered=self.policy.registered_enterprises)


@dataclass(frozen=True)
class InsuredLeadCase:
    """A lead whom other organisations than the bidder insure, with the bids of the lot.

    ``statements`` are the standing ``lead-insured`` messages.
    """

    subject: str
    person_id: str
    bidder: Org
    statements: tuple[RecordedFact, ...]
    lot: LotCase
    renames: Renames

    @property
    def policy(self) -> Policy:
        return self.lot.policy

    @property
    def payers(self) -> tuple[tuple[LeadInsured, RecordedFact], ...]:
        """What is said of each payer, sorted by its key and name; of several months the latest is said.

        A message that names no month is left out where another names one.
        """
        said = [(data, fact) for fact in self.statements if isinstance(data := fact.data, LeadInsured)]
        latest: dict[tuple[str, str], str] = {}
        for data, _ in said:
            payer = data.payer.key, data.payer.name
            latest[payer] = max(latest.get(payer, ""), data.month or "")
        counted = [(data, fact) for data, fact in said if (data.month or "") == latest[data.payer.key, data.payer.name]]
        return tuple(sorted(counted, key=_by_payer))

    @property
    def rivals(self) -> tuple[LotBid, ...]:
        """The bids of the other bidders, sorted by key and name of the bidder."""
        others = (bid for bid in self.lot.bids if bid.bidder.key != self.bidder.key)
        return tuple(sorted(others, key=lambda bid: (bid.bidder.key, bid.bidder.name)))

    def compare(self, left: Org, right: Org) -> EmployerMatch:
        """Whether two employers are the same by any known rename: a former name still shows who pays."""
        return compare(left, right, renames=self.renames, registered=self.policy.registered_enterprises)


@dataclass(frozen=True)
class UnidentifiedLeadCase:
    """The bids of one bidder of a lot whose lead could not be identified, or bids of which nothing could be read.

    Of the latter ``bidder`` is None and ``bids`` is empty. ``parts`` say what could not be read, and ``openings``
    are the facts they stand in. ``candidate`` is whether the bidder was announced as a winning candidate.
    """

    subject: str
    bidder: Org | None
    bids: tuple[LotBid, ...]
    parts: tuple[Unread, ...]
    openings: tuple[RecordedFact, ...]
    lot: LotCase
    candidate: bool

    @property
    def policy(self) -> Policy:
        return self.lot.policy


def lot_case(lot_facts: Iterable[RecordedFact], *, policies: PolicyBook) -> LotCase | None:
    """The lot folded from its standing facts; None where no bids were opened."""
    openings = sorted(_openings(lot_facts), key=_content)
    if not openings:
        return None
    _, latest = openings[-1]
    bids: dict[str, list[LotBid]] = {}
    for fact, opening in openings:
        for bidder, read_out in _by_bidder(fact, opening).items():
            # Removed first, so that the bidder takes its place in the order of the latest opening.
            bids.pop(bidder, None)
            bids[bidder] = read_out
    return LotCase(
        subject=latest.lot,
        opening=latest,
        bids=tuple(bid for read_out in bids.values() for bid in read_out),
        policy=policies.for_jurisdiction(latest.jurisdiction),
    )


def insured_lead_cases(
    lot: LotCase, statements: Iterable[RecordedFact], renames: Renames = NO_RENAMES
) -> tuple[InsuredLeadCase, ...]:
    """One case for each lead and bidder with a standing statement, sorted by subject."""
    by_lead: dict[tuple[str, str], list[RecordedFact]] = {}
    bidders: dict[str, Org] = {}
    for fact in sorted(statements, key=lambda fact: fact.identity):
        if isinstance(data := fact.data, LeadInsured):
            by_lead.setdefault((data.person.person_id, data.bidder.key), []).append(fact)
            bidders[data.bidder.key] = data.bidder
    place = f"{lot.opening.tender_id}/{lot.opening.lot_id}"
    return tuple(
        InsuredLeadCase(f"{person_id}|{key}|{place}", person_id, bidders[key], tuple(facts), lot, renames)
        for (person_id, key), facts in sorted(by_lead.items())
    )


def unidentified_lead_cases(
    lot: LotCase, lot_facts: Iterable[RecordedFact], renames: Renames = NO_RENAMES
) -> tuple[UnidentifiedLeadCase, ...]:
    """One case for each bidder whose lead is not known, and one for bids that could not be read, sorted by subject.

    ``lot_facts`` are the standing facts of the lot. A candidate may be announced under another name of the bidder.
    """
    facts = tuple(lot_facts)
    announced = [bidder for fact in facts for bidder in _announced(fact.data)]
    by_bidder: dict[str, list[LotBid]] = {}
    for bid in lot.bids:
        if bid.unidentified is not None:
            by_bidder.setdefault(bid.bidder.key, []).append(bid)
    place = f"{lot.opening.tender_id}/{lot.opening.lot_id}"
    found = [
        UnidentifiedLeadCase(
            subject=f"|{key}|{place}",
            bidder=bids[0].bidder,
            bids=tuple(bids),
            parts=tuple(bid.unidentified for bid in bids if bid.unidentified is not None),
            openings=tuple(bid.opening for bid in bids),
            lot=lot,
            candidate=any(
                compare(bids[0].bidder, each, on=lot.opened_on, renames=renames).outcome is Outcome.SAME
                for each in announced
            ),
        )
        for key, bids in sorted(by_bidder.items())
    ]
    if lot.opening.unread_bids:
        latest, _ = max(_openings(facts), key=_content)
        parts = lot.opening.unread_bids
        found.append(UnidentifiedLeadCase(f"||{place}", None, (), parts, (latest,), lot, candidate=False))
    return tuple(sorted(found, key=lambda case: case.subject))


def _by_payer(said: tuple[LeadInsured, RecordedFact]) -> tuple[str, str, int, tuple[str, str]]:
    data, fact = said
    return data.payer.key, data.payer.name, scheme_rank(data.scheme) if data.scheme else 0, fact.identity


def _announced(data: FactData) -> Iterator[Org]:
    """The bidders whom an announcement names."""
    if isinstance(data, CandidatesAnnounced):
        yield from (candidate.bidder for candidate in data.candidates)
    elif isinstance(data, AwardAnnounced):
        yield data.bidder


def _openings(facts: Iterable[RecordedFact]) -> Iterator[tuple[RecordedFact, BidOpened]]:
    return ((fact, data) for fact in facts if isinstance(data := fact.data, BidOpened))


def _content(opened: tuple[RecordedFact, BidOpened]) -> tuple[datetime, str, tuple[str, str]]:
    fact, opening = opened
    return opening.opened_at, opening.model_dump_json(), fact.identity


def _by_bidder(fact: RecordedFact, opening: BidOpened) -> dict[str, list[LotBid]]:
    """The bids of one opening by the key of the bidder; a firm may hand in several."""
    bids: dict[str, list[LotBid]] = {}
    for bid in opening.bids:
        lead = bid.lead.person.person_id if bid.lead else None
        people = tuple(dict.fromkeys((*([lead] if lead else []), *(member.person.person_id for member in bid.staff))))
        read_out = LotBid(bid.bidder, lead, bid.lead_unidentified, people, bid.staff, bid.price, bid.disqualified, fact)
        bids.setdefault(bid.bidder.key, []).append(read_out)
    return bids
