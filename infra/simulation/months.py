"""Calendar months as running numbers, and the stretch of time a city lives through."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from domain.working_days import OFFICIAL_WORKING_DAYS

Month = int
"""Months since year 0: ``year * 12 + month - 1``."""

LOOKBACK_MONTHS = 3
FEWEST_MONTHS = 6
CALENDAR_YEARS = OFFICIAL_WORKING_DAYS.years


def month_of(day: date) -> Month:
    return day.year * 12 + day.month - 1


def first_day(month: Month) -> date:
    return date(month // 12, month % 12 + 1, 1)


def last_day(month: Month) -> date:
    return first_day(month + 1) - timedelta(days=1)


@lru_cache(maxsize=1_024)
def month_text(month: Month) -> str:
    """``YYYY-MM``."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


@lru_cache(maxsize=1_024)
def working_days(month: Month) -> tuple[date, ...]:
    """The working days of a month by the official calendar, make-up Saturdays included."""
    days = ((first_day(month) + timedelta(days=n)) for n in range(last_day(month).day))
    return tuple(day for day in days if OFFICIAL_WORKING_DAYS.is_working(day))


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment of Shanghai time, kept naive inside the city."""
    return datetime.combine(day, time(hour, minute))


@dataclass(frozen=True)
class Window:
    """The months in which facts happen, the last one ending with ``until``.

    Bids open late enough that every look-back month lies inside, and early enough that the
    data of every look-back month are due by ``until``.
    """

    until: date
    months: int

    @property
    def first(self) -> Month:
        return self.last - self.months + 1

    @property
    def last(self) -> Month:
        return month_of(self.until)

    @property
    def opens(self) -> datetime:
        return at(first_day(self.first), 0)

    def opening_days(self) -> tuple[date, ...]:
        months = range(self.first + LOOKBACK_MONTHS, self.last)
        return tuple(day for month in months for day in working_days(month))

    def __contains__(self, month: Month) -> bool:
        return self.first <= month <= self.last

    def __iter__(self) -> Iterator[Month]:
        return iter(range(self.first, self.last + 1))
