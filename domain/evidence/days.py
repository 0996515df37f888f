"""Days and months in Asia/Shanghai, in which all rules count."""

from calendar import monthrange
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""A fixed offset of 8 hours: China has had no summer time since 1992."""


def day_in_shanghai(instant: datetime) -> date:
    return instant.astimezone(SHANGHAI).date()


def month_of(day: date) -> str:
    """The month of ``day``, ``YYYY-MM``."""
    return f"{day.year:04d}-{day.month:02d}"


@lru_cache(maxsize=4_096)
def shifted_month(month: str, months: int) -> str:
    """The month that is ``months`` after ``month``; before it where the number is negative."""
    years, index = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 + months, 12)
    return f"{years:04d}-{index + 1:02d}"


def months_between(first: date, last: date) -> tuple[str, ...]:
    """The months from that of ``first`` to that of ``last``, both inclusive."""
    number = (last.year - first.year) * 12 + last.month - first.month + 1
    return tuple(shifted_month(month_of(first), later) for later in range(number))


def last_day_of(month: str) -> date:
    """The last day of ``month``."""
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, monthrange(year, number)[1])


def first_instant(month: str) -> datetime:
    """The first moment of ``month`` in Shanghai."""
    return datetime(int(month[:4]), int(month[5:]), 1, tzinfo=SHANGHAI)


def months_before(day: date, months: int) -> date:
    """The same day ``months`` earlier, or the last day of that month where it is shorter."""
    years, index = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, index + 1, min(day.day, monthrange(years, index + 1)[1]))
