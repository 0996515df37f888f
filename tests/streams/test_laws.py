"""Laws of the machine: the order of arrival, the cut into batches and repetition change nothing.

Small random histories of two people and three firms, corrected, renamed and exempted at will.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from domain.facts.bidding import AwardAnnounced, Candidate, CandidatesAnnounced
from domain.facts.fact import FactData, Org
from domain.policy import Policy, PolicyBook
from infra.settings import Settings
from projections.boards.clue_board import CLUES
from projections.boards.due_dates import DUE_DATES
from projections.boards.judged import APPOINTMENTS, WATCHED
from projections.boards.lot_board import LOTS
from streams.shard.corrections import WAITING
from tests.builders import (
    BIDDER,
    LEAD,
    RIVAL,
    SOMEONE_ELSE,
    a_bid,
    a_bid_opening,
    a_cancellation,
    a_firm,
    a_licence,
    a_licence_change,
    a_payment,
    a_registration,
    a_renaming,
    a_safety_certificate,
    an_exemption,
)
from tests.examples import examples
from tests.monitor import START, Clock, Message, Monitor, correction, said

BEFORE_DUE = datetime.fromisoformat("2025-06-20T09:00:00+08:00")
FORMER = a_firm("广州旧名建设有限公司")
BY_NAME = a_firm(BIDDER.name)
NEVER_LATE = PolicyBook(default=Policy(oldest_notice_days=36_500))
"""Whether an opening was recorded late depends on when it came, so here none is."""
LAW = settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)

people = st.sampled_from([LEAD, SOMEONE_ELSE])
firms: st.SearchStrategy[Org] = st.sampled_from([BIDDER, RIVAL, FORMER, BY_NAME])
lots = st.sampled_from(["1", "2"])
days = st.sampled_from(["2025-05-31", "2025-06-18", "2025-06-19"])
months = st.sampled_from(["2025-02", "2025-03", "2025-04", "2025-05", "2025-06", "2025-07", "2025-08"])


def bids() -> st.SearchStrategy[tuple[Any, ...]]:
    bid = st.builds(lambda person, firm: a_bid(person=person, bidder=firm), people, firms)
    return st.lists(bid, min_size=1, max_size=2).map(tuple)


def announced(lot: str, bidder: Org) -> FactData:
    candidates = (Candidate(rank=1, bidder=bidder),)
    at = datetime.fromisoformat("2025-06-25T10:00:00+08:00")
    return CandidatesAnnounced(tender_id="T-2025-001", lot_id=lot, announced_at=at, candidates=candidates)


def awarded(lot: str, bidder: Org) -> FactData:
    at = datetime.fromisoformat("2025-07-01T10:00:00+08:00")
    return AwardAnnounced(tender_id="T-2025-001", lot_id=lot, awarded_at=at, bidder=bidder)


openings: st.SearchStrategy[FactData] = st.builds(
    lambda lot, bids, day: a_bid_opening(lot_id=lot, bids=bids, opened_at=f"{day}T09:30:00+08:00"),
    lots,
    bids(),
    st.sampled_from(["2025-06-18", "2025-06-18", "2025-06-19"]),
)
evidence: st.SearchStrategy[FactData] = st.one_of(
    st.builds(
        lambda person, payer, month, scheme, late: a_payment(
            person=person, payer=payer, month=month, scheme=scheme, paid_on="2025-07-01" if late else f"{month}-20"
        ),
        people,
        firms,
        months,
        st.sampled_from(["pension", "medical"]),
        st.booleans(),
    ),
    st.builds(
        lambda person, employer, number: a_registration(person=person, employer=employer, certificate_no=number),
        people,
        firms,
        st.sampled_from(["粤1", "粤2"]),
    ),
    st.builds(
        lambda person, number, day: a_cancellation(person=person, certificate_no=number, cancelled_on=day),
        people,
        st.sampled_from(["粤1", "粤2"]),
        days,
    ),
    st.builds(
        lambda person, workplace, day: an_exemption(person=person, workplace=workplace, valid_from=day),
        people,
        firms,
        days,
    ),
    st.builds(lambda holder, day: a_licence(holder=holder, valid_from=day), firms, days),
    st.builds(lambda holder, day: a_licence_change(holder=holder, valid_from=day), firms, days),
    st.builds(lambda person: a_safety_certificate(holder=person), people),
    st.builds(lambda uscc, on: a_renaming(uscc=uscc, on=on), st.sampled_from([BIDDER.uscc, RIVAL.uscc]), days),
    st.builds(announced, lots, firms),
    st.builds(awarded, lots, firms),
)
facts = st.one_of(evidence, evidence, openings)


@st.composite
def histories(draw: st.DrawFn) -> list[Message]:
    """An opening, evidence, and corrections of either and of one another."""
    told = [draw(openings), *draw(st.lists(facts, min_size=1, max_size=9))]
    messages: list[Message] = [said(data, f"m{number}") for number, data in enumerate(told)]
    corrections = draw(st.integers(0, 4))
    for number in range(len(told), len(told) + corrections):
        retracted = draw(st.integers(0, len(told) + corrections))
        replacement = draw(st.one_of(st.none(), facts, facts))
        messages.append(correction(f"m{number}", f"m{retracted}", replacement))
    return messages


@st.composite
def arrivals(draw: st.DrawFn, messages: Sequence[Message]) -> list[list[Message]]:
    """The same messages in some order, some of them twice, cut into batches."""
    again = draw(st.lists(st.sampled_from(messages), max_size=3))
    order = draw(st.permutations([*messages, *again]))
    cuts = draw(st.sets(st.integers(1, len(order) - 1)))
    edges = [0, *sorted(cuts), len(order)]
    return [order[first:last] for first, last in pairwise(edges)]


class End:
    """What a history led to."""

    def __init__(self, monitor: Monitor) -> None:
        self.clues = monitor.open_clues()
        whole = (LOTS, APPOINTMENTS, WATCHED, DUE_DATES, WAITING)
        self.tables = {table.name: sorted(map(tuple, monitor.rows(table))) for table in whole}
        del self.tables[WAITING.name]
        told = ("clue_id", "fingerprint", "candidate", "stands", "about")
        rows = [row for row in monitor.rows(CLUES) if row.status != "withdrawn"]
        self.boards = {tuple(str(row._mapping[name]) for name in told) for row in rows}


def the_end_of(batches: Sequence[Sequence[Message]], *, begun: datetime = START, restarts: bool = False) -> End:
    """Sent from ``begun`` on, an hour apart; at the end it is :data:`START`, or later, and everything is due."""
    with TemporaryDirectory() as folder:
        monitor = Monitor(Settings(data=Path(folder), policy=NEVER_LATE), Clock(begun))
        for batch in batches:
            monitor.send(*batch)
            monitor.clock.pass_by(hours=1)
            if restarts:
                monitor.reopen()
        monitor.clock.moment = START + timedelta(days=2)
        monitor.shard.let_time_pass()
        end = End(monitor)
        monitor.close()
    return end


def assert_same(one: End, other: End) -> None:
    assert one.clues == other.clues
    assert one.boards == other.boards
    assert one.tables == other.tables


@LAW
@given(st.data())
def test_any_order_and_any_batches_end_the_same(data: st.DataObject) -> None:
    messages = data.draw(histories())
    as_told = the_end_of([[message] for message in messages])
    event(f"{len(as_told.clues)} open clues")
    assert_same(as_told, the_end_of(data.draw(arrivals(messages))))


@LAW
@given(st.data())
def test_what_time_raised_is_as_if_it_had_been_known_late(data: st.DataObject) -> None:
    """Told before anything was due, and judged again by time; or told when everything was."""
    messages = data.draw(histories())
    assert_same(the_end_of(data.draw(arrivals(messages)), begun=BEFORE_DUE), the_end_of([messages]))


@settings(LAW, max_examples=examples(25))
@given(st.data())
def test_a_restart_between_batches_changes_nothing(data: st.DataObject) -> None:
    messages = data.draw(histories())
    batches = data.draw(arrivals(messages))
    assert_same(the_end_of(batches), the_end_of(batches, restarts=True))
