"""Canonical JSON (RFC 8785): one text for one value, so that digests of JSON can be compared."""

import json
from typing import Any, Final

import rfc8785

from domain.errors import MonitorError

_EXACT: Final = 2**53
"""Below it a double holds every whole number."""


class NotCanonical(MonitorError):
    """The value has no canonical JSON text."""


def canonical(value: Any) -> bytes:
    """The canonical text of a JSON value, as UTF-8.

    Raises :class:`NotCanonical` for NaN, infinities, integers from 2^53 on (:func:`parsed` reads
    them as doubles), lone surrogates, and what is no JSON.
    """
    try:
        return rfc8785.dumps(value)
    except (ValueError, RecursionError) as error:
        # The package's texts name the value, which may be personal.
        raise NotCanonical("a number, a text or a type has no place in JSON, or the nesting is too deep") from error


def parsed(text: bytes) -> Any:
    """The value of a JSON text, ready for :func:`canonical`.

    Raises :class:`NotCanonical` for an integer that a double does not hold digit by digit, and
    ValueError or RecursionError for what is no JSON.
    """
    return json.loads(text, parse_int=_whole)


def _whole(digits: str) -> float:
    value = int(digits)
    if abs(value) < _EXACT:
        return value
    try:
        double = float(value)
    except OverflowError as error:
        raise NotCanonical("a number is larger than a double") from error
    # A canonical text may hold a double such as 1e20, which it writes as an integer: that one is kept.
    if rfc8785.dumps(double) != digits.encode():
        raise NotCanonical("an integer has more digits than a double")
    return double
