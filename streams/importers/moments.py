"""Dates, months and times as tables write them: several forms may stand in one column."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, Literal

MomentForm = Literal["date", "month", "time"]

_CLOCK: Final = r"(?:[T ]*(\d{1,2})(?:[:时点](\d{1,2}))?(?:[:分](\d{1,2})(?:\.\d{1,9})?秒?|分)?)?"
_DAY: Final = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})[日号]?" + _CLOCK, re.ASCII)
_BLANKS: Final = re.compile(r" *([年月日号]) *")
_DIGITS: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?: ?(\d{2}):?(\d{2}):?(\d{2}))?", re.ASCII)
_MONTH: Final = re.compile(r"(\d{4})(?:年|[-/.])(\d{1,2})(?:月份?)?|(\d{4})(\d{2})", re.ASCII)
_LOST_ZERO: Final = re.compile(r"\d{4}\.1", re.ASCII)
"""January, or October whose zero a spreadsheet dropped."""
_SERIAL: Final = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_FIRST_SERIAL, _LAST_SERIAL = 29_221, 73_415
"""1980 to 2100. No number of these is a month with one digit missing, such as 20253."""
_YEARS: Final = range(1900, 2200)
_DAY_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 (the mapping names the zone, not the cell)


# The same few days stand in all rows of a delivery.
@lru_cache(maxsize=1 << 12)
def usual_moment(text: str, form: MomentForm) -> datetime:
    """``text`` in one of the usual forms, the day being the first of a month; raises :class:`ValueError`."""
    moment = _usual(text, form)
    # 250410 is the 10th of April to many, and never a month of the year 2504.
    if moment.year not in _YEARS:
        raise ValueError(text)
    return moment


def _usual(text: str, form: MomentForm) -> datetime:
    text = _BLANKS.sub(r"\1", text)
    if _SERIAL.fullmatch(text):
        return _of_serial(float(text))
    found = _DAY.fullmatch(text) or _DIGITS.fullmatch(text)
    if found:
        return datetime(*(int(part or 0) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    month = _MONTH.fullmatch(text) if form == "month" and not _LOST_ZERO.fullmatch(text) else None
    if month:
        return datetime(int(month[1] or month[3]), int(month[2] or month[4]), 1)  # noqa: DTZ001
    return datetime.fromisoformat(f"{text}-01" if len(text) == len("2025-01") else text)


def _of_serial(days: float) -> datetime:
    """Spreadsheets count days, the time being a part of one; seconds are the finest that people enter."""
    if not _FIRST_SERIAL <= days <= _LAST_SERIAL:
        raise ValueError(days)
    return _DAY_ZERO + timedelta(seconds=round(days * 86_400))
