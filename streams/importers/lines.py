"""Lines of a text file with their byte offsets, plain or gzipped, never longer than allowed."""

import zlib
from collections.abc import Iterator
from gzip import BadGzipFile
from typing import BinaryIO, NamedTuple

from streams.importers.record import Mark, UnusableInput

MAX_LINE_BYTES = 4_000_000


class Line(NamedTuple):
    """``text`` without its line break; cut off at :data:`MAX_LINE_BYTES` when ``too_long``."""

    number: int
    end: int
    text: bytes
    too_long: bool = False


def lines(stream: BinaryIO, after: Mark) -> Iterator[Line]:
    """The lines behind ``after``; blank ones are counted but not yielded."""
    number, end = after.number, after.end
    if end:
        stream.seek(end)
    try:
        while text := stream.readline(MAX_LINE_BYTES + 1):
            number += 1
            end += len(text)
            too_long = len(text) > MAX_LINE_BYTES
            if too_long:
                end += _skip_line(stream, text)
            stripped = text.strip(b" \t\r\n")
            if stripped:
                yield Line(number, end, stripped, too_long)
    except (BadGzipFile, EOFError, zlib.error) as error:
        raise UnusableInput(f"the gzip stream is broken behind line {number}") from error


def _skip_line(stream: BinaryIO, text: bytes) -> int:
    """Read on to the end of the line that began with ``text``; how many bytes that took."""
    skipped = 0
    while not text.endswith(b"\n"):
        text = stream.readline(MAX_LINE_BYTES)
        if not text:
            break
        skipped += len(text)
    return skipped
