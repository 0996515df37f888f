"""A contracting process 采购过程 as the published indicators read it, from a release or from a lot in the ledger.

Firms and buyers are identified by the ids of their publisher, as the definitions of the indicators
say. Where there is no id, a party is not matched by its name.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, TypeVar

from domain.evidence.recorded import RecordedFact
from domain.facts.bidding import AwardAnnounced, BidOpened
from domain.facts.fact import Org
from domain.facts.ocds import Amount, ImportedAward, ImportedBid, LotImported, Party

CANCELLED: Final = "cancelled"
_NOT_SUBMITTED: Final = frozenset({"invited", "withdrawn"})
_FINAL: Final = frozenset({"active", "cancelled", "unsuccessful"})
_YUAN: Final = "CNY"

T = TypeVar("T")


class Price(NamedTuple):
    """A price; ``currency`` is an ISO 4217 code."""

    amount: float
    currency: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One bid; ``bidders`` are the ids of the firms that bid together, None for a firm without an id."""

    bidders: tuple[str | None, ...]
    status: str | None = None
    price: Price | None = None
    received_at: datetime | None = None

    @property
    def submitted(self) -> bool:
        """Whether the bid was submitted: its status is known, and is neither invited nor withdrawn."""
        return self.status is not None and self.status not in _NOT_SUBMITTED

    @property
    def valid(self) -> bool:
        return self.status == "valid"

    @property
    def disqualified(self) -> bool:
        return self.status == "disqualified"

    @property
    def known_bidders(self) -> frozenset[str]:
        return frozenset(bidder for bidder in self.bidders if bidder is not None)

    @property
    def only_bidder(self) -> str | None:
        """The id of the only bidder; None where several bid together, or the only one has no id."""
        return self.bidders[0] if len(self.bidders) == 1 else None


@dataclass(frozen=True, slots=True)
class Awarded:
    """One award; ``item_classes`` are the classification codes of what was awarded."""

    suppliers: tuple[str | None, ...]
    status: str | None = None
    item_classes: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        return self.status == "active"

    @property
    def only_supplier(self) -> str | None:
        return self.suppliers[0] if len(self.suppliers) == 1 else None


@dataclass(frozen=True, slots=True)
class Process:
    """One contracting process; ``key`` is the ocid, or ``tender_id/lot_id`` of a lot in the ledger.

    ``bidders_counted`` is the publisher's own number of bidders. ``opens_at`` and ``closes_at`` are the
    ends of the submission period 投标期.
    """

    key: str
    status: str | None = None
    method: str | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    bidders_counted: int | None = None
    buyer: str | None = None
    procuring_entity: str | None = None
    offers: tuple[Offer, ...] = ()
    awards: tuple[Awarded, ...] = ()

    @property
    def submitted(self) -> tuple[Offer, ...]:
        return tuple(offer for offer in self.offers if offer.submitted)

    @property
    def active_awards(self) -> tuple[Awarded, ...]:
        return tuple(award for award in self.awards if award.active)

    @property
    def decided(self) -> bool:
        """Whether no award is pending; an award without a status is not taken for pending."""
        return all(award.status is None or award.status in _FINAL for award in self.awards)

    @property
    def only_winner(self) -> str | None:
        """The only supplier of the only active award, once no award is pending; else None."""
        active = self.active_awards
        return active[0].only_supplier if self.decided and len(active) == 1 else None


def process_of(lot: str, standing_facts: Iterable[RecordedFact]) -> Process | None:
    """A lot of the ledger (``tender_id/lot_id``) as a process; None without an opening and without a release.

    A lot with an opening counts as open procurement (招标投标法 §10). Of several releases about a lot, the
    newest that has a part counts for that part.
    """
    facts = [fact.data for fact in standing_facts]
    openings = [data for data in facts if isinstance(data, BidOpened)]
    if openings:
        opening = max(openings, key=lambda data: (data.opened_at, data.title))
        return _opened(lot, opening, [data for data in facts if isinstance(data, AwardAnnounced)])
    imports = sorted(
        (data for data in facts if isinstance(data, LotImported)), key=lambda data: (data.published_at, data.release_id)
    )
    return _imported(lot, imports) if imports else None


def _opened(lot: str, opening: BidOpened, awards: Iterable[AwardAnnounced]) -> Process:
    offers = tuple(
        Offer(
            bidders=(bid.bidder.key,),
            status="disqualified" if bid.disqualified else "valid",
            price=None if bid.price is None else Price(float(bid.price), _YUAN),
        )
        for bid in opening.bids
    )
    # A bid that could not be read was handed in all the same: without it one bid could seem to be the only one.
    offers += tuple(Offer(bidders=(part.digest,), status="valid", price=None) for part in opening.unread_bids)
    winners = sorted({award.bidder.key for award in awards})
    return Process(
        key=lot,
        method="open",
        bidders_counted=len({offer.bidders for offer in offers}),
        buyer=opening.tenderer.key,
        offers=offers,
        awards=tuple(Awarded((winner,), "active") for winner in winners),
    )


def _imported(lot: str, imports: Sequence[LotImported]) -> Process:
    period = _last(data.submission_period for data in imports)
    return Process(
        key=lot,
        status=_last(data.status for data in imports),
        method=_last(data.procurement_method for data in imports),
        opens_at=period.begins if period else None,
        closes_at=period.ends if period else None,
        bidders_counted=_last(data.bidders_counted for data in imports),
        buyer=_id(_last(data.buyer for data in imports)),
        procuring_entity=_id(_last(data.procuring_entity for data in imports)),
        offers=tuple(map(_offer, _last(data.bids or None for data in imports) or ())),
        awards=tuple(map(_awarded, _last(data.awards or None for data in imports) or ())),
    )


def _last(values: Iterable[T | None]) -> T | None:
    """The last value that is not None; None where all are."""
    return next((value for value in reversed(tuple(values)) if value is not None), None)


def _offer(bid: ImportedBid) -> Offer:
    return Offer(tuple(map(_id, bid.bidders)), bid.status, _price(bid.value), bid.date)


def _awarded(award: ImportedAward) -> Awarded:
    return Awarded(tuple(map(_id, award.suppliers)), award.status, award.item_classes)


def _id(party: Org | None) -> str | None:
    if party is None:
        return None
    return party.ocds_id if isinstance(party, Party) and party.ocds_id else party.key


def _price(value: Amount | None) -> Price | None:
    return Price(float(value.amount), value.currency) if value is not None and value.currency else None
