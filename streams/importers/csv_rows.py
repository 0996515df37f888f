"""CSV with a header line, read by a mapping."""

import csv
from collections import Counter, deque
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO, Final, NamedTuple

from streams.importers.csv_text import LONGEST_CELL_LINES, cells_of
from streams.importers.lines import MAX_LINE_BYTES
from streams.importers.mapping import DeriveId, Mapped, RowReader
from streams.importers.record import Mark, Record, UnusableInput
from streams.intake.prepared import FieldError

_UNREADABLE = FieldError("", "unreadable", "the row is not readable as CSV")
_ENCODING = FieldError("", "encoding", "the row is not text in the encoding of the mapping")
_COLUMNS = FieldError("", "columns", "the row does not have as many cells as the header")
_AROUND_NAMES = "\ufeff \t\u3000\u00a0"
_HEADER_WITHIN = 20
"""Title rows may stand above the header, but not more."""
_MOST_BYTES: Final = 128 * 1024 * 1024
"""Such a file is read as a whole."""
_NOT_BY_BYTES: Final = ("utf-16", "utf-32")
"""Encodings in which a line break is more than one byte."""


def read_csv(stream: BinaryIO, after: Mark, mapping: Mapped, derive_id: DeriveId) -> Iterator[Record]:
    """The rows behind ``after``; raises :class:`UnusableInput` when the header does not fit."""
    csv.field_size_limit(MAX_LINE_BYTES)
    stream, encoding = _by_bytes(stream, mapping.encoding)
    rows = _Rows(stream, encoding, mapping.delimiter)
    header = _header(rows, mapping)
    reader = RowReader(mapping, header, derive_id)
    return _records(rows, header, reader, after)


def _by_bytes(stream: BinaryIO, encoding: str) -> tuple[BinaryIO, str]:
    if not encoding.lower().replace("_", "-").startswith(_NOT_BY_BYTES):
        return stream, encoding
    content = stream.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise UnusableInput(f"a file in {encoding} may have {_MOST_BYTES:,} bytes; save it in UTF-8")
    try:
        return BytesIO(content.decode(encoding).encode()), "utf-8"
    except UnicodeDecodeError as error:
        raise UnusableInput(f"the file is not text in the encoding of the mapping ({encoding})") from error


def _header(rows: "_Rows", mapping: Mapped) -> list[str]:
    """The first row that has all columns of the mapping; the first row of all where none has."""
    first: list[str] = []
    for _, row in zip(range(_HEADER_WITHIN), rows, strict=False):
        header = [name.strip(_AROUND_NAMES) for name in row.cells or ()]
        first = first or header
        if mapping.columns <= set(header):
            twice = [name for name, count in Counter(header).items() if count > 1 and name in mapping.columns]
            if twice:
                raise UnusableInput(f"the file has a column that the mapping reads more than once: {', '.join(twice)}")
            return header
    if not first:
        raise UnusableInput("the file has no header line")
    rows.go_to(0)
    next(rows)
    return first


class _Row(NamedTuple):
    """``cells`` is None where the row cannot be read; ``end`` is the byte behind it."""

    end: int
    raw: bytes
    cells: list[str] | None


class _Line(NamedTuple):
    raw: bytes
    text: str


class _Rows:
    """The rows of a stream. One that cannot be read is one line, whatever its quotes say of the next ones."""

    def __init__(self, stream: BinaryIO, encoding: str, delimiter: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self._delimiter = delimiter
        self._waiting: deque[_Line] = deque()
        self._end = 0

    def __iter__(self) -> "Iterator[_Row]":
        return self

    def __next__(self) -> _Row:
        if not self._fill(1):
            raise StopIteration
        text = ""
        for taken in range(1, LONGEST_CELL_LINES + 1):
            if not self._fill(taken):
                break
            text += self._waiting[taken - 1].text
            cells = cells_of(text, self._delimiter)
            if cells is not None:
                return self._take(taken, cells)
        return self._take(1, None)

    def go_to(self, end: int) -> None:
        self._waiting.clear()
        self._stream.seek(end)
        self._end = end

    def _fill(self, lines: int) -> bool:
        """Read ahead, so that so many lines wait; False where the stream ends before."""
        while len(self._waiting) < lines:
            raw = self._stream.readline(MAX_LINE_BYTES + 1)
            if not raw:
                return False
            self._waiting.append(_Line(raw, raw.decode(self._encoding, "surrogateescape")))
        return True

    def _take(self, lines: int, cells: list[str] | None) -> _Row:
        raw = b"".join(self._waiting.popleft().raw for _ in range(lines))
        self._end += len(raw)
        return _Row(self._end, raw.strip(b"\r\n"), cells)


def _records(rows: _Rows, header: list[str], reader: RowReader, after: Mark) -> Iterator[Record]:
    if after.end:
        rows.go_to(after.end)
    number = after.number
    for row in rows:
        if row.cells == []:
            continue
        number += 1
        blank = Record(number, row.end, row.raw)
        yield blank._replace(errors=(_UNREADABLE,)) if row.cells is None else _record(blank, row.cells, header, reader)


def _record(blank: Record, cells: list[str], header: list[str], reader: RowReader) -> Record:
    if len(cells) != len(header):
        return blank._replace(errors=(_COLUMNS,))
    if any("\udc80" <= character <= "\udcff" for cell in cells for character in cell):
        return blank._replace(errors=(_ENCODING,))
    messages, errors = reader.message(dict(zip(header, cells, strict=True)))
    return blank._replace(messages=messages, errors=errors)
