"""Lots read from OCDS releases (Open Contracting Data Standard 1.1).

Such releases name firms and amounts but no people, may come from any country and in any
currency. So they are a fact of their own: nobody's employment is judged on them, and the
comparison of the lot says that no leads are named.
"""

from domain.facts.bidding import LotFact
from domain.facts.fact import Instant, Key, Model, Money, Org, Text


class Amount(Model):
    """``currency`` is an ISO 4217 code."""

    amount: Money
    currency: Text | None = None


class ImportedBid(Model):
    """Several ``bidders`` bid together; ``status`` as in OCDS (valid, disqualified, withdrawn …)."""

    bidders: tuple[Org, ...]
    value: Amount | None = None
    status: Text | None = None
    date: Instant | None = None


class ImportedAward(Model):
    suppliers: tuple[Org, ...]
    value: Amount | None = None
    status: Text | None = None
    date: Instant | None = None


class LotImported(LotFact):
    """What one release says about one lot; ``tender_id`` is the contracting process (ocid).

    A release may say nothing of what is optional here; ``lot_id`` is ``1`` where it tells no lots apart.
    """

    KIND = "lot-imported"

    release_id: Key
    published_at: Instant
    title: Text | None = None
    tenderer: Org | None = None
    status: Text | None = None
    procurement_method: Text | None = None
    value: Amount | None = None
    bids: tuple[ImportedBid, ...] = ()
    awards: tuple[ImportedAward, ...] = ()
