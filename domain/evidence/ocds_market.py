"""Many contracting processes together: what is usual among them.

Processes pass through :class:`Market` one by one, and only a few numbers of each are kept, so that a
country's releases fit into memory.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import chain

from domain.evidence.ocds import CANCELLED, Offer, Process
from domain.evidence.outliers import Quartiles, quartiles
from domain.policy import Policy


class Group(StrEnum):
    """The kind of party that an indicator flags, in Cardinal's words: its ``Tenderer`` is a bidder 投标人."""

    PROCESS = "OCID"
    BUYER = "Buyer"
    PROCURING_ENTITY = "ProcuringEntity"
    BIDDER = "Tenderer"


@dataclass(frozen=True, slots=True)
class Closeness:
    """How much higher the lowest losing bid was than the winning bid, as a share of the winning bid.

    ``process`` is the number of the process; ``winner`` and ``runner_up`` are ids of bidders.
    """

    process: int
    ratio: float
    winner: str
    runner_up: str


@dataclass(slots=True)
class Share:
    """``part`` of ``whole`` have a property; ``processes`` are the numbers of the processes counted."""

    part: int = 0
    whole: int = 0
    processes: "array[int]" = field(default_factory=lambda: array("I"))

    @property
    def ratio(self) -> float:
        return self.part / self.whole

    def count(self, process: int, part: int, whole: int) -> None:
        """Add the counts of one process; processes must come in ascending order of their numbers."""
        self.part += part
        self.whole += whole
        # One process may be counted several times, but always in a row.
        if not self.processes or self.processes[-1] != process:
            self.processes.append(process)


@dataclass(slots=True)
class Supplied:
    """The classification codes of the items that one supplier was awarded, and the numbers of the processes."""

    classes: set[str] = field(default_factory=set)
    processes: "array[int]" = field(default_factory=lambda: array("I"))


@dataclass(frozen=True, slots=True)
class ProcessCase:
    """One process; only amounts in ``currency``, that of the market, are compared."""

    process: Process
    currency: str | None
    policy: Policy

    @property
    def subject(self) -> str:
        return f"process:{self.process.key}"

    @property
    def compares_prices(self) -> bool:
        return self.policy.procurement.compares_prices(self.process.method_details)

    def is_for(self, code: str, *, usual: frozenset[str] = frozenset()) -> bool:
        """Whether the indicator looks at how this was procured; ``usual`` are its methods where nothing is set."""
        return self.policy.procurement.looks_at(code, self.process.method, usual=usual)


@dataclass(frozen=True)
class MarketCase:
    """All processes together; ``keys`` are their keys, and a process's number is its place among them."""

    keys: tuple[str, ...]
    currency: str | None
    closeness: tuple[Closeness, ...]
    wins: Mapping[str, Share]
    disqualified: Mapping[Group, Mapping[str, Share]]
    supplied: Mapping[str, Supplied]
    policy: Policy

    @property
    def subject(self) -> str:
        return "market"

    @cached_property
    def usual_closeness(self) -> Quartiles | None:
        return quartiles(closeness.ratio for closeness in self.closeness)

    def named(self, processes: Iterable[int]) -> tuple[str, ...]:
        """The keys of the processes with these numbers."""
        return tuple(self.keys[number] for number in processes)


class Market:
    """Takes processes one by one and counts what the indicators need of them.

    A cancelled process does not count, nor does one that the policy excludes by how it was procured. Of
    processes with one key only the first counts; ``repeated`` is the number of the others. A process of which
    something could not be read does not count either; ``unread`` names these and what it was. ``currency`` is
    the one in which amounts are compared; None takes the first one on a submitted bid.
    """

    def __init__(self, policy: Policy, currency: str | None = None) -> None:
        self._policy = policy
        self._currency = currency
        self._numbers: dict[str, int] = {}
        self._closeness: list[Closeness] = []
        self._wins: dict[str, Share] = {}
        self._disqualified: dict[Group, dict[str, Share]] = {group: {} for group in Group if group is not Group.PROCESS}
        self._supplied: dict[str, Supplied] = {}
        self.repeated = 0
        self.unread: list[str] = []

    def take(self, processes: Iterable[Process]) -> Iterator[ProcessCase]:
        """A case for each process that counts, after it has been counted.

        This is a generator: :meth:`case` is complete only when it has been exhausted.
        """
        for process in processes:
            if process.unread:
                self.unread.append(f"{process.key} {', '.join(process.unread)}")
            elif process.key in self._numbers:
                self.repeated += 1
            elif process.status != CANCELLED and not self._policy.procurement.excludes(process.method_details):
                self._count(process)
                yield ProcessCase(process, self._currency, self._policy.for_procurement(process.method_details))

    def case(self) -> MarketCase:
        """All processes taken so far, as one case."""
        return MarketCase(
            tuple(self._numbers),
            self._currency,
            tuple(self._closeness),
            self._wins,
            self._disqualified,
            self._supplied,
            self._policy,
        )

    def _count(self, process: Process) -> None:
        number = self._numbers[process.key] = len(self._numbers)
        if self._policy.procurement.compares_prices(process.method_details):
            self._count_prices(number, process)
        self._count_wins(number, process)
        self._count_disqualified(number, process)
        self._count_supplied(number, process)

    def _count_prices(self, number: int, process: Process) -> None:
        if self._currency is None:
            prices = (offer.price for offer in process.submitted if offer.price)
            self._currency = next((price.currency for price in prices), None)
        closeness = _closeness(number, process, self._currency)
        if closeness is not None:
            self._closeness.append(closeness)

    def _count_wins(self, number: int, process: Process) -> None:
        """Count wins among valid bids; a bidder counts once in a process, however many bids it made."""
        winner = process.only_winner
        if winner is not None:
            for bidder in {offer.only_bidder for offer in process.offers if offer.valid} - {None}:
                assert bidder is not None
                self._wins.setdefault(bidder, Share()).count(number, bidder == winner, 1)

    def _count_disqualified(self, number: int, process: Process) -> None:
        submitted = process.submitted
        if not submitted:
            return
        for offer in submitted:
            for bidder in offer.known_bidders:
                self._share(Group.BIDDER, bidder).count(number, offer.disqualified, 1)
        part = sum(offer.disqualified for offer in submitted)
        for group, party in ((Group.BUYER, process.buyer), (Group.PROCURING_ENTITY, process.procuring_entity)):
            if party is not None:
                self._share(group, party).count(number, part, len(submitted))

    def _share(self, group: Group, party: str) -> Share:
        return self._disqualified[group].setdefault(party, Share())

    def _count_supplied(self, number: int, process: Process) -> None:
        awards = [award for award in process.active_awards if award.only_supplier and award.item_classes]
        for supplier in {award.only_supplier for award in awards}:
            assert supplier is not None
            supplied = self._supplied.setdefault(supplier, Supplied())
            supplied.processes.append(number)
            supplied.classes.update(
                chain.from_iterable(award.item_classes for award in awards if award.only_supplier == supplier)
            )


def _closeness(number: int, process: Process, currency: str | None) -> Closeness | None:
    """The closeness of one process; None unless the only winner has the lowest bid and another bid has a price."""
    winner = process.only_winner
    compared = sorted(_compared(process.offers, currency), key=lambda offer: offer[0])
    won = next((amount for amount, bidder in compared if bidder == winner), None)
    lost = next(((amount, bidder) for amount, bidder in compared if bidder != winner), None)
    if winner is None or not won or lost is None or lost[0] < won:
        return None
    return Closeness(number, (lost[0] - won) / won, winner, lost[1])


def _compared(offers: Iterable[Offer], currency: str | None) -> Iterator[tuple[float, str]]:
    """Amount and bidder of each valid bid of a single bidder in the market's currency."""
    for offer in offers:
        if offer.valid and offer.only_bidder and offer.price and offer.price.currency == currency:
            yield offer.price.amount, offer.only_bidder
