"""The elements of a JSON array, cut out one after another.

A decoder takes a long array in one go, and no other thread runs meanwhile. Here other threads
run between two steps, an element is never longer than allowed, and whoever asks may stop in
the middle: fifteen million elements of one byte each cost no memory.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from domain.errors import MonitorError

_BLANKS: Final = re.compile(rb"[ \t\n\r]*")
_STRING: Final = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SCALAR: Final = re.compile(_STRING + rb'|[^\s"\[\]{},:]+', re.DOTALL)
_BRACKETS: Final = re.compile(rb"(?:[^\"\[\]{}]++|" + _STRING + rb")*+(?:([\[{])|[\]}])", re.DOTALL)
"""To the next bracket that is not inside a string, and whether it opens."""


class NotAnArray(MonitorError):
    """The text is not a JSON array."""


class TooLargeElement(MonitorError):
    """An element is longer than allowed."""


def elements(text: bytes | bytearray, *, largest: int) -> Iterator[bytes]:
    """Each element in the bytes it was sent in; raises NotAnArray, or TooLargeElement above ``largest`` bytes.

    Whether an element is UTF-8 is not looked at.
    """
    place, sign = _sign(text, 0)
    if sign != b"[":
        raise NotAnArray
    place, sign = _sign(text, place + 1)
    while sign != b"]":
        end = _end(text, place, largest)
        yield _checked(bytes(text[place:end]))
        place, sign = _sign(text, end)
        if sign == b",":
            place, sign = _sign(text, place + 1)
            if sign == b"]":
                raise NotAnArray
        elif sign != b"]":
            raise NotAnArray
    if _sign(text, place + 1)[1]:
        raise NotAnArray


def spans(text: bytes, place: int) -> Iterator[tuple[int, int]]:
    """Where each element from ``place`` on begins and ends, whether or not it is JSON.

    What has no end of its own goes on to the end of the text, and is the last one.
    """
    place, sign = _sign(text, place)
    while sign not in (b"]", b""):
        try:
            end = _end(text, place, len(text))
        except NotAnArray:
            end = len(text)
        yield place, end
        place, sign = _sign(text, end)
        if sign == b",":
            place, sign = _sign(text, place + 1)


def _sign(text: bytes | bytearray, place: int) -> tuple[int, bytes]:
    """The first byte from there on that is not blank, and its place; empty at the end."""
    blanks = _BLANKS.match(text, place)
    assert blanks is not None
    return blanks.end(), bytes(text[blanks.end() : blanks.end() + 1])


def _end(text: bytes | bytearray, place: int, largest: int) -> int:
    """Where the value that begins at ``place`` ends."""
    limit = min(len(text), place + largest + 1)
    if text[place : place + 1] in (b"[", b"{"):
        end = _end_of_nested(text, place, limit)
    else:
        found = _SCALAR.match(text, place, limit)
        end = found.end() if found else None
    if end is None:
        raise NotAnArray if limit == len(text) else TooLargeElement
    if end - place > largest:
        raise TooLargeElement
    return end


def _end_of_nested(text: bytes | bytearray, place: int, limit: int) -> int | None:
    """None where it does not end before ``limit``."""
    depth = 0
    while (bracket := _BRACKETS.match(text, place, limit)) is not None:
        place = bracket.end()
        depth += 1 if bracket.lastindex else -1
        if not depth:
            return place
    return None


def _checked(element: bytes) -> bytes:
    try:
        msgspec.json.decode(element, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotAnArray from error
    return element
