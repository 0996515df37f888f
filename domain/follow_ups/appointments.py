"""What a lot's facts mean for the people they name: one message per lead.

A bid opening appoints leads; an announcement makes some of them candidates. The messages
are a pure function of the lot's standing facts, and their ids of cause and line, so they
can be worked out again at any time, in any order of arrival, and sent twice.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from domain.employers import Outcome, compare
from domain.evidence import RecordedFact, standing
from domain.facts.bidding import (
    AwardAnnounced,
    Bid,
    BidOpened,
    CandidatesAnnounced,
    LeadAppointed,
    LeadCandidacy,
    LotFact,
)
from domain.facts.corrections import FactCorrected, RetractedFact
from domain.facts.fact import FactData, Org
from domain.facts.ocds import LotImported
from domain.follow_ups.follow_up import FOLLOW_UP_SOURCE, FollowUp, follow_up_id

DERIVED_KINDS: Final = frozenset({LeadAppointed.KIND, LeadCandidacy.KIND})
CAUSING_KINDS: Final = frozenset({BidOpened.KIND, CandidatesAnnounced.KIND, AwardAnnounced.KIND, LotImported.KIND})


def standing_of_lot(lot: str, lot_facts: Iterable[RecordedFact]) -> tuple[RecordedFact, ...]:
    """The facts that count about ``lot``; a correction may have moved one to another lot."""
    return tuple(fact for fact in standing(lot_facts) if isinstance(fact.data, LotFact) and fact.data.lot == lot)


def outstanding(lot: str, lot_facts: Iterable[RecordedFact]) -> tuple[FollowUp, ...]:
    """What must still be said about a lot: follow-ups never sent, and retractions of vanished ones."""
    facts = tuple(lot_facts)
    valid = standing_of_lot(lot, facts)
    wanted = {message.id: message for message in _wanted(valid)}
    sent = {fact.id for fact in facts if fact.kind in DERIVED_KINDS}
    new = [message for message in wanted.values() if message.id not in sent]
    vanished = [fact for fact in valid if fact.kind in DERIVED_KINDS and fact.id not in wanted]
    return (*new, *(_retraction(fact, facts) for fact in vanished))


def _wanted(facts: Collection[RecordedFact]) -> Iterator[FollowUp]:
    openings = [(fact, fact.data) for fact in facts if isinstance(fact.data, BidOpened)]
    for fact, opening in openings:
        for line, bid in enumerate(opening.bids):
            yield _appointment(fact, opening, line, bid)
    for announcement in facts:
        for line, (bidder, rank, at) in enumerate(_candidates(announcement.data)):
            for fact, opening in openings:
                yield from _candidacies(announcement, line, bidder, rank, at, fact, opening)


def _appointment(fact: RecordedFact, opening: BidOpened, line: int, bid: Bid) -> FollowUp:
    rivals = tuple(sorted({other.bidder.key for other in opening.bids} - {bid.bidder.key}))
    data = LeadAppointed(
        tender_id=opening.tender_id,
        lot_id=opening.lot_id,
        person=bid.lead.person,
        bidder=bid.bidder,
        certificate_no=bid.lead.certificate_no,
        qualification=bid.lead.qualification,
        project_code=opening.project_code,
        title=opening.title,
        jurisdiction=opening.jurisdiction,
        tenderer=opening.tenderer,
        opened_at=opening.opened_at,
        rivals=rivals,
    )
    return FollowUp.of(fact, f"bids/{line}", data)


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
) -> Iterator[FollowUp]:
    for number, bid in enumerate(opening.bids):
        if compare(bid.bidder, bidder).outcome is Outcome.SAME:
            data = LeadCandidacy(
                tender_id=opening.tender_id,
                lot_id=opening.lot_id,
                person=bid.lead.person,
                bidder=bid.bidder,
                rank=rank,
                announced_at=at,
            )
            identity = follow_up_id(announcement, f"candidates/{line}/{follow_up_id(fact, f'bids/{number}')}")
            yield FollowUp(identity, data, announcement, _both_recorded(announcement, fact))


def _both_recorded(one: RecordedFact, other: RecordedFact) -> datetime | None:
    times = one.fact.recordedtime, other.fact.recordedtime
    return None if None in times else max(filter(None, times))


def _retraction(fact: RecordedFact, lot_facts: Iterable[RecordedFact]) -> FollowUp:
    data = FactCorrected(
        retracts=RetractedFact(source=fact.source, id=fact.id), reason="the message it followed from was corrected"
    )
    cause = _correction_behind(fact, lot_facts)
    return FollowUp(follow_up_id(fact, "retracted"), data, cause, cause.fact.recordedtime)


def _correction_behind(vanished: RecordedFact, lot_facts: Iterable[RecordedFact]) -> RecordedFact:
    """The last correction of what ``vanished`` followed from, else the last about the lot."""
    corrections = [(each.position, data, each) for each in lot_facts if (data := _correction(each)) is not None]
    corrections.sort(key=lambda one: one[0])
    naming = [each for _, data, each in corrections if _retracted_name(data) == vanished.fact.causationid]
    return (naming or [each for _, _, each in corrections] or [vanished])[-1]


def _correction(fact: RecordedFact) -> FactCorrected | None:
    data = fact.fact.data
    return data if isinstance(data, FactCorrected) and fact.source != FOLLOW_UP_SOURCE else None


def _retracted_name(correction: FactCorrected) -> str:
    return f"{correction.retracts.source}#{correction.retracts.id}"
