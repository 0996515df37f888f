"""Bid openings 开标, winning candidates 中标候选人, awards 中标 and what follows from them for a lead."""

from pydantic import Field

from domain.facts.fact import FactData, Instant, Jurisdiction, Key, Model, Money, Org, PersonRef, Text


class Lead(Model):
    """The project lead 项目负责人 a bidder names."""

    person: PersonRef
    certificate_no: Text
    qualification: Text | None = None


class StaffMember(Model):
    person: PersonRef
    role: Text


class Bid(Model):
    bidder: Org
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
    """The bids of one lot, as read out at the opening."""

    KIND = "bid-opened"

    project_code: Key
    building_codes: tuple[Key, ...] = ()
    title: Text
    jurisdiction: Jurisdiction
    tenderer: Org
    opened_at: Instant
    bids: tuple[Bid, ...] = Field(min_length=1, max_length=1_000)


class Candidate(Model):
    rank: int = Field(ge=1)
    bidder: Org


class CandidatesAnnounced(LotFact):
    KIND = "candidates-announced"

    announced_at: Instant
    candidates: tuple[Candidate, ...]


class AwardAnnounced(LotFact):
    KIND = "award-announced"

    awarded_at: Instant
    bidder: Org
    amount: Money | None = None


class LeadAppointed(LotFact):
    """Follow-up of a bid opening: one lead × bidder × lot, sent to the person's shard.

    ``rivals`` are the other bidders' codes (their names where they have none).
    """

    KIND = "lead-appointed"

    person: PersonRef
    bidder: Org
    certificate_no: Text
    qualification: Text | None = None
    project_code: Key
    title: Text
    jurisdiction: Jurisdiction
    tenderer: Org
    opened_at: Instant
    rivals: tuple[Text, ...] = ()

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject, self.lot)


class LeadCandidacy(LotFact):
    """Follow-up of an announcement: the lead's bidder is a winning candidate (or the winner)."""

    KIND = "lead-candidacy"

    person: PersonRef
    bidder: Org
    rank: int | None = None
    announced_at: Instant

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject, self.lot)
