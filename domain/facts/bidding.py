"""Bid openings 开标, winning candidates 中标候选人, awards 中标, and their follow-ups for project leads."""

from typing import Annotated

from pydantic import Field

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


class Lead(Model):
    """The project lead 项目负责人 whom a bidder names, with the certificate shown for the lead."""

    person: PersonRef
    certificate_no: CertificateNumber
    qualification: Text | None = None


class StaffMember(Model):
    person: PersonRef
    role: Text


class Bid(Model):
    """``consortium`` are the members of a consortium 联合体, the leader first; None where the bidder bids alone."""

    bidder: Org
    consortium: Annotated[tuple[Org, ...], Field(max_length=20)] | None = None
    lead: Lead
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

    project_code: Key
    building_codes: tuple[Key, ...] = ()
    title: Text
    jurisdiction: Jurisdiction
    tenderer: Org
    opened_at: Instant
    required_qualification: Text | None = None
    bids: tuple[Bid, ...] = Field(min_length=1, max_length=1_000)


class Candidate(Model):
    rank: int = Field(ge=1)
    bidder: Org


class CandidatesAnnounced(LotFact):
    """The winning candidates 中标候选人 of one lot were announced."""

    KIND = "candidates-announced"

    announced_at: Instant
    candidates: tuple[Candidate, ...]


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
