"""Canonical JSON (RFC 8785): one text for one value, so that digests of JSON can be compared."""

import json
import math
from collections.abc import Iterator
from typing import Any, Final

from domain.errors import MonitorError

_PLAIN_EXPONENTS: Final = range(-6, 21)
"""ECMAScript writes numbers without an exponent from 1e-6 up to below 1e21."""


class NotCanonical(MonitorError):
    """The value has no canonical JSON text."""


def canonical(value: Any) -> bytes:
    """The canonical text of a JSON value, as UTF-8.

    Raises :class:`NotCanonical` for NaN, infinities, integers that a double cannot hold, lone
    surrogates, and what is no JSON.
    """
    try:
        return "".join(_parts(value)).encode()
    except (UnicodeEncodeError, RecursionError) as error:
        raise NotCanonical("a text is not Unicode, or values are nested too deeply") from error


def _parts(value: Any) -> Iterator[str]:
    match value:
        case None | bool() | str():
            yield json.dumps(value, ensure_ascii=False)
        case int() | float():
            yield _number(value)
        case list() | tuple():
            yield "["
            for index, item in enumerate(value):
                yield "," if index else ""
                yield from _parts(item)
            yield "]"
        case dict():
            yield from _object(value)
        case _:
            raise NotCanonical(f"{type(value).__name__} is no JSON")


def _object(value: dict[Any, Any]) -> Iterator[str]:
    if not all(isinstance(key, str) for key in value):
        raise NotCanonical("a key is no text")
    yield "{"
    # By UTF-16 code units, as ECMAScript compares texts.
    for index, key in enumerate(sorted(value, key=lambda key: key.encode("utf-16-be"))):
        yield f"{',' if index else ''}{json.dumps(key, ensure_ascii=False)}:"
        yield from _parts(value[key])
    yield "}"


def _number(value: float) -> str:
    try:
        text = _double(float(value))
    except OverflowError as error:
        raise NotCanonical("a number is larger than a double") from error
    if isinstance(value, int) and text != str(value):
        raise NotCanonical("an integer has more digits than a double")
    return text


def _double(value: float) -> str:
    if not math.isfinite(value):
        raise NotCanonical("a number is not finite")
    if value == 0:
        return "0"
    # Python's shortest text that reads back as the same double has ECMAScript's digits.
    digits, _, power = repr(abs(value)).partition("e")
    whole, _, fraction = digits.partition(".")
    sign = "-" if value < 0 else ""
    return sign + _written(whole + fraction, len(whole) + int(power or 0))


def _written(digits: str, point: int) -> str:
    """``digits`` with the decimal point after the first ``point`` of them, as ECMAScript writes it."""
    leading = len(digits) - len(digits.lstrip("0"))
    digits, point = digits[leading:].rstrip("0"), point - leading
    if point - 1 not in _PLAIN_EXPONENTS:
        shown = digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "")
        return f"{shown}e{point - 1:+d}"
    if point <= 0:
        return f"0.{'0' * -point}{digits}"
    if len(digits) <= point:
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"
