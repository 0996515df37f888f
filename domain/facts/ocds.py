"""Lots read from OCDS releases (Open Contracting Data Standard 1.1).

Such releases name firms and amounts, but no people. They may come from any country, in any
currency. So they are a kind of fact of their own: the rules about employment are not applied to them,
and the comparison of such a lot says that no leads are named.
"""

from pydantic import Field

from domain.facts.bidding import LotFact
from domain.facts.fact import Instant, Key, Model, Money, Org, Text
from domain.facts.unread import UnreadParts


class Party(Org):
    """An organisation in a release; ``ocds_id`` is the publisher's id for it in all releases."""

    ocds_id: Key | None = None


class Amount(Model):
    """An amount of money; ``currency`` is an ISO 4217 code."""

    amount: Money
    currency: Text | None = None


class SubmissionPeriod(Model):
    """The period in which bids could be submitted 投标期."""

    begins: Instant | None = None
    ends: Instant | None = None


class ImportedBid(Model):
    """One bid. Several ``bidders`` are a joint bid; ``status`` is an OCDS code (valid, disqualified, …)."""

    bidders: tuple[Party, ...]
    value: Amount | None = None
    status: Text | None = None
    date: Instant | None = None


class ImportedAward(Model):
    """One award; ``item_classes`` are the classification codes of the items awarded, each once."""

    suppliers: tuple[Party, ...]
    value: Amount | None = None
    status: Text | None = None
    date: Instant | None = None
    item_classes: tuple[Key, ...] = ()


class LotImported(LotFact):
    """The content of one release about one lot; ``tender_id`` is the id of the contracting process (ocid).

    ``lot_id`` is ``1`` where the release has no lots. ``tenderer`` is the procuring entity, or the buyer
    where none is named. ``bidders_counted`` is the publisher's number of bidders in the whole process,
    kept only where the release has no lots. ``procurement_method`` is an OCDS code (open, selective, …), and
    ``procurement_method_details`` are the publisher's own words for it.
    """

    KIND = "lot-imported"
    # Of a lot that lacks any of it, indicators say nothing: a bid that is missing would raise a clue.
    PARTS = (
        *("title", "tenderer", "buyer", "procuring_entity", "status", "procurement_method"),
        *("procurement_method_details", "submission_period", "bidders_counted", "value", "bids", "awards"),
        *("bids.*", "bids.*.bidders.*", "bids.*.bidders.*.uscc", "bids.*.value", "bids.*.status", "bids.*.date"),
        *("awards.*", "awards.*.suppliers.*", "awards.*.suppliers.*.uscc", "awards.*.value", "awards.*.status"),
        *("awards.*.date", "awards.*.item_classes.*"),
    )

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
    procurement_method_details: Text | None = None
    value: Amount | None = None
    bids: tuple[ImportedBid, ...] = ()
    awards: tuple[ImportedAward, ...] = ()
    unread: UnreadParts = None
