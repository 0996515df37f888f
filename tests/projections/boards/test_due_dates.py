"""When time alone changes a finding."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select
from sqlalchemy.exc import OperationalError

from domain.instants import instant_text
from projections.boards.due_dates import DUE_DATES, MOST_AT_ONCE, DueDates
from tests.approval_builders import a_certificate, accepted, approved, moment
from tests.builders import SOMEONE_ELSE, a_bid_opening, a_closing, a_payment, a_registration
from tests.monitor import Monitor, correction, said

BEFORE = datetime(2026, 3, 6, 4, tzinfo=UTC)
DUE = datetime(2026, 3, 9, 16, tzinfo=UTC)
"""The first instant of 10 March in Shanghai: the certificate of an approval of 6 March, a Friday, is late."""
CLOSED = said(a_closing("certificate-issued", "2026-03-31"), "closed")
ACCEPTED, APPROVED = said(accepted("03-02"), "accepted"), said(approved("03-06"), "approved")
CASES = (CLOSED, ACCEPTED, APPROVED)


def waiting(monitor: Monitor) -> list[tuple[str, str]]:
    """When, and which case."""
    return sorted(
        (row.due_at, row.case_group.removeprefix("approvals:case:"))
        for row in monitor.rows(DUE_DATES)
        if row.case_group.startswith("approvals:")
    )


def at(monitor: Monitor, moment: datetime) -> None:
    monitor.clock.moment = moment
    monitor.shard.let_time_pass()


def test_a_missing_certificate_is_found_by_time_alone_and_not_before(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.clock.moment = BEFORE
    monitor_anywhere.send(*CASES)
    assert monitor_anywhere.shard.next_due == DUE
    at(monitor_anywhere, DUE - timedelta(seconds=1))
    assert monitor_anywhere.open_rules() == set()
    at(monitor_anywhere, DUE)
    assert monitor_anywhere.open_rules() == {"A606"}
    assert monitor_anywhere.clues()["A606"].history[-1]["caused_by"] == "time"
    assert waiting(monitor_anywhere) == []


def test_a_due_date_survives_a_restart(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.clock.moment = BEFORE
    monitor_anywhere.send(*CASES)
    monitor_anywhere.reopen()
    assert monitor_anywhere.shard.next_due == DUE
    at(monitor_anywhere, DUE)
    assert monitor_anywhere.open_rules() == {"A606"}


def test_a_due_date_that_fell_while_nobody_was_there_is_judged_at_once(monitor: Monitor) -> None:
    monitor.clock.moment = BEFORE
    monitor.send(*CASES)
    monitor.close()
    monitor.clock.moment = DUE + timedelta(days=40)
    monitor.reopen()
    monitor.shard.let_time_pass()
    assert monitor.open_rules() == {"A606"}


def test_whichever_batch_comes_next_judges_who_is_due(monitor: Monitor) -> None:
    monitor.clock.moment = BEFORE
    monitor.send(*CASES)
    monitor.clock.moment = DUE
    monitor.send(said(a_payment(person=SOMEONE_ELSE), "else"))
    assert monitor.open_rules() == {"A606"}


def test_a_decision_judges_who_is_due_too(monitor: Monitor) -> None:
    monitor.clock.moment = BEFORE
    monitor.send(*CASES)
    monitor.clock.moment = DUE
    monitor.shard.decide(lambda *_: None)
    assert monitor.open_rules() == {"A606"}


def test_a_certificate_that_came_in_time_keeps_the_due_date_silent(monitor: Monitor) -> None:
    monitor.clock.moment = BEFORE
    monitor.send_each(*CASES, said(a_certificate(), "issued", time=moment("03-06")))
    at(monitor, DUE)
    assert monitor.open_rules() == set()


def test_a_due_date_lost_in_a_failure_is_judged_when_the_database_is_back(monitor: Monitor) -> None:
    monitor.clock.moment = BEFORE
    monitor.send(*CASES)
    monitor.clock.moment = DUE
    database = monitor.installation.database
    with database.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE batches RENAME TO batches_away")
    with pytest.raises(OperationalError, match="batches"):
        monitor.shard.let_time_pass()
    with database.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE batches_away RENAME TO batches")
    monitor.shard.let_time_pass()
    assert monitor.open_rules() == {"A606"}


def test_a_case_taken_back_is_waited_for_no_longer(monitor: Monitor) -> None:
    monitor.clock.moment = BEFORE
    monitor.send_each(*CASES, correction("gone", "approved"), correction("gone-too", "accepted"))
    assert waiting(monitor) == []
    at(monitor, DUE)
    assert monitor.open_clues() == frozenset()


def test_each_case_is_waited_for(monitor: Monitor) -> None:
    monitor.clock.moment = BEFORE
    later = [said(one("03-10", case_id="AP-2"), f"{name}-2") for name, one in (("a", accepted), ("d", approved))]
    monitor.send_each(*CASES, *later)
    tenth, twelfth = "2026-03-09T16:00:00.000000+00:00", "2026-03-11T16:00:00.000000+00:00"
    assert waiting(monitor) == [(tenth, "AP-1"), (twelfth, "AP-2")]
    at(monitor, DUE)
    assert waiting(monitor) == [(twelfth, "AP-2")]


def test_no_bid_waits_for_time_alone(monitor: Monitor) -> None:
    """What is missing about a lead counts when it is stated to be complete, and not when time has passed."""
    monitor.send(said(a_bid_opening(), "opening"), said(a_registration(), "registered"))
    assert monitor.rows(DUE_DATES) == []
    at(monitor, datetime(2030, 1, 1, tzinfo=UTC))
    assert monitor.open_clues() == frozenset()


SCOPES = st.sampled_from(["a", "b", "c"])
HOURS = st.integers(0, 30)
AFTER, AT_MOST = 4, 9
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), SCOPES, st.lists(HOURS, max_size=3)),
        st.tuples(st.just("settle"), SCOPES, st.none()),
        st.tuples(st.just("hasten"), SCOPES, st.none()),
        st.tuples(st.just("pass"), HOURS, st.booleans()),
    ),
    max_size=25,
)


class Remembered:
    """What the queue must do, said in the plainest way."""

    def __init__(self) -> None:
        self.moments: dict[str, set[int]] = {}
        self.settling: dict[str, tuple[int, int]] = {}

    def put(self, group: str, hours: list[int], now: int) -> None:
        self.moments[group] = {hour for hour in hours if hour > now}
        self.settling.pop(group, None)

    def settle(self, group: str, now: int) -> None:
        moments = self.moments.setdefault(group, set())
        at, since = self.settling.get(group, (None, now))
        hour = min(now + AFTER, since + AT_MOST)
        if at is not None and 2 * (hour - at) < AFTER:
            return
        moments.discard(-1 if at is None else at)
        self.settling.pop(group, None)
        if not any(moment <= hour for moment in moments):
            moments.add(hour)
            self.settling[group] = hour, since

    def hasten(self, group: str, now: int) -> None:
        at, since = self.settling.get(group, (0, 0))
        if at and min(self.moments[group]) > now:
            self.moments[group] = {now, *self.moments[group] - {at}}
            self.settling[group] = now, since

    def pop(self, now: int) -> list[str]:
        due = sorted(group for group, moments in self.moments.items() if any(hour <= now for hour in moments))
        self.moments = {group: {hour for hour in hours if hour > now} for group, hours in self.moments.items()}
        self.settling = {group: (at, since) for group, (at, since) in self.settling.items() if at > now}
        return due

    def rows(self) -> set[tuple[str, str, str | None]]:
        return {
            (instant_text(hour_of(hour)), group, self.since(group, hour))
            for group, hours in self.moments.items()
            for hour in hours
        }

    def since(self, group: str, hour: int) -> str | None:
        at, since = self.settling.get(group, (None, 0))
        return instant_text(hour_of(since)) if at == hour else None


def hour_of(hour: int) -> datetime:
    return BEFORE + timedelta(hours=hour)


@settings(deadline=None)
@given(OPERATIONS)
def test_the_queue_gives_each_scope_back_when_its_moment_comes_and_not_again(operations: list[Any]) -> None:
    """Also when it is read again from its table in between."""
    engine = create_engine("sqlite://")
    DUE_DATES.create(engine)
    queue, plain, now = DueDates(), Remembered(), 0
    with engine.begin() as connection:
        for what, of, given_ in operations:
            if what == "put":
                queue.put(connection, of, map(hour_of, given_), hour_of(now))
                plain.put(of, given_, now)
            elif what == "settle":
                hours = {"after": timedelta(hours=AFTER), "at_most": timedelta(hours=AT_MOST)}
                queue.settle(connection, of, hour_of(now), **hours)
                plain.settle(of, now)
            elif what == "hasten":
                queue.hasten(connection, [of], hour_of(now))
                plain.hasten(of, now)
            else:
                now = max(now, of)
                queue = DueDates.load(connection) if given_ else queue
                assert queue.pop(connection, hour_of(now)) == plain.pop(now)
            assert {tuple(row) for row in connection.execute(select(DUE_DATES))} == plain.rows()
            first = min((hour for hours in plain.moments.values() for hour in hours), default=None)
            assert queue.earliest == (None if first is None else hour_of(first))
    engine.dispose()


def test_moments_taken_back_do_not_pile_up() -> None:
    engine = create_engine("sqlite://")
    DUE_DATES.create(engine)
    queue = DueDates()
    with engine.begin() as connection:
        for hour in range(5_000, 0, -1):
            queue.put(connection, "a", [hour_of(hour)], BEFORE)
        assert len(queue._heap) < 2_000
        assert queue.pop(connection, hour_of(1)) == ["a"]
        assert queue.earliest is None
    engine.dispose()


def test_one_batch_takes_no_more_than_it_can_judge_in_time() -> None:
    """The rest stays on the queue, also after a restart, and the earliest come first."""
    groups = [f"sites:person:{number:04d}" for number in range(MOST_AT_ONCE + 5)]
    engine = create_engine("sqlite://")
    DUE_DATES.create(engine)
    queue = DueDates()
    with engine.begin() as connection:
        for number, group in enumerate(groups):
            queue.put(connection, group, [hour_of(1) + timedelta(seconds=number)], hour_of(0))
        assert queue.pop(connection, hour_of(2)) == groups[:MOST_AT_ONCE]
        assert DueDates.load(connection).pop(connection, hour_of(2)) == groups[MOST_AT_ONCE:]
    assert queue.earliest is not None
    engine.dispose()
