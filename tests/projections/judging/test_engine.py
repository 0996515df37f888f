"""The engine of judging, on a case kind made up for it: groups, time, settling, follow-ups."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.evidence.days import SHANGHAI
from domain.follow_ups.follow_up import FOLLOW_UP_SOURCE
from infra.rebuilding import Rebuilding
from infra.settings import Settings
from projections.batches import BATCHES
from projections.boards.clue_board import CLUES
from projections.boards.due_dates import DUE_DATES
from streams.shard.recording import ContradictsItself
from tests.examples import examples
from tests.monitor import SOURCE, Clock, Message, Monitor, as_bytes, correction, said
from tests.projections.judging.visits import AGAIN_AFTER, COUNTS, PROJECTS, Visited, a_visit, group_of
from tests.source_builders import register_in


@pytest.fixture
def visited(tmp_path: Path) -> Iterator[Monitor]:
    COUNTS.clear()
    opened = Monitor(Settings(data=tmp_path / "data"), installed=Visited)
    yield opened
    opened.close()


def clues(monitor: Monitor) -> dict[tuple[str, str], str]:
    """Status by project and rule."""
    return {(row.project_code, row.rule): row.status for row in monitor.rows(CLUES)}


def steps(monitor: Monitor, project: str, rule: str = "absent") -> list[tuple[str, str]]:
    (row,) = (row for row in monitor.rows(CLUES) if (row.project_code, row.rule) == (project, rule))
    return [(step["what"], step["caused_by"].removeprefix(f"{SOURCE}#")) for step in row.history]


def waiting(monitor: Monitor) -> dict[str, str]:
    return {row.case_group: row.due_at for row in monitor.rows(DUE_DATES)}


def test_a_clue_about_no_person_and_no_bid_is_raised_and_names_its_cause(visited: Monitor) -> None:
    visited.send(said(a_visit("P-3", present=False), "absent"))
    (row,) = visited.rows(CLUES)
    assert (row.case_group, row.project_code, row.person_id, row.bidder_key, row.tender_id, row.case_id) == (
        "visits:project:P-3",
        "P-3",
        None,
        None,
        None,
        None,
    )
    assert steps(visited, "P-3") == [("raised", "absent")]


def test_only_the_scope_that_is_touched_is_judged(visited: Monitor) -> None:
    visited.send(said(a_visit("P-3"), "one"))
    visited.send(said(a_visit("P-2"), "other"))
    assert {group_of("P-3"): 1, group_of("P-2"): 1} == COUNTS


def test_a_scope_without_cases_has_its_clues_withdrawn(visited: Monitor) -> None:
    visited.send_each(said(a_visit("P-3", present=False), "absent"), correction("undone", "absent"))
    assert clues(visited) == {("P-3", "absent"): "withdrawn"}
    assert steps(visited, "P-3")[-1] == ("withdrawn", "undone")
    assert waiting(visited) == {}


def test_another_scope_keeps_its_clues(visited: Monitor) -> None:
    visited.send_each(
        said(a_visit("P-3", present=False), "a"),
        said(a_visit("P-2", present=False, at="2025-11-21"), "b"),
        correction("c", "a"),
    )
    assert clues(visited)["P-2", "absent"] == "raised"


def test_time_alone_raises_a_clue_once(visited: Monitor) -> None:
    visited.send(said(a_visit("P-3"), "seen"))
    assert clues(visited) == {}
    visited.reopen()
    visited.clock.pass_by(days=30)
    assert visited.shard.let_time_pass()
    assert steps(visited, "P-3", "forgotten") == [("raised", "time")]
    assert not visited.shard.let_time_pass()


def test_what_comes_in_masses_is_judged_once_it_settles(visited: Monitor) -> None:
    for number in range(5):
        visited.send(said(a_visit("P-3", present=False, note="批量"), f"v{number}"))
        visited.clock.pass_by(milliseconds=100)
    assert COUNTS == {}
    visited.reopen()
    visited.clock.pass_by(milliseconds=500)
    assert visited.shard.let_time_pass()
    assert {group_of("P-3"): 1} == COUNTS
    assert steps(visited, "P-3") == [("raised", "time")]


def test_what_keeps_coming_is_waited_for_but_not_for_ever(visited: Monitor) -> None:
    """Until nothing came for a second; three seconds after the first at the latest, also across a restart."""
    for number in range(4):
        visited.send(said(a_visit("P-3", present=False, note="批量"), f"v{number}"))
        visited.clock.pass_by(milliseconds=900)
        visited.shard.let_time_pass()
        visited.reopen()
        assert bool(COUNTS) is (number == 3)
    assert {group_of("P-3"): 1} == COUNTS
    visited.send(said(a_visit("P-3", present=False, note="批量"), "later"))
    visited.clock.pass_by(milliseconds=990)
    visited.shard.let_time_pass()
    assert {group_of("P-3"): 1} == COUNTS
    visited.clock.pass_by(milliseconds=20)
    visited.shard.let_time_pass()
    assert {group_of("P-3"): 2} == COUNTS


def test_settling_does_not_put_off_what_is_due_earlier(visited: Monitor) -> None:
    visited.send(said(a_visit("P-3", at="2025-11-02"), "seen"))
    due = waiting(visited)
    visited.clock.moment = datetime(2025, 12, 2, 1, 59, 59, 500_000, tzinfo=UTC)
    visited.send(said(a_visit("P-3", at="2025-11-01", note="批量"), "more"))
    assert waiting(visited) == due == {group_of("P-3"): "2025-12-02T02:00:00.000000+00:00"}


def test_what_is_judged_meanwhile_settles_no_more(visited: Monitor) -> None:
    visited.send(said(a_visit("P-3", note="批量"), "first"))
    visited.send(said(a_visit("P-3"), "judged at once"))
    assert list(waiting(visited).values()) == ["2025-12-20T02:00:00.000000+00:00"]


async def test_who_leaves_a_node_can_wait_for_what_settles(tmp_path: Path) -> None:
    COUNTS.clear()
    installation = Visited.open(Settings(data=tmp_path))
    register_in(installation, SOURCE)
    node = installation.embedded()
    await node.start()
    await node.ingest([as_bytes(said(a_visit("P-3", note="批量"), "seen"))])
    assert COUNTS == {}
    assert len(await node.settling()) == 1
    await node.settled()
    assert {group_of("P-3"): 1} == COUNTS
    await node.stop()
    installation.close()


async def test_what_falls_due_for_another_reason_is_not_waited_for(tmp_path: Path) -> None:
    COUNTS.clear()
    installation = Visited.open(Settings(data=tmp_path))
    register_in(installation, SOURCE)
    node = installation.embedded()
    await node.start()
    in_an_hour = datetime.now(SHANGHAI) - AGAIN_AFTER + timedelta(hours=1)
    visit = a_visit("P-3").model_copy(update={"inspected_at": in_an_hour})
    await node.ingest([as_bytes(said(visit, "seen"))])
    assert await node.settling() == []
    async with asyncio.timeout(60):
        await node.settled()
    assert {group_of("P-3"): 1} == COUNTS
    await node.stop()
    installation.close()


def test_a_follow_up_is_recorded_and_judged_with_its_cause(visited: Monitor) -> None:
    """One message, three projects, one moment."""
    visited.send(said(a_visit("P-1", present=False), "absent"))
    assert clues(visited) == {(project, "absent"): "raised" for project in PROJECTS}
    assert [steps(visited, project) for project in PROJECTS] == [[("raised", "absent")]] * 3
    assert [fact["source"] for fact in visited.facts()] == [SOURCE, FOLLOW_UP_SOURCE, FOLLOW_UP_SOURCE]
    batches = visited.rows(BATCHES)
    assert [batch.last_position - batch.first_position + 1 for batch in batches] == [1, 2, 2, 2]
    assert len({batch.recorded_at for batch in batches[1:]}) == 1


def test_a_follow_up_is_said_once(visited: Monitor) -> None:
    visited.send_each(said(a_visit("P-2", present=False), "absent"), said(a_visit("P-2"), "seen"))
    visited.reopen()
    visited.send(said(a_visit("P-2", at="2025-11-22"), "seen again"))
    assert len([fact for fact in visited.facts() if fact["source"] == FOLLOW_UP_SOURCE]) == 1


def test_a_docket_that_contradicts_itself_is_stopped_and_leaves_nothing_behind(visited: Monitor) -> None:
    visited.send(said(a_visit("P-2", present=False), "absent"))
    before = visited.ledger()
    with pytest.raises(ContradictsItself):
        visited.send(said(a_visit("P-1"), "seen"), said(a_visit("P-2", answered=False), "otherwise"))
    assert visited.ledger() == before
    visited.send(said(a_visit("P-1", present=False), "goes on"))
    assert clues(visited)["P-1", "absent"] == "raised"


def test_a_rebuild_says_and_judges_the_same_follow_ups(visited: Monitor) -> None:
    lived(visited)
    assert Rebuilding(visited.installation).rebuild() == len(visited.ledger())


def lived(monitor: Monitor) -> None:
    monitor.send(said(a_visit("P-1", present=False), "absent"), said(a_visit("P-3", note="批量"), "later"))
    monitor.clock.pass_by(seconds=20)
    monitor.send(said(a_visit("P-2", note="批量"), "more"), correction("undone", "absent"))
    monitor.clock.pass_by(days=40)
    monitor.shard.let_time_pass()
    (clue,) = (row for row in monitor.rows(CLUES) if (row.project_code, row.rule) == ("P-2", "forgotten"))
    monitor.decide(clue.clue_id, "investigate", "证据充分")
    monitor.send(said(a_visit("P-1", present=False, at="2026-01-05"), "absent again"))


visits = st.builds(
    lambda project, present, day, note: a_visit(project, present=present, at=day, note=note),
    st.sampled_from(PROJECTS),
    st.booleans(),
    st.sampled_from(["2025-11-20", "2025-11-25"]),
    st.sampled_from([None, "批量"]),
)
rounds = st.lists(st.lists(st.tuples(visits, st.integers(0, 9)), max_size=3), min_size=1, max_size=6)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rounds)
def test_whatever_is_said_a_rebuild_equals_the_live_tables(told: list[list[Any]]) -> None:
    with TemporaryDirectory() as folder:
        monitor = Monitor(Settings(data=Path(folder)), Clock(), installed=Visited)
        number = 0
        for batch in told:
            messages: list[Message] = []
            for visit, of in batch:
                number += 1
                messages.append(said(visit, f"m{number}") if of else correction(f"m{number}", f"m{number // 2}"))
            monitor.send(*messages)
            monitor.clock.pass_by(milliseconds=700)
        monitor.clock.pass_by(days=31)
        monitor.shard.let_time_pass()
        Rebuilding(monitor.installation).rebuild()
        monitor.close()
