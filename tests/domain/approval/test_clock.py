"""The working-day clock: what counts, what stops it, and when its light turns."""

import pytest

from domain.approval import ApprovalCase, Light, Margin
from domain.approval.clock import Clock
from domain.policy import Policy
from tests.approval_builders import LONG_AFTER, a_case, a_pause, accepted, an_entry, approved, instant, light


def clock(case: ApprovalCase) -> Clock:
    assert case.clock is not None
    return case.clock


def last_day(case: ApprovalCase) -> str:
    deadline = clock(case).deadline
    assert deadline is not None
    return str(deadline.on)


def test_the_day_of_acceptance_does_not_count_and_the_current_day_does() -> None:
    case = a_case(accepted("03-02", 10))
    assert clock(case).used(instant("03-02 23:59")).days == 0
    assert clock(case).used(instant("03-03 00:00")).days == 1
    assert clock(case).used(instant("03-09 12:00")).days == 5
    assert clock(case).left(instant("03-09 12:00")) == 5


def test_weekends_and_holidays_are_not_used() -> None:
    """The Tomb-Sweeping holiday of 2026 is 4 to 6 April."""
    assert last_day(a_case(accepted("04-03", 1))) == "2026-04-07"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("03-11 23:59:59", Light.GREEN),
        ("03-12 00:00", Light.YELLOW),
        ("03-16 23:59:59", Light.YELLOW),
        ("03-17 00:00", Light.RED),
    ],
)
def test_ten_days_are_yellow_with_two_left_and_red_once_the_last_is_over(now: str, expected: Light) -> None:
    assert light(a_case(accepted("03-02", 10)), now) is expected


def test_twenty_days_are_yellow_with_a_fifth_left() -> None:
    case = a_case(accepted("03-02", 20))
    assert light(case, "03-23 23:59") is Light.GREEN
    assert light(case, "03-24 00:00") is Light.YELLOW
    assert clock(case).left(instant("03-24 00:00")) == 4


def test_a_limit_of_two_days_is_yellow_from_the_start() -> None:
    assert light(a_case(accepted("03-02", 2)), "03-02 10:00") is Light.YELLOW


def test_a_limit_that_ends_on_friday_has_passed_on_saturday() -> None:
    case = a_case(accepted("03-02", 4))
    assert light(case, "03-06 23:59") is Light.YELLOW
    assert light(case, "03-07 00:00") is Light.RED


def test_the_lower_end_of_a_range_passes_at_the_midnight_after_its_last_day_and_lights_nothing() -> None:
    ranged = clock(a_case(accepted("03-02", None), policy=Policy.model_validate({"limits": "jiangmen"})))
    assert ranged.over_lower_limit(instant("03-24 23:59")) is False
    assert ranged.over_lower_limit(instant("03-25 00:00")) is True
    assert ranged.light(instant("03-25 00:00"), Margin()) is Light.YELLOW
    assert ranged.light(instant("03-30 00:00"), Margin()) is Light.YELLOW
    assert ranged.light(instant("03-31 00:00"), Margin()) is Light.RED


def test_a_decision_within_the_lower_end_stays_within_it() -> None:
    table = Policy.model_validate({"limits": "jiangmen"})
    assert clock(a_case(accepted("03-02", None), approved("03-24"), policy=table)).over_lower_limit(LONG_AFTER) is False
    assert clock(a_case(accepted("03-02", None), approved("03-25"), policy=table)).over_lower_limit(LONG_AFTER) is True
    assert clock(a_case(accepted("03-02", 10))).over_lower_limit(LONG_AFTER) is None


@pytest.mark.parametrize(("decided", "used", "least"), [("03-06", 4, 4), ("03-07", 4, 5), ("03-09", 5, 5)])
def test_the_least_limit_kept_is_the_least_that_stays_green(decided: str, used: int, least: int) -> None:
    """7 March 2026 is a Saturday: the limit that ended on Friday has passed."""
    for limit in range(1, 8):
        case = a_case(accepted("03-02", limit), approved(decided))
        assert clock(case).used(LONG_AFTER).days == used
        assert clock(case).least_limit == least
        assert light(case, "03-30") is (Light.GREEN if limit >= least else Light.RED)


def test_without_a_limit_the_light_stays_green() -> None:
    assert light(a_case(accepted("03-02", None)), "10-30") is Light.GREEN


def test_a_decision_in_time_stays_green_and_a_late_one_red() -> None:
    assert light(a_case(accepted("03-02", 4), approved("03-06 18:00")), "10-30") is Light.GREEN
    assert light(a_case(accepted("03-02", 4), approved("03-09 08:00")), "10-30") is Light.RED


def test_a_listed_special_procedure_stops_the_clock() -> None:
    """Four days are used until it begins on Friday 6, none until it ends on Friday 20."""
    case = a_case(accepted("03-02", 10), *a_pause("03-06", "03-20"))
    assert clock(case).used(instant("03-20 20:00")).days == 4
    assert last_day(case) == "2026-03-30"


def test_while_a_special_procedure_lasts_nothing_turns() -> None:
    case = a_case(accepted("03-02", 10), *a_pause("03-12", None))
    assert clock(case).paused
    assert clock(case).deadline is None
    assert clock(case).light_changes(case.margin) == (instant("03-12 00:00"), None)
    assert light(case, "10-30") is Light.YELLOW


def test_a_special_procedure_begun_after_the_limit_does_not_help() -> None:
    case = a_case(accepted("03-02", 3), *a_pause("03-07", None))
    assert light(case, "03-08") is Light.RED


def test_a_limit_used_up_on_the_day_a_procedure_begins_ends_when_the_clock_goes_on() -> None:
    case = a_case(accepted("03-02", 4), *a_pause("03-06", "03-11"))
    assert light(case, "03-11 23:59") is Light.YELLOW
    assert light(case, "03-12 00:00") is Light.RED


def test_a_procedure_that_is_not_listed_stops_nothing() -> None:
    case = a_case(accepted("03-02", 10), *a_pause("03-06", "03-20", "内部会商"))
    assert last_day(case) == "2026-03-16"


def test_a_procedure_without_a_name_stops_nothing() -> None:
    assert last_day(a_case(accepted("03-02", 10), *a_pause("03-06", "03-20", None))) == "2026-03-16"


def test_a_jurisdiction_lists_its_own_procedures() -> None:
    policy = Policy(special_procedures=frozenset({"内部会商"}))
    assert (
        last_day(a_case(accepted("03-02", 10), *a_pause("03-06", "03-20", "内部会商"), policy=policy)) == "2026-03-30"
    )


def test_corrections_do_not_stop_the_clock() -> None:
    asked = [an_entry("correction-started", "03-03"), an_entry("correction-finished", "03-10")]
    assert last_day(a_case(accepted("03-02", 10), *asked)) == "2026-03-16"


def test_procedures_that_overlap_stop_the_clock_once() -> None:
    case = a_case(accepted("03-02", 10), *a_pause("03-06", "03-12"), *a_pause("03-10", "03-20", "听证"))
    assert last_day(case) == "2026-03-30"


def test_a_procedure_that_outlives_the_decision_ends_with_it() -> None:
    case = a_case(accepted("03-02", 10), *a_pause("03-06", None), approved("03-20"))
    assert clock(case).used(instant("10-30")).days == 4
    assert clock(case).paused_seconds == 14 * 24 * 3600


def test_a_local_holiday_moves_the_last_day() -> None:
    policy = Policy(local_working_days={"2026-03-04": False})  # type: ignore[dict-item]
    case = a_case(accepted("03-02", 3), policy=policy)
    assert last_day(case) == "2026-03-06"
    deadline = clock(case).deadline
    assert deadline is not None
    assert ", local " in deadline.calendar


def test_a_limit_that_ends_in_a_year_not_announced_is_provisional_and_never_red() -> None:
    case = a_case(accepted("12-21", 30))
    deadline = clock(case).deadline
    assert deadline is not None
    assert deadline.provisional
    assert case.light(instant("12-31").replace(year=2027)) is Light.GREEN


def test_the_moments_at_which_the_light_turns_are_midnights_in_shanghai() -> None:
    case = a_case(accepted("03-02", 10))
    assert clock(case).light_changes(case.margin) == (instant("03-12 00:00"), instant("03-17 00:00"))


def test_the_margin_is_a_threshold_of_the_policy() -> None:
    policy = Policy(thresholds={"A601": {"yellow_working_days": 5}})
    assert light(a_case(accepted("03-02", 10), policy=policy), "03-09") is Light.YELLOW
