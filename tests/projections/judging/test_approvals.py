"""Approval cases judged live: lights run by time alone, once, and a replay shows the same."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.tables import NOTICES
from domain.approval import approval_case
from domain.evidence.recorded import Knowledge
from domain.facts.approvals import case_subject
from domain.facts.fact import FactData
from domain.policy import PolicyBook
from infra.rebuilding import Rebuilding
from infra.settings import Settings
from projections.batches import BATCHES
from projections.boards.approval_board import APPROVALS, DEPARTMENT_MONTHS, LIGHTS
from projections.boards.clue_board import CLUES
from projections.boards.due_dates import DUE_DATES
from projections.judging.approvals import READ_KINDS
from tests.approval_builders import (
    CASE,
    a_certificate,
    a_pause,
    accepted,
    an_entry,
    approved,
    instant,
    moment,
)
from tests.builders import a_closing
from tests.examples import examples
from tests.monitor import Clock, Message, Monitor, correction, said

LAW = settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
APRIL = instant("04-30")


@pytest.fixture
def at_start(tmp_path: Path) -> Iterator[Monitor]:
    """On the day the cases are accepted."""
    monitor = Monitor(Settings(data=tmp_path / "data"), Clock(instant("03-02 10:00")))
    yield monitor
    monitor.close()


def go_to(monitor: Monitor, moment: str) -> bool:
    """Whether somebody was due on the way."""
    monitor.clock.moment = instant(moment)
    return monitor.shard.let_time_pass()


def light_of(monitor: Monitor, case_id: str = CASE) -> str:
    (light,) = (row.light for row in monitor.rows(LIGHTS) if row.case_id == case_id)
    return str(light)


def events(data: FactData, id: str, at: str) -> dict[str, Any]:
    return said(data, id, time=moment(at))


def test_a_case_turns_yellow_and_red_by_time_alone(at_start: Monitor) -> None:
    at_start.send(said(accepted("03-02", 10), "accepted"))
    assert light_of(at_start) == "green"
    assert not go_to(at_start, "03-11 23:59")
    assert go_to(at_start, "03-12 00:00")
    assert light_of(at_start) == "yellow"
    assert at_start.clues()["A601"].severity == "low"
    assert go_to(at_start, "03-17 00:00")
    assert light_of(at_start) == "red"
    assert at_start.clues()["A601"].outcome == "mismatch"
    assert at_start.clues()["A601"].history[-1]["caused_by"] == "time"


def test_a_moment_fires_once_and_survives_a_restart(at_start: Monitor) -> None:
    at_start.send(said(accepted("03-02", 10), "accepted"))
    at_start.clock.moment = instant("03-18")
    at_start.reopen()
    assert at_start.shard.let_time_pass()
    versions = [row.version for row in at_start.rows(CLUES)]
    at_start.reopen()
    assert not at_start.shard.let_time_pass()
    assert [row.version for row in at_start.rows(CLUES)] == versions


def test_a_clock_that_jumps_over_both_turns_shows_the_last_of_them(at_start: Monitor) -> None:
    at_start.send(said(accepted("03-02", 10), "accepted"))
    assert go_to(at_start, "06-01")
    assert light_of(at_start) == "red"
    assert [step["what"] for step in at_start.clues()["A601"].history] == ["raised"]


def test_a_clock_that_is_set_back_turns_nothing_back(at_start: Monitor) -> None:
    at_start.send(said(accepted("03-02", 10), "accepted"))
    go_to(at_start, "03-17")
    at_start.clock.moment = instant("03-03")
    at_start.send(said(an_entry("accepted", "03-03", case_id="AP-2", limit_working_days=10), "other"))
    assert light_of(at_start) == "red"


def test_a_decision_in_time_withdraws_the_warning(at_start: Monitor) -> None:
    at_start.send(said(accepted("03-02", 10), "accepted"))
    go_to(at_start, "03-13")
    at_start.send(said(approved("03-13"), "approved"))
    assert light_of(at_start) == "green"
    assert at_start.clues()["A601"].status == "withdrawn"


def test_a_clue_of_a_case_goes_to_the_supervisor_of_the_departments_jurisdiction_only(at_start: Monitor) -> None:
    at_start.send(said(accepted("03-02", 10), "accepted"))
    go_to(at_start, "03-17")
    assert at_start.clues()["A601"].jurisdiction == "440106"
    assert {row.recipient_role for row in at_start.rows(NOTICES)} == {"supervisor"}


def test_a_missing_certificate_is_found_by_time_and_withdrawn_by_a_late_report(at_start: Monitor) -> None:
    at_start.send(said(accepted("03-02"), "accepted"), said(approved("03-06"), "approved"))
    at_start.send(said(a_closing("certificate-issued", "2026-03-31"), "closed"))
    assert at_start.open_rules() == set()
    assert go_to(at_start, "03-10")
    assert at_start.open_rules() == {"A606"}
    at_start.send(events(a_certificate(), "issued", "03-06"))
    assert at_start.open_rules() == set()
    assert [row.certificate_in_step for row in at_start.rows(APPROVALS)] == [True]


def test_a_corrected_entry_judges_the_case_anew(at_start: Monitor) -> None:
    at_start.send(said(accepted("03-02", 4), "accepted"), said(approved("03-27"), "approved"))
    assert "A601" in at_start.open_rules()
    at_start.send(correction("right", "approved", approved("03-05")))
    assert "A601" not in at_start.open_rules()


def test_an_entry_corrected_into_another_case_moves_there(at_start: Monitor) -> None:
    at_start.send(said(accepted("03-02", 4), "accepted"))
    at_start.send(correction("right", "accepted", accepted("03-02", 4, case_id="AP-2")))
    assert [row.case_id for row in at_start.rows(APPROVALS)] == ["AP-2"]


def test_a_certificate_corrected_to_another_case_leaves_the_first(at_start: Monitor) -> None:
    at_start.send(said(accepted("03-02"), "accepted"), said(approved("03-06"), "approved"))
    at_start.send(events(a_certificate(), "issued", "03-06"))
    go_to(at_start, "03-20")
    at_start.send(said(a_closing("certificate-issued", "2026-03-19"), "closed"))
    at_start.send(correction("right", "issued", a_certificate(case_id="AP-2")))
    assert at_start.open_rules() == {"A606"}


def decided_on_its_last_day(number: int, decided: str = "03-06") -> list[Message]:
    case_id = f"AP-{number}"
    return [
        said(accepted("03-02", 4, case_id=case_id), f"accepted-{number}"),
        said(approved(decided, case_id=case_id), f"approved-{number}"),
        events(a_certificate(case_id=case_id, certificate_no=f"C-{number}"), f"issued-{number}", decided),
    ]


def test_three_cases_on_their_last_day_are_a_clue_about_the_department(at_start: Monitor) -> None:
    at_start.send(*(message for number in (1, 2) for message in decided_on_its_last_day(number)))
    assert at_start.open_rules() == set()
    at_start.send(*decided_on_its_last_day(3))
    clue = at_start.clues()["A608"]
    assert (clue.jurisdiction, clue.case_id, clue.outcome) == ("440106", None, "suspect")
    assert [row.decided for row in at_start.rows(DEPARTMENT_MONTHS)] == [3]


def test_what_a_department_was_told_is_taken_back_when_the_case_changes(at_start: Monitor) -> None:
    for number in (1, 2, 3):
        at_start.send(*decided_on_its_last_day(number))
    at_start.send(correction("right", "approved-2", approved("03-05", case_id="AP-2")))
    assert at_start.open_rules() == set()
    at_start.send(correction("again", "right", approved("03-06", case_id="AP-2")))
    assert at_start.open_rules() == {"A608"}


def test_a_case_that_vanishes_leaves_its_department(at_start: Monitor) -> None:
    for number in (1, 2, 3):
        at_start.send(*decided_on_its_last_day(number))
    at_start.send(correction("gone-1", "accepted-3"), correction("gone-2", "approved-3"))
    assert at_start.open_rules() == set()
    assert [row.decided for row in at_start.rows(DEPARTMENT_MONTHS)] == [2]


def test_pauses_are_judged_when_the_month_is_over(at_start: Monitor) -> None:
    paused = [said(entry, f"pause-{place}") for place, entry in enumerate(a_pause("03-03", "03-12"))]
    at_start.send(said(accepted("03-02", 20), "accepted"), *paused, said(approved("03-13"), "approved"))
    at_start.send(events(a_certificate(), "issued", "03-13"))
    assert at_start.open_rules() == set()
    assert go_to(at_start, "04-01 00:00")
    assert at_start.open_rules() == {"A608"}


# Laws

STATES = (
    *("submitted", "accepted", "accepted", "special-started", "special-finished"),
    *("correction-started", "approved", "approved", "withdrawn"),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Message]:
    """Entries of three cases of one department, some of them corrected."""
    count = draw(st.integers(1, 9))
    messages: list[Message] = []
    for number in range(count):
        state = draw(st.sampled_from(STATES))
        day, hour = draw(st.one_of(st.integers(1, 20), st.just(20))), draw(st.sampled_from([0, 9, 9, 10, 23]))
        given: dict[str, Any] = {
            "case_id": f"AP-{draw(st.integers(1, 3))}",
            "special_procedure": draw(st.sampled_from(["听证", "听证", "专家谈话"])),
        }
        given |= {
            "limit_working_days": draw(st.sampled_from([None, 2, 4])),
            "step": draw(st.sampled_from([None, "审查"])),
        }
        data = an_entry(state, f"03-{day:02d} {hour:02d}:00", **given)
        messages.append(said(data, f"m-{number}"))
        if draw(st.integers(0, 4)) == 0:
            replacement = draw(st.sampled_from([None, approved("03-06", case_id="AP-1")]))
            messages.append(correction(f"c-{number}", f"m-{number}", replacement))
    if draw(st.booleans()):
        messages.append(events(a_certificate(case_id="AP-1"), "issued", "03-09"))
    later = said(a_closing("certificate-issued", "2026-03-31"), "closed-too-far")
    closed = said(a_closing("certificate-issued", "2026-03-12"), "closed")
    return [*messages, closed, later, correction("open-again", "closed-too-far")]


def final_state(monitor: Monitor) -> tuple[Any, ...]:
    return monitor.open_clues(), sorted(map(str, (*monitor.rows(APPROVALS), *monitor.rows(LIGHTS))))


@LAW
@given(histories(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_and_any_cut_ends_in_the_same_clues_and_lights(
    messages: list[Message], shuffled: random.Random
) -> None:
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        whole = Monitor(Settings(data=Path(one)), Clock(APRIL))
        pieces = Monitor(Settings(data=Path(other)), Clock(APRIL))
        whole.send(*messages)
        shuffled.shuffle(messages)
        pieces.send_each(*messages)
        for monitor in (whole, pieces):
            go_to(monitor, "05-20")
        assert final_state(pieces) == final_state(whole)
        for monitor in (whole, pieces):
            Rebuilding(monitor.installation).rebuild()
            monitor.close()


@LAW
@given(histories(), st.lists(st.integers(0, 4 * 24), min_size=12, max_size=12))
def test_the_lights_of_a_replay_at_any_moment_equal_those_recorded_live(
    messages: list[Message], hours: list[int]
) -> None:
    """At every batch: the board as it was written then, and a fold of what was known then."""
    with TemporaryDirectory() as folder:
        monitor = Monitor(Settings(data=Path(folder)), Clock(instant("03-02")))
        live: list[dict[str, str]] = []
        for place, pause in enumerate(hours):
            monitor.clock.pass_by(hours=pause)
            if place < len(messages):
                monitor.send(messages[place])
            else:
                monitor.shard.let_time_pass()
            live.append({row.case_id: row.light for row in monitor.rows(LIGHTS)})
            assert replayed(monitor, last_moment(monitor)) == live[-1]
        Rebuilding(monitor.installation).rebuild()
        monitor.close()


def last_moment(monitor: Monitor) -> datetime:
    return max((datetime.fromisoformat(row.recorded_at) for row in monitor.rows(BATCHES)), default=monitor.clock.moment)


def replayed(monitor: Monitor, moment: datetime) -> dict[str, str]:
    """Light by case, from the facts recorded by ``moment``."""
    lights = {}
    with monitor.read() as connection:
        for case_id in ("AP-1", "AP-2", "AP-3"):
            facts = monitor.as_of.standing(
                connection, case_subject(case_id), knowledge=Knowledge(moment), kinds=READ_KINDS
            )
            case = approval_case(case_id, facts, policies=PolicyBook(), now=moment)
            if case is not None:
                lights[case_id] = str(case.light(moment))
    return lights


@LAW
@given(st.lists(st.tuples(st.integers(1, 25), st.sampled_from([1, 3, 6, 11])), min_size=1, max_size=6), st.data())
def test_however_the_clock_runs_each_light_ends_as_time_would_have_it(
    cases: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Jumps, restarts and long sleeps: every due moment fires, once, and none is left behind."""
    with TemporaryDirectory() as folder:
        monitor = Monitor(Settings(data=Path(folder)), Clock(instant("03-01")))
        for number, (day, limit) in enumerate(cases):
            case_id = f"AP-{number}"
            monitor.send(said(accepted(f"03-{day:02d}", limit, case_id=case_id), f"a-{number}"))
        for _ in range(4):
            monitor.clock.pass_by(hours=data.draw(st.integers(0, 500)))
            if data.draw(st.booleans()):
                monitor.reopen()
            monitor.shard.let_time_pass()
            assert not monitor.shard.let_time_pass()
            now = max(last_moment(monitor), monitor.clock.moment)
            assert all(datetime.fromisoformat(row.due_at) > now - timedelta(1) for row in monitor.rows(DUE_DATES))
            for row in monitor.rows(LIGHTS):
                turned = [at for at in (row.yellow_at, row.red_at) if at and datetime.fromisoformat(at) <= now]
                expected = "red" if row.red_at in turned else "yellow" if row.yellow_at in turned else "green"
                assert row.light == expected
        monitor.close()
