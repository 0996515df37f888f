"""JSON as publishers write it: with exact numbers, and cut apart where a document as a whole is no JSON."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, NamedTuple

import msgspec

from streams.intake.json_array import spans

_NO_JSON: Final = re.compile(rb"\b(?:NaN|Infinity)\b")
_BETWEEN: Final = re.compile(rb"[\s,]*")
_OBJECT: Final = re.compile(rb"[,\[\]}\n]\s*(\{)")
_probe: Final = json.JSONDecoder().raw_decode


class Unreadable(ValueError):
    """The bytes are no JSON in UTF-8."""


class Piece(NamedTuple):
    """A value of a list, from ``begin`` to ``end``; ``value`` means nothing where it is not ``readable``."""

    begin: int
    end: int
    value: Any
    readable: bool = True


def decode(text: bytes) -> Any:
    """JSON with exact numbers. ``NaN``, which programs write for what is missing, is null. Raises Unreadable."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if not _NO_JSON.search(text):
            raise Unreadable from error
    try:
        document = json.loads(text.decode(), parse_float=_number, parse_constant=_constant)
        # A surrogate without its other half is no text that could be recorded.
        msgspec.json.encode(document)
    except (ValueError, RecursionError) as error:
        raise Unreadable from error
    return document


def pieces(text: bytes, place: int, marks: frozenset[str]) -> Iterator[Piece]:
    """The values of a list from ``place`` on, whatever is wrong with it.

    What is no JSON goes to where the next object begins that has one of the keys ``marks``: a stray quote or a
    bracket that is missing would else take all that follows along.
    """
    search = _Search(text, marks)
    while True:
        begin = _after(text, place)
        span = next(spans(text, begin), None)
        end = span[1] if span else len(text)
        piece = _read(text, begin, end) if span else None
        if piece is None:
            following = search.behind(begin, end)
            if span is None and following is None:
                return
            piece = Piece(begin, following or end, None, readable=False)
        yield piece
        place = piece.end


def _after(text: bytes, place: int) -> int:
    between = _BETWEEN.match(text, place)
    assert between is not None
    return between.end()


def _read(text: bytes, begin: int, end: int) -> Piece | None:
    try:
        return Piece(begin, end, decode(text[begin:end]))
    except Unreadable:
        return None


class _Search:
    """For objects that have one of the keys ``marks``."""

    def __init__(self, text: bytes, marks: frozenset[str]) -> None:
        self._text = text
        self._marks = marks
        self._begins = re.compile(rb'\{\s*"(?:%b)"' % "|".join(sorted(marks)).encode())

    @cached_property
    def _characters(self) -> str:
        """A byte is a character here, so that places are the same in both."""
        return self._text.decode("latin-1")

    def behind(self, begin: int, end: int) -> int | None:
        """Where one begins behind ``begin`` and before ``end``: one that is JSON, or at least begins like one."""
        place = begin + 1
        while (found := _OBJECT.search(self._text, place)) and found.start(1) < end:
            at = found.start(1)
            if self._begins.match(self._text, at):
                return at
            try:
                value, place = _probe(self._characters, at)
            except (ValueError, RecursionError):
                place = at
            else:
                if not self._marks.isdisjoint(value):
                    return at
                place -= 1
        return None


def _number(text: str) -> Decimal | list[str]:
    """A list, which nothing takes for a number, where the exponent has more digits than a Decimal can have."""
    try:
        return Decimal(text)
    except ArithmeticError:
        return [text]


def _constant(name: str) -> list[str] | None:
    return None if name == "NaN" else [name]


_decode: Final = msgspec.json.Decoder(float_hook=_number).decode
