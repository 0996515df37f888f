"""Moments as people write them, in an address or on a command line."""

import re
from datetime import datetime
from typing import Final

from domain.errors import MonitorError
from domain.evidence.days import SHANGHAI

_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})|(\d{4})(\d{2})(\d{2})", re.ASCII)
_TIME: Final = re.compile(r"(\d{4}-\d{2}-\d{2}|\d{8})[Tt ]\S+", re.ASCII)
_LOST_PLUS: Final = re.compile(r"(?<=\d) (?=\d{2}:?\d{2}$)")
_EARLIEST: Final = datetime(1900, 1, 1, tzinfo=SHANGHAI)
_TOO_LATE: Final = datetime(2200, 1, 1, tzinfo=SHANGHAI)


class NoMoment(MonitorError):
    """What was written is no day and no time from 1900 to 2199."""

    def __init__(self) -> None:
        super().__init__(
            "give a day such as 2025-06-18 or 20250618, or a time such as 2025-06-18T09:30:00+08:00, from 1900 to 2199"
        )


def read_moment(written: str) -> datetime:
    """A day alone is its first instant in China, and a time without an offset is China's. Raises NoMoment.

    A bare number is never counted from 1970: of eight digits it is a day, else it is refused.
    """
    try:
        moment = _moment(written)
        within = _EARLIEST <= moment < _TOO_LATE
    except (ValueError, OverflowError):
        raise NoMoment from None
    if not within:
        raise NoMoment
    return moment


def _moment(written: str) -> datetime:
    day = _DAY.fullmatch(written)
    if day:
        year, month, day_of_month = (int(part) for part in day.groups() if part is not None)
        return datetime(year, month, day_of_month, tzinfo=SHANGHAI)
    # In the query of an address a `+` that nobody escaped arrives as a space.
    whole = _LOST_PLUS.sub("+", written)
    if not _TIME.fullmatch(whole):
        raise ValueError
    moment = datetime.fromisoformat(whole.upper())
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
