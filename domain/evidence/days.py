"""Days and months in China: all day arithmetic of the rules is in Asia/Shanghai."""

from calendar import monthrange
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""A fixed offset: China has had no summer time since 1992."""


def day_in_shanghai(instant: datetime) -> date:
    return instant.astimezone(SHANGHAI).date()


def month_of(day: date) -> str:
    """``YYYY-MM``."""
    return f"{day.year:04d}-{day.month:02d}"


@lru_cache(maxsize=4_096)
def shifted_month(month: str, months: int) -> str:
    """``month`` moved by ``months`` (negative: earlier)."""
    years, index = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 + months, 12)
    return f"{years:04d}-{index + 1:02d}"


def first_instant(month: str) -> datetime:
    return datetime(int(month[:4]), int(month[5:]), 1, tzinfo=SHANGHAI)


def months_before(day: date, months: int) -> date:
    """The same day of the month ``months`` earlier, or the last one there is."""
    years, index = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, index + 1, min(day.day, monthrange(years, index + 1)[1]))
