"""The verdicts about the bids of lots, asked for afterwards: on one machine as over all shards."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from domain.bid_verdict import BidVerdict, bid_verdicts
from domain.evidence.recorded import Knowledge
from domain.facts.bidding import BidOpened
from domain.rule import judge
from projections.questions.as_of import AsOf

_AHEAD: Final = timedelta(minutes=1)
"""Moments of recording may be ahead of the clock."""


def verdicts_of_lots(
    connection: Connection, as_of: AsOf, lots: Iterable[str], *, now: datetime
) -> tuple[BidVerdict, ...]:
    """The verdicts on all that is known; lots without an opening have none."""
    # With a moment, leads follow from the opening itself: in a cluster their shards may not have heard of it yet.
    knowledge = Knowledge(known_at=now + _AHEAD)
    found: list[BidVerdict] = []
    for lot in lots:
        openings = (fact.data for fact in as_of.standing(connection, lot, knowledge=knowledge))
        people = {person for opening in openings if isinstance(opening, BidOpened) for person in opening.leads}
        leads = as_of.cases_of_lot(connection, lot, people, knowledge=knowledge, now=now)
        cases = (*leads, *as_of.lot_cases(connection, lot, leads, knowledge=knowledge))
        found += bid_verdicts((case, judge(case)) for case in cases)
    return tuple(found)
