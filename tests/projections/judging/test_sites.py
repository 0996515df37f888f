"""Sites judged live: facts settle, months close, and the order of arrival changes nothing."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from alerts.tables import NOTICES
from domain.facts.fact import FactData
from infra.rebuilding import Rebuilding
from infra.settings import Settings
from projections.boards.closings import COVERAGE_ASKS
from projections.boards.clue_board import CLUES
from projections.boards.due_dates import DUE_DATES
from projections.boards.judged import APPOINTMENTS, WATCHED
from projections.boards.watched_sites import SITES_JUDGED, WATCHED_SITES
from tests.builders import BIDDER, LEAD, SOMEONE_ELSE, a_bid_opening, a_closing
from tests.examples import examples
from tests.monitor import SOURCE, Clock, Message, Monitor, correction, said, told_complete
from tests.site_builders import (
    ATTENDANCE_CLOSED,
    ELSEWHERE,
    PROJECT,
    a_start,
    an_acceptance,
    an_inspection,
    an_operators_certificate,
    checked,
    present_on,
    stayed,
    working_days,
)
from tests.site_strategies import site_facts, stories

DUE = datetime(2025, 9, 5, 16, tzinfo=UTC)
"""When the attendance of August is due."""
OVER = datetime(2025, 8, 31, 16, tzinfo=UTC)
"""When August is over."""
DAYS = working_days()
LAW = settings(
    max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
STARTED = said(a_start(on="2025-08-01"), "started")
ATTENDED: list[dict[str, Any]] = [said(data, f"closed-{data.period}") for data in ATTENDANCE_CLOSED]
OPERATORS_CLOSED: list[dict[str, Any]] = [
    said(a_closing("special-operations", f"2025-08-{day}"), f"operators-{day}") for day in ("02", "28")
]
SOMEBODY_THERE = said(checked("08-04 08:00", person=SOMEONE_ELSE), "somebody")


@pytest.fixture
def in_august(tmp_path: Path) -> Iterator[Monitor]:
    """On the last day of August; its attendance will be complete."""
    monitor = Monitor(Settings(data=tmp_path / "data"), Clock(DUE - timedelta(days=6)))
    yield told_complete(monitor, *ATTENDED)
    monitor.close()


def messages(facts: Sequence[FactData], name: str = "m") -> list[Message]:
    return [said(data, f"{name}-{number}") for number, data in enumerate(facts)]


def settled(monitor: Monitor) -> None:
    monitor.clock.pass_by(seconds=11)
    monitor.shard.let_time_pass()


def go_to(monitor: Monitor, moment: datetime) -> None:
    monitor.clock.moment = moment
    monitor.shard.let_time_pass()


def steps(monitor: Monitor, rule: str) -> list[tuple[str, str]]:
    (row,) = (row for row in monitor.rows(CLUES) if row.rule == rule)
    return [(step["what"], step["caused_by"].removeprefix(f"{SOURCE}#")) for step in row.history]


def test_a_lead_absent_in_a_month_that_is_closed_is_found_when_it_is_over(in_august: Monitor) -> None:
    in_august.send(STARTED, *messages(present_on(DAYS[:5])))
    settled(in_august)
    go_to(in_august, OVER - timedelta(seconds=1))
    assert in_august.open_rules() == set()
    go_to(in_august, OVER)
    assert in_august.open_rules() == {"S501"}
    assert steps(in_august, "S501") == [("raised", "time")]
    row = in_august.clues()["S501"]
    assert (row.project_code, row.person_id, row.bidder_key) == (PROJECT, LEAD.person_id, BIDDER.key)
    assert (row.jurisdiction, row.case_group) == ("440100", f"sites:person:{LEAD.person_id}")
    assert row.occurred_at.startswith("2025-08-31T15:59:59")


def test_a_check_in_of_somebody_nobody_watches_leaves_no_trace_but_the_ledger(in_august: Monitor) -> None:
    in_august.send(STARTED)
    settled(in_august)
    before = in_august.rows(DUE_DATES)
    in_august.send(SOMEBODY_THERE, *messages(present_on(DAYS, person=SOMEONE_ELSE, method="manual")))
    assert in_august.rows(DUE_DATES) == before
    assert {row.person_id for row in in_august.rows(WATCHED_SITES)} == {LEAD.person_id}


def test_who_else_was_there_has_nobody_judged_anew_also_where_the_lead_was_never_there(in_august: Monitor) -> None:
    in_august.send(STARTED)
    go_to(in_august, DUE)
    before = in_august.rows(DUE_DATES), in_august.rows(CLUES)
    assert in_august.open_rules() == {"S501"}
    in_august.send(SOMEBODY_THERE)
    settled(in_august)
    assert (in_august.rows(DUE_DATES), in_august.rows(CLUES)) == before


def test_facts_that_come_in_masses_are_judged_once_they_have_settled(in_august: Monitor) -> None:
    in_august.send_each(STARTED, *messages(present_on(DAYS[:3])))
    assert in_august.rows(WATCHED_SITES) == []
    (waiting,) = in_august.rows(DUE_DATES)
    assert waiting.case_group == f"sites:person:{LEAD.person_id}"
    settled(in_august)
    assert [row.project_code for row in in_august.rows(WATCHED_SITES)] == [PROJECT]
    (waiting,) = in_august.rows(DUE_DATES)
    assert datetime.fromisoformat(waiting.due_at) == OVER


def test_a_history_that_keeps_coming_is_judged_when_it_is_whole(in_august: Monitor) -> None:
    """Loaded long after, day by day: no clue about a month of which only some days had come."""
    in_august.clock.moment = DUE + timedelta(days=90)
    in_august.send(STARTED, said(an_acceptance(on="2025-08-29"), "accepted"))
    for number, day in enumerate(DAYS):
        in_august.clock.pass_by(seconds=6)
        in_august.send(*messages(present_on([day]), f"day-{number}"))
        if number == 5:
            in_august.reopen()
            Rebuilding(in_august.installation).rebuild()
    settled(in_august)
    assert "S501" not in {row.rule for row in in_august.rows(CLUES)}
    Rebuilding(in_august.installation).rebuild()


def test_check_ins_that_come_late_withdraw_the_clue_and_are_named(in_august: Monitor) -> None:
    in_august.send(STARTED, *messages(present_on(DAYS[:5])))
    go_to(in_august, DUE)
    in_august.send(*messages(present_on(DAYS[5:]), "late"))
    assert in_august.open_rules() == {"S501"}
    settled(in_august)
    assert in_august.open_rules() == set()
    (what, cause) = steps(in_august, "S501")[-1]
    assert what == "withdrawn"
    assert cause.startswith("late-")


def test_an_acceptance_recorded_late_withdraws_the_clue_and_is_named(in_august: Monitor) -> None:
    in_august.send(STARTED, *messages(present_on(DAYS[:5])))
    go_to(in_august, DUE)
    in_august.send(said(an_acceptance(on=DAYS[5].isoformat(), lead=SOMEONE_ELSE), "accepted"))
    settled(in_august)
    assert steps(in_august, "S501")[-1] == ("withdrawn", "accepted")


def test_a_lead_is_absent_once_the_month_is_closed_and_not_before(tmp_path: Path) -> None:
    """At the moment of the closing, also before the month is due; a retracted closing takes it back."""
    monitor = Monitor(Settings(data=tmp_path / "data"), Clock(DUE - timedelta(days=6)))
    monitor.send(STARTED)
    settled(monitor)
    monitor.clock.moment = DUE - timedelta(days=3)
    monitor.send(said(a_closing("attendance-recorded", "2025-07"), "july"))
    assert monitor.open_rules() == set()
    monitor.send(said(a_closing("attendance-recorded", "2025-08"), "august"))
    assert monitor.open_rules() == {"S501"}
    assert steps(monitor, "S501")[-1] == ("raised", "august")
    monitor.send(correction("open-again", "august"))
    assert monitor.open_rules() == set()
    assert steps(monitor, "S501")[-1] == ("withdrawn", "open-again")
    go_to(monitor, DUE + timedelta(days=40))
    assert monitor.open_rules() == set()
    monitor.close()


def test_an_inspection_somebody_failed_is_a_clue_once_it_has_settled(in_august: Monitor) -> None:
    in_august.send(said(an_inspection(answered=False), "failed"), said(an_inspection(person=SOMEONE_ELSE), "passed"))
    settled(in_august)
    assert steps(in_august, "S503") == [("raised", "failed")]
    assert {row.person_id for row in in_august.rows(WATCHED_SITES)} == {LEAD.person_id}
    in_august.send(correction("never", "failed"))
    settled(in_august)
    assert steps(in_august, "S503")[-1] == ("withdrawn", "never")
    assert in_august.rows(WATCHED_SITES) == in_august.rows(SITES_JUDGED) == []


def test_an_inspection_corrected_to_failed_is_found(in_august: Monitor) -> None:
    in_august.send_each(said(an_inspection(), "passed"), correction("worse", "passed", an_inspection(present=False)))
    settled(in_august)
    assert steps(in_august, "S503") == [("raised", "worse")]


def test_a_check_in_for_a_trade_is_compared_with_certificates_also_with_later_ones(in_august: Monitor) -> None:
    expired = an_operators_certificate(valid_to="2025-08-01")
    in_august.send(said(expired, "expired"), said(checked("08-04 08:00", trade="建筑电工"), "at-work"))
    settled(in_august)
    assert in_august.open_rules() == {"S504"}
    in_august.send(said(an_operators_certificate(certificate_no="T-2", valid_from="2025-08-02"), "renewed"))
    settled(in_august)
    assert steps(in_august, "S504") == [("raised", "at-work"), ("withdrawn", "renewed")]


def test_contradictions_across_projects_are_found_while_the_month_runs(in_august: Monitor) -> None:
    in_august.send(STARTED, *messages(stayed("08-04")), said(checked("08-04 12:00", ELSEWHERE), "elsewhere"))
    settled(in_august)
    assert in_august.open_rules() == {"S502"}
    found = in_august.clues()["S502"]
    assert found.project_code == PROJECT
    assert (found.jurisdiction, found.jurisdictions.split()) == ("440000", ["440100", "440300"])


def test_the_supervisors_of_all_places_of_a_contradiction_are_told(in_august: Monitor) -> None:
    in_august.send(STARTED, *messages(stayed("08-04")), said(checked("08-04 12:00", ELSEWHERE), "elsewhere"))
    settled(in_august)
    told = {row.recipient_key for row in in_august.rows(NOTICES) if row.recipient_role == "supervisor"}
    assert told == {"440100", "440300"}


def test_a_lead_of_two_projects_is_found_at_the_opening_and_cleared_by_a_handover(monitor: Monitor) -> None:
    monitor.send(said(a_start(on="2025-01-10"), "one"), said(a_start(on="2025-02-10", project_code=ELSEWHERE), "other"))
    monitor.send(said(a_bid_opening(), "opening"))
    assert "L201" in monitor.open_rules()
    monitor.send(said(a_start(on="2025-03-10", lead=SOMEONE_ELSE), "handover"))
    assert "L201" not in monitor.open_rules()
    assert steps(monitor, "L201") == [("raised", "opening"), ("withdrawn", "handover")]


@st.composite
def histories(draw: st.DrawFn) -> list[Message]:
    """A lead, facts about sites, and corrections of either and of one another."""
    told: list[FactData] = [a_start(on="2025-07-05"), *draw(stories)]
    told += draw(st.lists(site_facts, min_size=1, max_size=12))
    sent = messages(told)
    corrections = draw(st.integers(0, 4))
    for number in range(len(told), len(told) + corrections):
        retracted = draw(st.integers(0, len(told) + corrections))
        sent.append(correction(f"m-{number}", f"m-{retracted}", draw(st.one_of(st.none(), site_facts))))
    closed: list[dict[str, Any]] = draw(
        st.lists(st.sampled_from([*ATTENDED[6:8], *OPERATORS_CLOSED]), unique_by=lambda said: said["id"])
    )
    sent += closed
    if len(closed) % 2:
        sent.append(correction("open-again", closed[0]["id"]))
    return [*sent, said(a_bid_opening(), "opening")] if draw(st.booleans()) else sent


@st.composite
def arrivals(draw: st.DrawFn, told: Sequence[Message]) -> list[list[Message]]:
    """The same messages in some order, some of them twice, cut into batches."""
    again = draw(st.lists(st.sampled_from(told), max_size=3))
    order = draw(st.permutations([*told, *again]))
    cuts = draw(st.sets(st.integers(1, len(order) - 1)))
    edges = [0, *sorted(cuts), len(order)]
    return [order[first:last] for first, last in pairwise(edges)]


class End:
    """What a history led to."""

    def __init__(self, monitor: Monitor) -> None:
        self.clues = monitor.open_clues()
        whole = (WATCHED_SITES, DUE_DATES, APPOINTMENTS, WATCHED, COVERAGE_ASKS)
        self.tables = {table.name: sorted(map(tuple, monitor.rows(table))) for table in whole}
        self.judged = {row.person_id for row in monitor.rows(SITES_JUDGED)}
        told = ("clue_id", "fingerprint", "candidate", "stands", "about")
        rows = [row for row in monitor.rows(CLUES) if row.status != "withdrawn"]
        self.boards = {tuple(str(row._mapping[name]) for name in told) for row in rows}


def the_end_of(
    batches: Sequence[Sequence[Message]], *, apart: timedelta, begun: datetime, restarts: bool = False
) -> End:
    """Sent from ``begun`` on, ``apart``; then time passes, and a rebuild leads to the same tables."""
    with TemporaryDirectory() as folder:
        monitor = Monitor(Settings(data=Path(folder)), Clock(begun))
        for batch in batches:
            monitor.send(*batch)
            monitor.clock.moment += apart
            if restarts:
                monitor.reopen()
        monitor.clock.moment = DUE + timedelta(days=10)
        monitor.shard.let_time_pass()
        Rebuilding(monitor.installation).rebuild()
        end = End(monitor)
        monitor.close()
    return end


def assert_same(one: End, other: End) -> None:
    assert one.clues == other.clues
    assert one.boards == other.boards
    assert one.tables == other.tables
    assert one.judged == other.judged


@LAW
@given(st.data())
def test_any_order_any_batches_and_any_pace_end_the_same(data: st.DataObject) -> None:
    told = data.draw(histories())
    begun = DUE - timedelta(days=6)
    at_once = the_end_of([told], apart=timedelta(0), begun=begun)
    event(f"rules: {sorted({clue.rule for clue in at_once.clues})}")
    pace = data.draw(st.sampled_from([timedelta(seconds=1), timedelta(seconds=30), timedelta(hours=5)]))
    batches = data.draw(arrivals(told))
    assert_same(at_once, the_end_of(batches, apart=pace, begun=begun))
    assert_same(at_once, the_end_of(batches, apart=pace, begun=DUE, restarts=True))
