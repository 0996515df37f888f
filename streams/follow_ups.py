"""What a lot's facts mean for the people they name: one message per lead.

A bid opening appoints leads; an announcement makes some of them candidates. The messages
are a pure function of the lot's standing facts, and their ids of cause and line, so they
can be worked out again at any time, in any order of arrival, and sent twice.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

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
from streams.intake import FOLLOW_UP_SOURCE

_NAMESPACE: Final = UUID("5f0b3c52-6f43-5a5e-9c7f-0d8d6f1b7a11")
DERIVED_KINDS: Final = frozenset({LeadAppointed.KIND, LeadCandidacy.KIND})
CAUSING_KINDS: Final = frozenset({BidOpened.KIND, CandidatesAnnounced.KIND, AwardAnnounced.KIND, LotImported.KIND})


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A derived message; ``cause`` is the ``source#id`` it follows from."""

    id: str
    data: FactData
    time: datetime
    cause: str

    def row(self) -> tuple[str, str, FactData, dict[str, Any]]:
        """As :func:`streams.intake.prepare_inside` takes it."""
        return FOLLOW_UP_SOURCE, self.id, self.data, {"time": self.time.isoformat(), "causationid": self.cause}


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
    return (*new, *map(_retraction, vanished))


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
    return FollowUp(_id(fact, f"bids/{line}"), data, fact.occurred_at, _name(fact))


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
            identity = _id(announcement, f"candidates/{line}/{_id(fact, f'bids/{number}')}")
            yield FollowUp(identity, data, announcement.occurred_at, _name(announcement))


def _retraction(fact: RecordedFact) -> FollowUp:
    data = FactCorrected(
        retracts=RetractedFact(source=fact.source, id=fact.id), reason="the message it followed from was corrected"
    )
    return FollowUp(_id(fact, "retracted"), data, fact.occurred_at, _name(fact))


def _id(fact: RecordedFact, line: str) -> str:
    return str(uuid5(_NAMESPACE, f"{_name(fact)}/{line}"))


def _name(fact: RecordedFact) -> str:
    return f"{fact.source}#{fact.id}"
