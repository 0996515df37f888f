"""What came of each source, in whatever order it came."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.access import Actor, Role
from domain.evidence.source import SourceCase
from domain.facts.sources import SourceHeartbeat
from infra.rebuilding import Rebuilding
from projections.boards.sources import RANGES, SOURCES, Ranges, cases
from tests.builders import a_payment
from tests.monitor import OPERATOR, START, Monitor, said


def numbered(number: object, **given: Any) -> dict[str, Any]:
    return {**said(a_payment(), f"n{number}", **given), "sequence": str(number)}


def beat(id: str, **given: Any) -> dict[str, Any]:
    attributes: dict[str, Any] = {name: given.pop(name) for name in ("source", "time") if name in given}
    return {**said(SourceHeartbeat(**given), id), **attributes}


def known(monitor: Monitor, actor: Actor = OPERATOR) -> dict[str, SourceCase]:
    with monitor.read() as connection:
        found = cases(connection, actor, monitor.settings.policy, monitor.clock())
    return {case.source: case for case in found}


def only(monitor: Monitor) -> SourceCase:
    (case,) = known(monitor).values()
    return case


@given(st.lists(st.lists(st.integers(0, 60), max_size=8), max_size=12))
def test_ranges_hold_what_came_in_any_order_and_any_number_of_times(portions: list[list[int]]) -> None:
    ranges, came = Ranges(), set[int]()
    for portion in portions:
        for number in portion:
            ranges.add(number, number)
            came.add(number)
    found = list(ranges)
    assert {number for first, last in found for number in range(first, last + 1)} == came
    assert all(one[1] + 1 < other[0] for one, other in pairwise(found))


def test_a_hole_is_seen_and_a_late_number_fills_it(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(*(numbered(number) for number in (1, 2, 5, 4, 8)))
    assert only(monitor_anywhere).missing == ((3, 3), (6, 7))
    monitor_anywhere.send(numbered(6))
    monitor_anywhere.send(numbered(3), numbered(7))
    assert only(monitor_anywhere).heard == ((1, 8),)
    assert len(monitor_anywhere.rows(RANGES)) == 1


def test_each_source_counts_for_itself(monitor: Monitor) -> None:
    monitor.send(numbered(1, source="urn:one"), numbered(7, source="urn:two"), numbered(2, source="urn:one"))
    assert {source: case.heard for source, case in known(monitor).items()} == {
        "urn:one": ((1, 2),),
        "urn:two": ((7, 7),),
    }


def test_a_rejected_message_leaves_its_number_open_until_it_is_sent_again(monitor: Monitor) -> None:
    wrong = numbered(2)
    wrong["data"]["month"] = "nonsense"
    monitor.send(numbered(1), wrong, numbered(3))
    assert only(monitor).missing == ((2, 2),)
    monitor.send(numbered(2))
    assert only(monitor).missing == ()


def test_sources_that_neither_number_nor_send_heartbeats_are_not_kept(monitor: Monitor) -> None:
    monitor.send(said(a_payment(), "plain"), numbered("A-17"))
    assert monitor.rows(SOURCES) == []


def test_a_heartbeat_says_how_far_the_numbers_went_and_when_the_next_sign_comes(monitor: Monitor) -> None:
    monitor.send(numbered(1), beat("b1", interval_seconds=60))
    monitor.send(said(SourceHeartbeat(sequence=4), "b2"))
    case = only(monitor)
    assert (case.said_last, case.interval_seconds, case.missing) == (4, 60, ((2, 4),))


def test_the_interval_said_last_counts_in_whatever_order_it_came(monitor: Monitor) -> None:
    monitor.send(beat("later", interval_seconds=300, time="2025-07-02T00:00:00+08:00"))
    monitor.send(beat("earlier", interval_seconds=60, time="2025-07-01T00:00:00+08:00"))
    assert only(monitor).interval_seconds == 300


def test_every_message_is_a_sign_of_life(monitor: Monitor) -> None:
    monitor.send(beat("b", interval_seconds=60))
    monitor.clock.pass_by(hours=2)
    assert only(monitor).silent_for > timedelta(hours=1)
    monitor.send(said(a_payment(), "plain"))
    assert only(monitor).silent_for < timedelta(seconds=1)
    assert only(monitor).heard_at > START


def test_what_is_known_of_sources_survives_a_restart_and_a_rollback_and_is_rebuilt(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(numbered(1), numbered(4), beat("b", interval_seconds=60))
    monitor_anywhere.reopen()

    def fail(_connection: object, _at: object) -> None:
        raise RuntimeError("on purpose")

    try:
        monitor_anywhere.shard.decide(fail)
    except RuntimeError:
        monitor_anywhere.send(numbered(2))
    assert only(monitor_anywhere).missing == ((3, 3),)
    Rebuilding(monitor_anywhere.installation).rebuild()


def test_a_feed_sees_itself_only(monitor: Monitor) -> None:
    monitor.send(numbered(1, source="urn:one"), numbered(7, source="urn:two"))
    assert set(known(monitor, Actor(Role.SOURCE, "one", source="urn:one"))) == {"urn:one"}
