"""One cell of a table as the JSON value of a field."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Literal

from domain.artefacts import in_scientific_notation, without_wrapping
from domain.organisation_codes import scientific_notation
from streams.importers.moments import MomentForm, usual_moment

Form = Literal["text", "integer", "number", "boolean", "money", "date", "month", "months", "time"]

_WRAPS = ("=", "'", "’", "‘", "＇")
"""How a text begins that a spreadsheet was told to take for a text."""
_NUMBER = re.compile(r"[-+]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)?(?:\.[0-9]*)?")
"""A comma stands between thousands only: 1,5 may be one and a half."""
_OF_FLOAT = re.compile(r"[0-9]{5,14}\.0+", re.ASCII)
_EXPONENT = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+[0-9]{1,3}", re.ASCII)
_BETWEEN_MONTHS = re.compile(r"[\s,;、]+")
_LOST_DIGITS = 10**15
"""A spreadsheet keeps fifteen digits of a number: of a longer one the last are lost."""
_NO_YEAR = 1900
"""What a spreadsheet shows of a zero, or of a duration, where the cell has the form of a date."""
_TRUE = frozenset({"true", "1", "yes", "y", "是"})
_FALSE = frozenset({"false", "0", "no", "n", "否"})


class CellError(ValueError):
    """A cell that cannot be read in its form: ``code`` and reason, never the value."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _in_exponents() -> CellError:
    error = scientific_notation()
    return CellError(error.type, error.message())


def cell_text(cell: Any) -> str:
    """A cell as it is written where it is only compared or passed on; raises :class:`CellError`."""
    match cell:
        case None:
            return ""
        case str():
            text = cell.strip()
            if "+" in text and _EXPONENT.fullmatch(text):
                raise _in_exponents()
            return without_wrapping(text) if text.startswith(_WRAPS) else text
        case bool() | int():
            return str(cell)
        case float():
            return _float_text(cell)
        case Decimal():
            return format(cell, "f")
        case date() | time():  # a datetime is a date too
            return cell.isoformat()
    raise CellError("cell_type", "a cell of this type is not read; make the column text")


def _float_text(cell: float) -> str:
    if abs(cell) >= _LOST_DIGITS:
        raise _in_exponents()
    # 202503.0 is the month 202503, and 0.1 + 0.2 is 0.3.
    return str(int(cell)) if cell.is_integer() else format(Decimal(format(cell, ".15g")), "f")


def _half_width(cell: Any) -> str:
    return unicodedata.normalize("NFKC", cell_text(cell))


def cell_value(cell: Any, form: Form, pattern: str | Sequence[str] | None, zone: tzinfo) -> Any:
    """The JSON value of a cell that is not empty; raises :class:`CellError`."""
    match form:
        case "text":
            if isinstance(cell, bool):
                raise CellError(
                    "cell_type", "a yes or no is no text; choose the form boolean, or translate it by values"
                )
            return cell_text(cell)
        case "integer" | "number" | "money":
            return _number(cell, form)
        case "boolean":
            return _boolean(cell)
        case "date":
            moment = _moment(cell, form, pattern, "no date is read here: write it like 2026-03-12")
            return _in_zone(moment, zone).date().isoformat()
        case "month":
            moment = _moment(cell, form, pattern, "no month is read here: write it like 2026-03")
            return _in_zone(moment, zone).strftime("%Y-%m")
        case "months":
            return list(months_in(_half_width(cell) if not isinstance(cell, date) else f"{cell:%Y-%m}"))
        case "time":
            moment = _moment(cell, form, pattern, "no time is read here: write it like 2026-03-12 09:30")
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()


def months_in(text: str) -> Iterator[str]:
    """The months that are listed there, apart by blanks or commas; raises :class:`CellError`."""
    for part in filter(None, _BETWEEN_MONTHS.split(text)):
        yield f"{_moment(part, 'month', None, 'no month is read here: write it like 2026-03'):%Y-%m}"


def _in_zone(moment: datetime, zone: tzinfo) -> datetime:
    """A moment with an offset of its own, in the zone of the mapping: 16:00 UTC is the next day in China."""
    return moment.astimezone(zone) if moment.tzinfo else moment


def _number(cell: Any, form: Literal["integer", "number", "money"]) -> int | float | str:
    text = _half_width(cell)
    if isinstance(cell, str) and not _NUMBER.fullmatch(text):
        raise _in_exponents() if in_scientific_notation(text.upper()) else CellError("number", "not a number")
    try:
        text = text.replace(",", "")
        number = Decimal(text)
        if not number.is_finite():
            raise CellError("number", "not a number")
        if form == "money":
            return format(number, "f")
        if form == "integer" and number != int(number):
            raise CellError("integer", "not a whole number")
        return int(number) if form == "integer" else float(number)
    except InvalidOperation:
        raise CellError("number", "not a number") from None


def _boolean(cell: Any) -> bool:
    text = _half_width(cell).lower()
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise CellError("boolean", "neither yes nor no")


@lru_cache(maxsize=1 << 12)
def _by_pattern(text: str, pattern: str) -> datetime:
    moment = datetime.strptime(text, pattern)  # noqa: DTZ007 (the mapping names the zone, not the cell)
    # Without separators, strptime would read 20253 as March and 2025111 as one of two days.
    if text.isdigit() and moment.strftime(pattern) != text:
        raise ValueError
    return moment


def _moment(cell: Any, form: MomentForm, pattern: str | Sequence[str] | None, complaint: str) -> datetime:
    """A date is its midnight; text is read by a ``pattern``, else in the usual forms (a month as its first day)."""
    if isinstance(cell, date):
        if cell.year <= _NO_YEAR:
            raise CellError("format", complaint)
        return cell if isinstance(cell, datetime) else datetime.combine(cell, time())
    text = _half_width(cell)
    if _OF_FLOAT.fullmatch(text):
        # A column of numbers with empty cells is one of decimals to many programs: 202503 is 202503.0 there.
        text = text.partition(".")[0]
    if not pattern:
        try:
            return usual_moment(text, form)
        except ValueError:
            raise CellError("format", complaint) from None
    for each in (pattern,) if isinstance(pattern, str) else pattern:
        with suppress(ValueError):
            return _by_pattern(text, each)
    raise CellError("format", "not written as the pattern of the mapping says")
