"""Bid openings 开标, winning candidates 中标候选人, awards 中标, and their follow-ups for project leads."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from domain.facts.fact import (
    CertificateNumber,
    FactData,
    Instant,
    Jurisdiction,
    Key,
    Model,
    Money,
    Org,
    PersonRef,
    Text,
)
from domain.facts.unread import LEAD_UNIDENTIFIED, READ_ONLY, Unread, UnreadParts


class Lead(Model):
    """The project lead 项目负责人 whom a bidder names, with the certificate shown for the lead."""

    person: PersonRef
    certificate_no: CertificateNumber
    qualification: Text | None = None


class StaffMember(Model):
    person: PersonRef
    role: Text


def _named_or_unidentified(lead: object, info: ValidationInfo) -> object:
    if lead is None and not info.data.get(LEAD_UNIDENTIFIED):
        raise PydanticCustomError("missing", "the bid names no lead")
    return lead


class Bid(Model):
    """``consortium`` are the members of a consortium 联合体, the leader first; None where the bidder bids alone.

    ``lead`` is None where intake could not read whom the bid names; then ``lead_unidentified`` says why.
    """

    bidder: Org
    consortium: Annotated[tuple[Org, ...], Field(max_length=20)] | None = None
    lead_unidentified: Annotated[Unread | None, READ_ONLY] = None
    lead: Annotated[Lead | None, BeforeValidator(_named_or_unidentified), Field(validate_default=True)] = None
    staff: tuple[StaffMember, ...] = ()
    price: Money | None = None
    disqualified: bool = False


def lot_subject(tender_id: str, lot_id: str) -> str:
    return f"lot:{tender_id}/{lot_id}"


class LotFact(FactData):
    """Base of facts about one lot 标段."""

    tender_id: Key
    lot_id: Key

    @property
    def lot(self) -> str:
        return lot_subject(self.tender_id, self.lot_id)

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.lot,)


class BidOpened(LotFact):
    """The bids of one lot, in the order in which they were read out at the opening 开标."""

    KIND = "bid-opened"
    PARTS = (
        "building_codes.*",
        "tenderer.aliases.*",
        "bids.*",
        "bids.*.bidder.uscc",
        "bids.*.bidder.aliases.*",
        "bids.*.consortium.*",
        "bids.*.consortium.*.uscc",
        "bids.*.consortium.*.aliases.*",
        "bids.*.lead",
        "bids.*.lead.qualification",
        "bids.*.staff",
        "bids.*.staff.*",
        "bids.*.price",
    )

    project_code: Key
    building_codes: tuple[Key, ...] = ()
    title: Text
    jurisdiction: Jurisdiction
    tenderer: Org
    opened_at: Instant
    required_qualification: Text | None = None
    bids: tuple[Bid, ...] = Field(min_length=1, max_length=1_000)
    unread: UnreadParts = None

    @property
    def leads(self) -> frozenset[str]:
        """The pseudonyms of the leads that could be identified."""
        return frozenset(bid.lead.person.person_id for bid in self.bids if bid.lead is not None)

    @property
    def unread_bids(self) -> tuple[Unread, ...]:
        """The bids that could not be read at all, not even who bids."""
        return tuple(part for part in self.unread or () if _WHOLE_BID.fullmatch(part.field))


_WHOLE_BID = re.compile(r"bids\[[0-9]+\]")


class Candidate(Model):
    rank: int = Field(ge=1)
    bidder: Org


class CandidatesAnnounced(LotFact):
    """The winning candidates 中标候选人 of one lot were announced."""

    KIND = "candidates-announced"
    PARTS = ("candidates.*", "candidates.*.bidder.uscc", "candidates.*.bidder.aliases.*")

    announced_at: Instant
    candidates: tuple[Candidate, ...]
    unread: UnreadParts = None


class AwardAnnounced(LotFact):
    """The award 中标 of one lot was announced."""

    KIND = "award-announced"

    awarded_at: Instant
    bidder: Org
    amount: Money | None = None


class LeadAppointed(LotFact):
    """Follow-up of a bid opening: one bidder's lead for one lot, sent to the shard of the person.

    ``rivals`` are the credit codes of the other bidders, or their normalised names where they have
    no code.
    """

    KIND = "lead-appointed"

    person: PersonRef
    bidder: Org
    consortium: tuple[Org, ...] | None = None
    certificate_no: CertificateNumber
    qualification: Text | None = None
    required_qualification: Text | None = None
    project_code: Key
    title: Text
    jurisdiction: Jurisdiction
    tenderer: Org
    opened_at: Instant
    rivals: tuple[Text, ...] = ()

    @property
    def subjects(self) -> tuple[str, ...]:
        """The person first; the project last, because what happens there is compared with the bid."""
        return (self.person.subject, self.lot, f"project:{self.project_code}")


class StaffAppointed(LeadAppointed):
    """Follow-up of a bid opening: somebody among the staff of one bid, in ``roles`` sorted and joined by 、.

    A bid names no certificate of its staff.
    """

    KIND = "staff-appointed"

    certificate_no: Text = "-"
    roles: Text

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject, self.lot)


class LeadCandidacy(LotFact):
    """Follow-up of an announcement: the bidder of this lead is a winning candidate.

    ``rank`` is None where the bidder got the award.
    """

    KIND = "lead-candidacy"

    person: PersonRef
    bidder: Org
    rank: int | None = None
    announced_at: Instant

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject, self.lot)
