"""Boards and statistics of approvals answer alike on either database."""

from domain.access import Actor, Role
from domain.policy import PolicyBook
from projections.approval_queries import Filters, approvals, every_approval
from projections.approval_statistics import Narrowing, nearest_rank, statistics
from tests.approval_builders import accepted, approved, instant
from tests.monitor import AUDITOR, Monitor, said

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


def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed() -> None:
    assert nearest_rank([], 50) is None
    assert nearest_rank([7], 90) == 7
    assert nearest_rank([1, 2, 3, 4], 50) == 2
    assert nearest_rank(range(1, 11), 90) == 9
    assert nearest_rank(range(1, 12), 90) == 10
