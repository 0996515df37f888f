"""A contracting process 采购过程 as the published indicators read it, from a release or from a lot in the ledger.

Firms and buyers are identified by the ids of their publisher, as the definitions of the indicators
say. Where there is no id, a party is not matched by its name.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from domain.evidence.recorded import RecordedFact
from domain.facts.bidding import AwardAnnounced, BidOpened
from domain.facts.ocds import Amount, ImportedAward, ImportedBid, LotImported, Party

CANCELLED: Final = "cancelled"
_NOT_SUBMITTED: Final = frozenset({"invited", "withdrawn"})
_FINAL: Final = frozenset({"active", "cancelled", "unsuccessful"})
_YUAN: Final = "CNY"
_READ: Final = (
    *("status", "procurement_method", "procurement_method_details", "submission_period", "bidders_counted"),
    *("buyer", "procuring_entity", "bids", "awards"),
)
"""The parts of a release that indicators read."""
_PART: Final = re.compile(r"[.\[]")


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
    ends of the submission period 投标期. ``unread`` are the paths of what could not be read of it: where
    there are any, nothing is to be said of the process.
    """

    key: str
    status: str | None = None
    method: str | None = None
    method_details: str | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    bidders_counted: int | None = None
    buyer: str | None = None
    procuring_entity: str | None = None
    offers: tuple[Offer, ...] = ()
    awards: tuple[Awarded, ...] = ()
    unread: tuple[str, ...] = ()

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
    imports = [data for data in facts if isinstance(data, LotImported)]
    return process_of_imports(lot, imports) if imports else None


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


def process_of_imports(key: str, imports: Iterable[LotImported]) -> Process:
    """What releases about one lot, or one release about a whole process, say together."""
    ordered = sorted(imports, key=lambda data: (data.published_at, data.release_id))
    newest = {part: _newest(ordered, part) for part in _READ}
    said: dict[str, Any] = {part: getattr(data, part) if data else None for part, data in newest.items()}
    period = said["submission_period"]
    return Process(
        key=key,
        status=said["status"],
        method=said["procurement_method"],
        method_details=said["procurement_method_details"],
        opens_at=period.begins if period else None,
        closes_at=period.ends if period else None,
        bidders_counted=said["bidders_counted"],
        buyer=_id(said["buyer"]),
        procuring_entity=_id(said["procuring_entity"]),
        offers=tuple(map(_offer, said["bids"] or ())),
        awards=tuple(map(_awarded, said["awards"] or ())),
        unread=tuple(path for part, data in newest.items() if data for path in _unread(data, part)),
    )


def _newest(imports: Sequence[LotImported], part: str) -> LotImported | None:
    """The newest that has the part, or has something in it that could not be read."""
    return next(
        (data for data in reversed(imports) if getattr(data, part) not in (None, ()) or _unread(data, part)), None
    )


def _unread(data: LotImported, part: str) -> tuple[str, ...]:
    """Paths in the part that could not be read; a credit code is not what indicators go by."""
    paths = (note.field for note in data.unread or ())
    return tuple(path for path in paths if _PART.split(path, 1)[0] == part and not path.endswith(".uscc"))


def _offer(bid: ImportedBid) -> Offer:
    return Offer(tuple(map(_id, bid.bidders)), bid.status, _price(bid.value), bid.date)


def _awarded(award: ImportedAward) -> Awarded:
    return Awarded(tuple(map(_id, award.suppliers)), award.status, award.item_classes)


def _id(party: Party | None) -> str | None:
    return party.ocds_id if party is not None else None


def _price(value: Amount | None) -> Price | None:
    return Price(float(value.amount), value.currency) if value is not None and value.currency else None
