"""NDJSON: one structured CloudEvent a line, passed on as it is; the intake checks it."""

from collections.abc import Iterator
from typing import BinaryIO

from streams.importers.lines import lines
from streams.importers.record import Mark, Record
from streams.intake.prepared import FieldError

TOO_LONG = FieldError("", "too_large", "the line is longer than a message may be")


def read_ndjson(stream: BinaryIO, after: Mark) -> Iterator[Record]:
    """A byte-order mark before the first line is dropped."""
    for number, end, text, too_long in lines(stream, after):
        if too_long:
            yield Record(number, end, text, errors=(TOO_LONG,))
        else:
            yield Record(number, end, text, (text.removeprefix(b"\xef\xbb\xbf"),))
