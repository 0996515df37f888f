"""Boards and statistics of approvals answer alike on either database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.access import Actor, Role
from domain.policy import PolicyBook
from infra.settings import Settings
from projections.questions.approval_queries import Filters, approvals, every_approval
from projections.questions.approval_statistics import Narrowing, nearest_rank, statistics
from tests.approval_builders import accepted, an_entry, approved, instant
from tests.monitor import AUDITOR, Clock, Monitor, said

GUANGZHOU = Actor(Role.SUPERVISOR, "广州", jurisdiction="440100")
SHENZHEN = Actor(Role.SUPERVISOR, "深圳", jurisdiction="440300")
POLICIES = PolicyBook()


def test_lists_and_statistics_on_either_database(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.clock.moment = instant("03-02")
    for number, day in enumerate(("03-02", "03-03", "03-04")):
        monitor_anywhere.send(said(accepted(day, 5, case_id=f"AP-{number}"), f"accepted-{number}"))
    monitor_anywhere.send(said(approved("03-11", case_id="AP-0"), "approved"))
    monitor_anywhere.clock.moment = now = instant("03-11 00:00")
    assert monitor_anywhere.shard.let_time_pass()
    with monitor_anywhere.read() as connection:
        seen = list(every_approval(connection, GUANGZHOU, POLICIES, now=now))
        assert [(case.case_id, case.light) for case in seen] == [("AP-0", "red"), ("AP-1", "red"), ("AP-2", "yellow")]
        aged = approvals(connection, AUDITOR, POLICIES, Filters(age_days=7, department=seen[0].department), now=now)
        assert [case.case_id for case in aged.items] == ["AP-1"]
        assert approvals(connection, SHENZHEN, POLICIES, now=now).items == ()
        (month,) = statistics(connection, AUDITOR, POLICIES, Narrowing(first_month="2026-03", jurisdiction="440106"))
        assert (month.cases, month.median_working_days, month.in_time_percent) == (1, 7, 0.0)
        assert statistics(connection, AUDITOR, POLICIES, Narrowing(last_month="2026-02")) == ()


def test_a_list_shows_the_light_of_the_moment_also_where_nobody_has_turned_it(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.clock.moment = instant("03-02")
    monitor_anywhere.send(said(accepted("03-02", 5), "accepted"))
    with monitor_anywhere.read() as connection:
        for day, light in (("03-04", "green"), ("03-05", "yellow"), ("03-10", "red")):
            (case,) = approvals(connection, AUDITOR, POLICIES, Filters(light=light), now=instant(day)).items
            assert case.clock is not None
            assert case.clock.light == light


@pytest.fixture
def yanjin(tmp_path: Path) -> Iterator[Monitor]:
    """Where a case of social housing has at most three steps."""
    policies = PolicyBook.model_validate({"default": {"limits": "yanjin"}})
    opened = Monitor(Settings(data=tmp_path / "data", policy=policies), Clock(instant("04-30")))
    yield opened
    opened.close()


def a_case_in_steps(monitor: Monitor, case_id: str, steps: int, **given: Any) -> None:
    """Accepted, then so many steps, then decided."""
    own = {"case_id": case_id, **given}
    begun = [an_entry("accepted", f"03-{day:02d}", step=f"环节{day}", **own) for day in range(3, 3 + steps)]
    entries = [accepted("03-02", None, **own), *begun, approved("03-11", **own)]
    monitor.send(*(said(entry, f"{case_id}-{at}") for at, entry in enumerate(entries)))


def test_a_case_with_more_steps_than_its_table_allows_is_shown_listed_and_no_clue(yanjin: Monitor) -> None:
    a_case_in_steps(yanjin, "AP-3", 3)
    a_case_in_steps(yanjin, "AP-5", 5)
    a_case_in_steps(yanjin, "AP-OTHER", 5, category="政府投资房屋建筑")
    policies, now = yanjin.settings.policy, instant("04-30")
    with yanjin.read() as connection:
        cases = every_approval(connection, AUDITOR, policies, now=now)
        shown = {case.case_id: (case.steps_taken, case.most_steps, case.steps_over_limit) for case in cases}
        assert shown == {"AP-3": (3, 3, 0), "AP-5": (5, 3, 2), "AP-OTHER": (5, None, None)}
        for over, listed in ((True, {"AP-5"}), (False, {"AP-3", "AP-OTHER"})):
            found = every_approval(connection, AUDITOR, policies, Filters(over_steps=over), now=now)
            assert {case.case_id for case in found} == listed
    assert {clue.rule for clue in yanjin.open_clues()} == set()


def test_statistics_tell_who_keeps_a_range_in_any_case_and_who_keeps_the_number_of_steps(yanjin: Monitor) -> None:
    a_case_in_steps(yanjin, "AP-3", 3)
    a_case_in_steps(yanjin, "AP-5", 5)
    slow = {"case_id": "AP-SLOW", "category": "政府投资房屋建筑"}
    yanjin.send(said(accepted("03-02", None, **slow), "slow-0"), said(approved("03-26", **slow), "slow-1"))
    with yanjin.read() as connection:
        (month,) = statistics(connection, AUDITOR, yanjin.settings.policy)
    told = {table.limits: (table.in_time_percent, table.surely_in_time_percent) for table in month.within}
    assert told == {"zhangye": (100.0, 100.0), "yanjin": (100.0, 100.0), "jiangmen": (100.0, 66.6)}
    assert {table.limits: table.in_steps_percent for table in month.within} == {
        "zhangye": None,
        "yanjin": 50.0,
        "jiangmen": None,
    }


def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed() -> None:
    assert nearest_rank([], 50) is None
    assert nearest_rank([7], 90) == 7
    assert nearest_rank([1, 2, 3, 4], 50) == 2
    assert nearest_rank(range(1, 11), 90) == 9
    assert nearest_rank(range(1, 12), 90) == 10
