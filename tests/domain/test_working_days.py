"""Working days agree with the announcements, and nothing is guessed beyond them."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from chinese_calendar import is_workday
from hypothesis import given
from hypothesis import strategies as st

from domain.working_days import OFFICIAL_WORKING_DAYS, NotAnnounced, Overrides, WorkingDays

ORACLE = Path(__file__).parents[2] / ".." / "shared" / "data" / "calendar"
YEARS = range(2007, 2027)
DAYS = st.dates(date(2004, 1, 1), date(2026, 12, 31))
THIRD_OF_THIRD = date(2026, 4, 20)
"""三月三 of Guangxi, an ordinary Monday elsewhere."""


def days_of(year: int) -> Iterator[date]:
    first = date(year, 1, 1)
    return (first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days))


def announced() -> dict[str, bool]:
    """Whether each announced day is off."""
    papers = (json.loads((ORACLE / f"{year}.json").read_text(encoding="utf-8")) for year in (*YEARS, 2027))
    return {day["date"]: day["isOffDay"] for paper in papers for day in paper["days"]}


@pytest.mark.skipif(not ORACLE.exists(), reason="the announced calendars are not here")
def test_every_day_from_2007_to_2026_is_as_it_was_announced() -> None:
    off = announced()
    for day in (day for year in YEARS for day in days_of(year)):
        expected = not off[day.isoformat()] if day.isoformat() in off else day.weekday() < 5
        assert OFFICIAL_WORKING_DAYS.is_working(day) == expected, day


def test_a_day_that_no_file_corrects_is_as_the_library_has_it() -> None:
    calendar = WorkingDays(overrides=Overrides("", frozenset(), {}))
    days = [day for year in calendar.years for day in days_of(year)]
    assert [calendar.is_working(day) for day in days] == [is_workday(day) for day in days]


def test_a_year_not_announced_is_never_guessed() -> None:
    assert not OFFICIAL_WORKING_DAYS.known(2027)
    with pytest.raises(NotAnnounced):
        OFFICIAL_WORKING_DAYS.is_working(date(2027, 3, 1))
    deadline = OFFICIAL_WORKING_DAYS.add(date(2026, 12, 21), 30)
    assert deadline.provisional
    assert not deadline.passed(date(2030, 1, 1))


def test_a_span_into_a_year_not_announced_says_at_least() -> None:
    span = OFFICIAL_WORKING_DAYS.between(date(2026, 12, 21), date(2027, 6, 1))
    assert (span.days, span.at_least) == (8, True)
    assert not OFFICIAL_WORKING_DAYS.between(date(2026, 12, 21), date(2026, 12, 31)).at_least


def test_the_override_file_may_announce_a_year() -> None:
    announcing = Overrides("test", frozenset({2027}), {"": {date(2027, 1, 1): False, date(2027, 1, 2): True}})
    calendar = WorkingDays(overrides=announcing)
    assert not calendar.is_working(date(2027, 1, 1))
    assert calendar.is_working(date(2027, 1, 2))
    assert calendar.is_working(date(2027, 1, 4))


def test_a_year_after_a_gap_is_not_known() -> None:
    assert not WorkingDays(overrides=Overrides("test", frozenset({2028}), {})).known(2028)


def test_a_local_day_holds_where_it_is_kept_and_nowhere_else() -> None:
    calendar = WorkingDays(local={"450000": {THIRD_OF_THIRD: False}})
    assert not calendar.is_working(THIRD_OF_THIRD, "450103")
    assert calendar.is_working(THIRD_OF_THIRD, "440103")
    assert calendar.is_working(THIRD_OF_THIRD)


def test_a_county_may_differ_from_its_province() -> None:
    local = {"450103": {THIRD_OF_THIRD: True}, "450000": {THIRD_OF_THIRD: False}}
    assert WorkingDays(local=local).is_working(THIRD_OF_THIRD, "450103")


def test_the_version_of_a_deadline_names_library_file_and_local_days() -> None:
    plain = WorkingDays().add(date(2026, 3, 2), 5)
    local = WorkingDays(local={"45": {THIRD_OF_THIRD: False}}).add(date(2026, 3, 2), 5, "450103")
    assert plain.calendar == OFFICIAL_WORKING_DAYS.version
    assert local.calendar.startswith(f"{plain.calendar}, local ")


def test_the_day_a_limit_starts_does_not_count() -> None:
    assert OFFICIAL_WORKING_DAYS.add(date(2026, 3, 2), 1).on == date(2026, 3, 3)
    assert OFFICIAL_WORKING_DAYS.add(date(2026, 3, 2), 0).on == date(2026, 3, 2)


def test_holidays_and_make_up_days_are_counted_as_announced() -> None:
    """The Spring Festival of 2026 is off from 15 to 23 February, and Saturday 28 is worked."""
    assert OFFICIAL_WORKING_DAYS.add(date(2026, 2, 13), 1).on == date(2026, 2, 14)
    assert OFFICIAL_WORKING_DAYS.add(date(2026, 2, 14), 1).on == date(2026, 2, 24)
    assert OFFICIAL_WORKING_DAYS.between(date(2026, 2, 24), date(2026, 2, 28)).days == 4


@given(DAYS, st.integers(1, 120))
def test_adding_and_counting_agree(day: date, count: int) -> None:
    deadline = OFFICIAL_WORKING_DAYS.add(day, count)
    if deadline.on is not None:
        assert OFFICIAL_WORKING_DAYS.is_working(deadline.on)
        assert OFFICIAL_WORKING_DAYS.between(day, deadline.on).days == count


@given(st.lists(DAYS, min_size=3, max_size=3).map(sorted))
def test_spans_that_meet_add_up(days: list[date]) -> None:
    first, middle, last = days
    between = OFFICIAL_WORKING_DAYS.between
    assert between(first, middle).days + between(middle, last).days == between(first, last).days
