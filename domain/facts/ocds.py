"""Lots read from OCDS releases (Open Contracting Data Standard 1.1).

Such releases name firms and amounts but no people, may come from any country and in any
currency. So they are a fact of their own: nobody's employment is judged on them, and the
comparison of the lot says that no leads are named.
"""

from pydantic import Field

from domain.facts.bidding import LotFact
from domain.facts.fact import Instant, Key, Model, Money, Org, Text


class Party(Org):
    """An organisation of a release; ``ocds_id`` is what the publisher calls it everywhere."""

    ocds_id: Key | None = None


class Amount(Model):
    """``currency`` is an ISO 4217 code."""

    amount: Money
    currency: Text | None = None


class SubmissionPeriod(Model):
    """From when to when bids could be submitted 投标期."""

    begins: Instant | None = None
    ends: Instant | None = None


class ImportedBid(Model):
    """Several ``bidders`` bid together; ``status`` as in OCDS (valid, disqualified, withdrawn …)."""

    bidders: tuple[Party, ...]
    value: Amount | None = None
    status: Text | None = None
    date: Instant | None = None


class ImportedAward(Model):
    """``item_classes`` are the classification codes of what was awarded, each once."""

    suppliers: tuple[Party, ...]
    value: Amount | None = None
    status: Text | None = None
    date: Instant | None = None
    item_classes: tuple[Key, ...] = ()


class LotImported(LotFact):
    """What one release says about one lot; ``tender_id`` is the contracting process (ocid).

    A release may say nothing of what is optional here; ``lot_id`` is ``1`` where it tells no lots apart.
    ``tenderer`` is the procuring entity, or the buyer where none is named. ``bidders_counted`` is the
    publisher's number of bidders of the whole process, kept only where no lots are told apart.
    """

    KIND = "lot-imported"

    release_id: Key
    published_at: Instant
    title: Text | None = None
    tenderer: Org | None = None
    buyer: Party | None = None
    procuring_entity: Party | None = None
    submission_period: SubmissionPeriod | None = None
    bidders_counted: int | None = Field(default=None, ge=0)
    status: Text | None = None
    procurement_method: Text | None = None
    value: Amount | None = None
    bids: tuple[ImportedBid, ...] = ()
    awards: tuple[ImportedAward, ...] = ()
