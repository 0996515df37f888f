"""The follow-ups of a lot for the people in its bids: one message for each lead.

A bid opening appoints leads, and an announcement makes some of them candidates. The messages follow
from the standing facts of the lot alone, and their ids from cause and line. So they can be computed
again at any time and in any order of arrival, and sending one twice does no harm.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from hashlib import blake2b
from typing import Any, Final, Protocol

from domain.employers import NO_RENAMES, Outcome, Renames, compare
from domain.evidence import RecordedFact, standing
from domain.evidence.days import day_in_shanghai
from domain.facts.bidding import (
    AwardAnnounced,
    Bid,
    BidOpened,
    CandidatesAnnounced,
    Lead,
    LeadAppointed,
    LeadCandidacy,
    LotFact,
    StaffAppointed,
    StaffMember,
)
from domain.facts.corrections import FactCorrected, RetractedFact
from domain.facts.fact import FactData, Org
from domain.facts.ocds import LotImported
from domain.follow_ups.follow_up import FOLLOW_UP_SOURCE, FollowUp, follow_up_id

DERIVED_KINDS: Final = frozenset({LeadAppointed.KIND, LeadCandidacy.KIND, StaffAppointed.KIND})
CAUSING_KINDS: Final = frozenset({BidOpened.KIND, CandidatesAnnounced.KIND, AwardAnnounced.KIND, LotImported.KIND})


def standing_of_lot(lot: str, lot_facts: Iterable[RecordedFact]) -> tuple[RecordedFact, ...]:
    """The standing facts about ``lot``."""
    # A replacement is indexed under the lot of the retracted fact as well, but may name another lot.
    return tuple(fact for fact in standing(lot_facts) if isinstance(fact.data, LotFact) and fact.data.lot == lot)


class FormerNames(Protocol):
    """What is known of how organisations were renamed."""

    @property
    def renames(self) -> Renames: ...

    def said_of(self, *organisations: Org) -> Sequence[RecordedFact]:
        """All that was ever said of how these were renamed, retracted or not, and the corrections of it."""
        ...


class _NoNames:
    renames = NO_RENAMES

    def said_of(self, *organisations: Org) -> Sequence[RecordedFact]:  # noqa: ARG002 - the protocol's
        return ()


NO_NAMES: Final = _NoNames()
"""No organisation was ever renamed."""


def outstanding(
    lot: str, lot_facts: Iterable[RecordedFact], former_names: FormerNames = NO_NAMES
) -> tuple[FollowUp, ...]:
    """The messages still to be sent about a lot: new follow-ups, and retractions of outdated ones.

    ``lot_facts`` are all facts about the lot, retracted ones and earlier follow-ups included.
    """
    facts = tuple(lot_facts)
    valid = standing_of_lot(lot, facts)
    wanted = {message.id: message for message in appointing(valid, former_names)}
    # A follow-up that was sent and retracted counts as sent: its id could not be used again.
    sent = {fact.id for fact in facts if fact.kind in DERIVED_KINDS}
    new = [message for message in wanted.values() if message.id not in sent]
    outdated = [fact for fact in valid if fact.kind in DERIVED_KINDS and fact.id not in wanted]
    return (*new, *(_retraction(fact, facts) for fact in outdated))


def appointing(facts: Collection[RecordedFact], former_names: FormerNames = NO_NAMES) -> Iterator[FollowUp]:
    """What follows for leads from the facts of a lot that stand: who was appointed, and who is a candidate.

    A candidate may be announced under a name that the bidder had before, or has since.
    """
    openings = [(fact, fact.data) for fact in facts if isinstance(fact.data, BidOpened)]
    for fact, opening in openings:
        for line, bid in enumerate(opening.bids):
            if bid.lead is not None:
                yield _appointment(fact, opening, line, bid, bid.lead)
            yield from _staff(fact, opening, line, bid)
    for announcement in facts:
        for line, (bidder, rank, at) in enumerate(_candidates(announcement.data)):
            for fact, opening in openings:
                yield from _candidacies(announcement, line, bidder, rank, at, fact, opening, former_names)


def _appointment(fact: RecordedFact, opening: BidOpened, line: int, bid: Bid, lead: Lead) -> FollowUp:
    data = LeadAppointed(
        person=lead.person,
        certificate_no=lead.certificate_no,
        qualification=lead.qualification,
        required_qualification=opening.required_qualification,
        **_of_bid(opening, bid),
    )
    return FollowUp.of(fact, f"bids/{line}", data)


def _staff(fact: RecordedFact, opening: BidOpened, line: int, bid: Bid) -> Iterator[FollowUp]:
    """One message for each person, whatever number of roles the person has in the bid."""
    by_person: dict[str, list[StaffMember]] = {}
    for member in bid.staff:
        by_person.setdefault(member.person.person_id, []).append(member)
    for person_id, members in by_person.items():
        roles = "、".join(sorted({member.role for member in members}))
        data = StaffAppointed(person=members[0].person, roles=roles, **_of_bid(opening, bid))
        yield FollowUp.of(fact, f"bids/{line}/staff/{person_id}", data)


def _of_bid(opening: BidOpened, bid: Bid) -> dict[str, Any]:
    """What everybody named in a bid is told of it."""
    return {
        "tender_id": opening.tender_id,
        "lot_id": opening.lot_id,
        "bidder": bid.bidder,
        "consortium": bid.consortium,
        "project_code": opening.project_code,
        "title": opening.title,
        "jurisdiction": opening.jurisdiction,
        "tenderer": opening.tenderer,
        "opened_at": opening.opened_at,
        "rivals": tuple(sorted({other.bidder.key for other in opening.bids} - {bid.bidder.key})),
    }


def _candidates(data: FactData) -> Sequence[tuple[Org, int | None, datetime]]:
    if isinstance(data, CandidatesAnnounced):
        return [(candidate.bidder, candidate.rank, data.announced_at) for candidate in data.candidates]
    if isinstance(data, AwardAnnounced):
        return [(data.bidder, None, data.awarded_at)]
    return []


def _candidacies(
    announcement: RecordedFact,
    line: int,
    bidder: Org,
    rank: int | None,
    at: datetime,
    fact: RecordedFact,
    opening: BidOpened,
    former_names: FormerNames,
) -> Iterator[FollowUp]:
    for number, bid in enumerate(opening.bids):
        joined_by = _joined_by(bid.bidder, bidder, former_names, on=day_in_shanghai(opening.opened_at))
        if bid.lead is not None and joined_by is not None:
            data = LeadCandidacy(
                tender_id=opening.tender_id,
                lot_id=opening.lot_id,
                person=bid.lead.person,
                bidder=bid.bidder,
                rank=rank,
                announced_at=at,
            )
            # Both causes are in the id: an announcement of a second opening must not reuse the id of the first.
            appointment = follow_up_id(fact, f"bids/{number}")
            identity = follow_up_id(announcement, f"candidates/{line}/{appointment}{joined_by}")
            yield FollowUp(identity, data, announcement, _both_recorded(announcement, fact))


def _joined_by(bidder: Org, candidate: Org, former_names: FormerNames, *, on: date) -> str | None:
    """What joins a candidate with a bidder, as a part of an id: empty for name or code; None where nothing does."""
    if compare(bidder, candidate).outcome is Outcome.SAME:
        return ""
    renames = former_names.renames
    if not renames or compare(bidder, candidate, on=on, renames=renames).outcome is not Outcome.SAME:
        return None
    # All that was ever said is in the id, because a retraction is final: if a later rename joins the two
    # again, the message must be sent under a new id.
    said = sorted(fact.identity for fact in former_names.said_of(bidder, candidate))
    return f"/renamed/{blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()}"


def _both_recorded(one: RecordedFact, other: RecordedFact) -> datetime | None:
    """When the sources had recorded both facts; None where one of them does not say."""
    times = one.fact.recordedtime, other.fact.recordedtime
    return None if None in times else max(filter(None, times))


def _retraction(fact: RecordedFact, lot_facts: Iterable[RecordedFact]) -> FollowUp:
    data = FactCorrected(
        retracts=RetractedFact(source=fact.source, id=fact.id), reason="the message it followed from was corrected"
    )
    cause = _correction_behind(fact, lot_facts)
    return FollowUp(follow_up_id(fact, "retracted"), data, cause, cause.fact.recordedtime)


def _correction_behind(outdated: RecordedFact, lot_facts: Iterable[RecordedFact]) -> RecordedFact:
    """The last correction of the fact that ``outdated`` followed from, else the last one about the lot."""
    corrections = [(fact.position, data, fact) for fact in lot_facts if (data := _correction(fact)) is not None]
    corrections.sort(key=lambda entry: entry[0])
    naming = [fact for _, data, fact in corrections if _retracted_name(data) == outdated.fact.causationid]
    return (naming or [fact for _, _, fact in corrections] or [outdated])[-1]


def _correction(fact: RecordedFact) -> FactCorrected | None:
    data = fact.fact.data
    return data if isinstance(data, FactCorrected) and fact.source != FOLLOW_UP_SOURCE else None


def _retracted_name(correction: FactCorrected) -> str:
    return f"{correction.retracts.source}#{correction.retracts.id}"
