"""The law of questions about the past: they are answered as if nothing had been recorded since.

Small random histories of two lots, two people and a case, retracted and corrected at will, also
before what a correction is about.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from domain.access import Actor, Role
from domain.errors import NotFound
from domain.evidence.recorded import EVERYTHING, Knowledge
from domain.facts.bidding import Bid
from domain.facts.fact import FactData
from domain.policy import PolicyBook
from infra.installation import KEYS_FOLDER
from infra.settings import Settings
from projections.questions.approval_history import case_detail, case_history
from projections.questions.as_of import AsOf
from projections.questions.comparison import comparison
from projections.questions.dossier import dossier
from tests.approval_builders import CASE, an_entry, instant
from tests.builders import BIDDER, RIVAL, TENDERER, THIRD, a_bid, a_bid_opening
from tests.examples import examples
from tests.lead_strategies import (
    JOINT,
    OLD,
    QUALIFICATIONS,
    YOUNG,
    at_the_door,
    certificates,
    evidence,
    people,
    put_keys,
)
from tests.monitor import AUDITOR, START, SUPERVISOR, Clock, Message, Monitor, correction
from tests.site_builders import an_inspection
from tests.streams.test_laws import LAW

PLACES = ("440100", "440300")
SHENZHEN = Actor(Role.SUPERVISOR, "深圳市监管处", jurisdiction="440300")
PARTY = Actor(Role.BIDDER, "宏图建设", uscc=BIDDER.uscc, jurisdiction="440100")
ACTORS = (AUDITOR, SUPERVISOR, SHENZHEN, PARTY)
POLICIES = PolicyBook()

bids: st.SearchStrategy[tuple[Bid, ...]] = st.lists(
    st.builds(
        lambda person, bidder, number: a_bid(person=person, bidder=bidder, certificate_no=number),
        people,
        st.sampled_from([BIDDER, BIDDER, RIVAL, JOINT]),
        certificates,
    ),
    min_size=1,
    max_size=2,
).map(tuple)
openings: st.SearchStrategy[FactData] = st.builds(
    lambda lot, place, title, tenderer, bids, required: a_bid_opening(
        lot_id=lot, jurisdiction=place, title=title, tenderer=tenderer, bids=bids, required_qualification=required
    ),
    st.sampled_from(["1", "1", "2"]),
    st.sampled_from(PLACES),
    st.sampled_from(["测试路改造工程", "更正路改造工程"]),
    st.sampled_from([TENDERER, THIRD]),
    bids,
    st.sampled_from([None, *QUALIFICATIONS]),
)
entries: st.SearchStrategy[FactData] = st.builds(
    lambda state, day, place: an_entry(state, f"03-{day:02d}", jurisdiction=place),
    st.sampled_from(["submitted", "accepted", "special-started", "special-finished", "approved"]),
    st.integers(1, 28),
    st.sampled_from(PLACES),
)
inspections: st.SearchStrategy[FactData] = st.builds(
    lambda person, present: an_inspection(person=person, present=present), people, st.booleans()
)
facts: st.SearchStrategy[FactData] = st.one_of(openings, openings, entries, inspections, evidence)


@st.composite
def batches(draw: st.DrawFn) -> list[list[Message]]:
    """Facts, and corrections of them and of one another, cut into batches; some messages tell when the source knew."""
    told = [draw(openings), draw(entries), draw(inspections), *draw(st.lists(facts, max_size=6))]
    messages = [at_the_door(data, f"m{number}", **draw(_known)) for number, data in enumerate(told)]
    corrections = draw(st.integers(1, 4))
    for number in range(len(told), len(told) + corrections):
        retracted = draw(st.integers(0, len(told) + corrections))
        instead = draw(st.one_of(st.none(), facts))
        messages.append(correction(f"m{number}", f"m{retracted}", instead, **draw(_known)))
    order = draw(st.permutations(messages))
    size = draw(st.integers(1, 3))
    return [list(order[start : start + size]) for start in range(0, len(order), size)]


_known: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}), st.integers(1, 6).map(lambda month: {"recordedtime": f"2025-{month:02d}-15T10:00:00+08:00"})
)


@contextmanager
def a_monitor(keys: Path) -> Iterator[Monitor]:
    with TemporaryDirectory() as folder:
        (Path(folder) / KEYS_FOLDER).symlink_to(keys, target_is_directory=True)
        monitor = Monitor(Settings(data=Path(folder)), Clock(START))
        try:
            yield monitor
        finally:
            monitor.close()


Ask = Callable[[Connection, AsOf, Actor, Knowledge, datetime], Any]


def _lot(lot: str) -> Ask:
    return lambda connection, as_of, actor, knowledge, now: comparison(
        connection, as_of, actor, "T-2025-001", lot, knowledge=knowledge, now=now
    )


def _person(person_id: str) -> Ask:
    return lambda connection, as_of, actor, knowledge, now: dossier(
        connection, as_of, actor, person_id, knowledge=knowledge, valid_at=None, now=now
    )


def _case(valid_at: datetime | None) -> Ask:
    return lambda connection, as_of, actor, knowledge, now: case_detail(
        connection, as_of, actor, POLICIES, CASE, knowledge=knowledge, valid_at=valid_at, now=now
    )


def _history(connection: Connection, as_of: AsOf, actor: Actor, knowledge: Knowledge, now: datetime) -> Any:
    return case_history(connection, as_of, actor, POLICIES, CASE, knowledge=knowledge, now=now)


QUESTIONS: dict[str, Ask] = {
    "lot 1": _lot("1"),
    "lot 2": _lot("2"),
    "young lead": _person(YOUNG.person_id),
    "old lead": _person(OLD.person_id),
    "case": _case(None),
    "case by mid-March": _case(instant("03-15")),
    "history": _history,
}


def answers(
    monitor: Monitor, knowledge: Knowledge, now: datetime, *, asked: Iterable[str] = tuple(QUESTIONS)
) -> dict[tuple[str, str], Any]:
    """To questions, by name and who asks; None where there is no such thing for that party."""
    found: dict[tuple[str, str], Any] = {}
    with monitor.read() as connection:
        for name in asked:
            for actor in ACTORS:
                try:
                    answer = QUESTIONS[name](connection, monitor.as_of, actor, knowledge, now)
                except NotFound:
                    answer = None
                known = hasattr(answer, "known_at")
                found[name, actor.name] = replace(answer, known_at=None, known_by="ours") if known else answer
    return found


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for all monitors: they give inspectors the same pseudonyms."""
    folder = tmp_path_factory.mktemp("data")
    put_keys(folder)
    return folder / KEYS_FOLDER


@settings(LAW, max_examples=examples(25))
@given(st.data())
def test_a_past_moment_is_answered_as_if_nothing_had_been_recorded_since(keys: Path, data: st.DataObject) -> None:
    """Existence, header, evidence, findings, history, and who may see them, after every batch and before the first."""
    before = START - timedelta(seconds=1)
    with a_monitor(keys) as monitor:
        noted = [(before, answers(monitor, EVERYTHING, before))]
        for batch in data.draw(batches()):
            monitor.send(*batch)
            monitor.clock.pass_by(minutes=30)
            monitor.shard.let_time_pass()
            noted.append((monitor.clock.moment, answers(monitor, EVERYTHING, monitor.clock.moment)))
            monitor.clock.pass_by(minutes=30)
        for moment, expected in noted:
            assert_same(answers(monitor, Knowledge(moment), moment), expected)


@settings(LAW, max_examples=examples(15))
@given(st.data())
def test_what_sources_knew_is_answered_as_if_we_had_heard_nothing_else(keys: Path, data: st.DataObject) -> None:
    """All of it came to us at once and in any order, so that much of what followed then was never recorded.

    But for dossiers: a lead whom only an opening names that we never saw standing is not found by it.
    """
    asked = [name for name in QUESTIONS if name.startswith(("lot", "case"))]
    messages = [message for batch in data.draw(batches()) for message in batch]
    known_at = datetime.fromisoformat(f"2025-{data.draw(st.integers(1, 6)):02d}-20T10:00:00+08:00")
    known = [message for message in messages if _source_knew(message, known_at)]
    with a_monitor(keys) as later, a_monitor(keys) as then:
        later.send(*messages)
        if known:
            then.send(*known)
        expected = answers(then, EVERYTHING, START, asked=asked)
        assert_same(answers(later, Knowledge(known_at, "source"), START, asked=asked), expected)


def assert_same(answered: Mapping[tuple[str, str], Any], expected: Mapping[tuple[str, str], Any]) -> None:
    assert [name for name in expected if answered[name] != expected[name]] == []
    event(f"{sum(answer is not None for answer in expected.values())} of {len(expected)} have an answer")


def _source_knew(message: Message, moment: datetime) -> bool:
    assert isinstance(message, dict)
    return "recordedtime" in message and datetime.fromisoformat(message["recordedtime"]) <= moment
