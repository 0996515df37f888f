"""Notice periods and terms of conduct records agree with a calendar that counts day by day."""

import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from domain.conduct.terms import Term, last_day_to_object, reported_in_time, term
from domain.facts.conducts import ConductRecorded
from domain.policy import Policy
from tests.builders import LEAD

ORACLE = Path(__file__).parents[3] / ".." / "shared" / "data" / "calendar"
PERIODS = 10_000
POLICY = Policy()
NOTICE = {"good": 30, "bad": 15, "performance": 15, "blacklist": 15}


def a_record(**given: Any) -> ConductRecorded:
    said: dict[str, Any] = {
        "record_id": "R-1",
        "subject": LEAD,
        "kind": "bad",
        "what": "未到岗履职",
        "authority": "广州市住房和城乡建设局",
        "happened_on": date(2024, 5, 1),
        "published_on": date(2024, 6, 3),
    }
    return ConductRecorded(**said | given)


@cache
def announced() -> dict[str, bool]:
    """Whether each announced day is off."""
    papers = (json.loads((ORACLE / f"{year}.json").read_text(encoding="utf-8")) for year in range(2007, 2027))
    return {day["date"]: day["isOffDay"] for paper in papers for day in paper["days"]}


def working_days_after(day: date, count: int) -> date:
    """Counted day by day from the announcements."""
    while count:
        day += timedelta(days=1)
        off = announced().get(day.isoformat(), day.weekday() >= 5)
        count -= not off
    return day


def last_of_months(first: date, months: int) -> date:
    """The day before the same day of a later month; the last day of a month that is shorter."""
    month = first.month - 1 + months
    year, month = first.year + month // 12, month % 12 + 1
    day = first.day
    while True:
        try:
            return date(year, month, day) - timedelta(days=1)
        except ValueError:
            day -= 1


@pytest.mark.skipif(not ORACLE.exists(), reason="the announced calendars are not here")
def test_periods_and_terms_agree_with_another_calendar() -> None:
    random = Random(7)
    for _ in range(PERIODS):
        kind = random.choice(list(NOTICE))
        published = date(2008, 1, 1) + timedelta(days=random.randrange(6_700))
        record = a_record(kind=kind, published_on=published, happened_on=published, back_filled=random.random() < 0.3)
        count = 10 if kind == "performance" and record.back_filled else NOTICE[kind]
        last_day = working_days_after(published, count)
        assert last_day_to_object(record, POLICY) == last_day
        first = last_day + timedelta(days=1)
        ends = {"good": 36, "bad": 6, "blacklist": 6}
        last = last_of_months(first, ends[kind]) if kind in ends else None
        assert term(record, POLICY) == Term(first, last)
        reported = published + timedelta(days=random.randrange(60))
        in_time = kind != "good" or reported <= working_days_after(published, 30)
        assert reported_in_time(record, reported, POLICY) == in_time


def test_a_record_counts_from_the_day_after_the_last_day_to_object() -> None:
    """2024-06-10 was the Dragon Boat Festival."""
    assert last_day_to_object(a_record(), POLICY) == date(2024, 6, 25)
    assert term(a_record(), POLICY) == Term(date(2024, 6, 26), date(2024, 12, 25))


def test_a_term_that_begins_later_is_not_brought_forward() -> None:
    found = term(a_record(effective_from=date(2024, 9, 1)), POLICY)
    assert found == Term(date(2024, 9, 1), date(2025, 2, 28))
    earlier = term(a_record(effective_from=date(2024, 6, 4)), POLICY)
    assert earlier is not None
    assert earlier.first == date(2024, 6, 26)


@pytest.mark.parametrize(
    ("given", "last"),
    [
        ({"effective_to": date(2025, 6, 30)}, date(2025, 6, 30)),
        ({"effective_to": date(2024, 8, 1)}, date(2024, 12, 25)),
        ({"effective_to": date(2034, 1, 1)}, date(2027, 6, 25)),
        ({"effective_to": date(2025, 6, 30), "penalty_to": date(2026, 1, 1)}, date(2026, 1, 1)),
        ({"penalty_to": date(2029, 1, 1)}, date(2029, 1, 1)),
        ({"kind": "good", "effective_to": date(2034, 1, 1)}, date(2027, 7, 16)),
        ({"kind": "performance"}, None),
    ],
    ids=[
        "as decided",
        "six months at least",
        "three years at most",
        "the penalty is longer",
        "a long penalty",
        "good",
        "ever",
    ],
)
def test_a_term_lasts_as_long_as_the_law_lets_it(given: dict[str, Any], last: date | None) -> None:
    found = term(a_record(**given), POLICY)
    assert found is not None
    assert found.last == last


def test_rectification_shortens_a_term_to_three_months_at_least() -> None:
    record = a_record(effective_to=date(2026, 6, 30))
    ends = [term(record, POLICY, restored_to=day) for day in (date(2025, 1, 31), date(2024, 7, 1), date(2027, 1, 1))]
    assert [found and found.last for found in ends] == [date(2025, 1, 31), date(2024, 9, 25), date(2026, 6, 30)]


def test_nothing_is_guessed_in_a_year_whose_working_days_are_not_announced() -> None:
    record = a_record(published_on=date(2026, 12, 21))
    assert last_day_to_object(record, POLICY) is None
    assert term(record, POLICY) is None
    good = a_record(kind="good", happened_on=date(2026, 12, 21))
    assert not reported_in_time(good, date(2026, 12, 22), POLICY)
