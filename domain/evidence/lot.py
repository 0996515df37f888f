"""The evidence about one lot 标段: its bids, and the leads whom another than their bidder insures."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from domain.employers import NO_RENAMES, EmployerMatch, Renames, compare
from domain.evidence.days import day_in_shanghai
from domain.evidence.recorded import RecordedFact
from domain.facts.bidding import Bid, BidOpened, StaffMember
from domain.facts.fact import Org
from domain.facts.insurance import LeadInsured
from domain.policy import Policy, PolicyBook


@dataclass(frozen=True, slots=True)
class LotBid:
    """One bid as read out; ``people`` are the lead and then the ``staff`` named, by pseudonym, each once."""

    bidder: Org
    people: tuple[str, ...]
    staff: tuple[StaffMember, ...]
    price: Decimal | None
    disqualified: bool
    opening: RecordedFact

    @property
    def lead(self) -> str:
        """The project lead's pseudonym."""
        return self.people[0]

    def roles_of(self, person_id: str) -> tuple[str, ...]:
        """As what the bid names a member of its staff, each role once."""
        return tuple(dict.fromkeys(member.role for member in self.staff if member.person.person_id == person_id))


@dataclass(frozen=True)
class LotCase:
    """The bids of one lot, in the order they were read out.

    Where an opening was announced again, a bidder's latest bid counts. Renames play no part
    between bidders, whom one source names at one moment.
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
    """A lead whom others than the bidder insure, beside the other bidders of the lot.

    ``statements`` are the ``lead-insured`` messages that stand, one for each payer.
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
    def payers(self) -> tuple[tuple[Org, RecordedFact], ...]:
        """Each with what was said of it, by key."""
        payers = [(data.payer, fact) for fact in self.statements if isinstance(data := fact.data, LeadInsured)]
        return tuple(sorted(payers, key=lambda one: (one[0].key, one[0].name, one[1].identity)))

    @property
    def rivals(self) -> tuple[LotBid, ...]:
        """The bids of others, by key of the bidder."""
        others = (bid for bid in self.lot.bids if bid.bidder.key != self.bidder.key)
        return tuple(sorted(others, key=lambda bid: (bid.bidder.key, bid.bidder.name)))

    def compare(self, left: Org, right: Org) -> EmployerMatch:
        """By any rename known: a name once borne is evidence of who pays."""
        return compare(left, right, renames=self.renames, registered=self.policy.registered_enterprises)


def lot_case(lot_facts: Iterable[RecordedFact], *, policies: PolicyBook) -> LotCase | None:
    """The lot as its standing facts have it; None where no bid was opened."""
    openings = sorted(_openings(lot_facts), key=_content)
    if not openings:
        return None
    _, latest = openings[-1]
    bids: dict[str, list[LotBid]] = {}
    for fact, opening in openings:
        for bidder, read_out in _by_bidder(fact, opening).items():
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
    """One case for each lead and bidder of whom a statement stands, by subject."""
    said: dict[tuple[str, str], list[RecordedFact]] = {}
    bidders: dict[str, Org] = {}
    for fact in sorted(statements, key=lambda fact: fact.identity):
        if isinstance(data := fact.data, LeadInsured):
            said.setdefault((data.person.person_id, data.bidder.key), []).append(fact)
            bidders[data.bidder.key] = data.bidder
    place = f"{lot.opening.tender_id}/{lot.opening.lot_id}"
    return tuple(
        InsuredLeadCase(f"{person_id}|{key}|{place}", person_id, bidders[key], tuple(facts), lot, renames)
        for (person_id, key), facts in sorted(said.items())
    )


def _openings(facts: Iterable[RecordedFact]) -> Iterator[tuple[RecordedFact, BidOpened]]:
    return ((fact, data) for fact in facts if isinstance(data := fact.data, BidOpened))


def _content(said: tuple[RecordedFact, BidOpened]) -> tuple[datetime, str, tuple[str, str]]:
    fact, opening = said
    return opening.opened_at, opening.model_dump_json(), fact.identity


def _by_bidder(fact: RecordedFact, opening: BidOpened) -> dict[str, list[LotBid]]:
    """A firm may hand in several bids."""
    bids: dict[str, list[LotBid]] = {}
    for bid in opening.bids:
        read_out = LotBid(bid.bidder, _people(bid), bid.staff, bid.price, bid.disqualified, fact)
        bids.setdefault(bid.bidder.key, []).append(read_out)
    return bids


def _people(bid: Bid) -> tuple[str, ...]:
    named = (bid.lead.person, *(member.person for member in bid.staff))
    return tuple(dict.fromkeys(person.person_id for person in named))
