"""CSV: encoding, delimiter and header are found out, and what cannot be read costs its own line only."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from gzip import BadGzipFile
from io import BytesIO, StringIO
from typing import BinaryIO, Final, NamedTuple
from zlib import error as BrokenDeflate  # noqa: N812 (it is an exception, whatever its name)

from streams.importers.encodings import beginning_of, by_lines, likely_encodings, line_text, text_lines
from streams.importers.header import (
    HEADER_WITHIN,
    Missing,
    NoHeader,
    TableForm,
    filled,
    folded,
    missing_columns,
    width_of,
)
from streams.importers.lines import MAX_LINE_BYTES
from streams.importers.mapping import Mapped
from streams.importers.record import Mark, Source, UnusableInput
from streams.importers.row_reader import DeriveId
from streams.importers.table_rows import ENCODING, TOO_LONG, UNREADABLE, TableReader, TableRow

_DELIMITERS: Final = (",", "\t", ";", "|", "，")
_LONGEST_CELL_LINES: Final = 20
"""A quoted cell may run over so many lines; a quote that closes later is a stray one."""
_MAX_CELL: Final = 1_000_000
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class CsvTable:
    """``header`` is folded; ``rows`` are those below it."""

    header: tuple[str, ...]
    form: TableForm
    rows: Iterator[TableRow]


def open_csv(stream: BinaryIO, after: Mark, mapping: Mapped, derive_id: DeriveId, total: int | None = None) -> Source:
    """The rows behind ``after``; raises :class:`UnusableInput` when no header fits."""
    table = read_csv(
        stream,
        missing_columns(mapping.columns),
        encoding=mapping.encoding,
        delimiter=mapping.delimiter,
        header_row=mapping.header_row,
        after=after,
    )
    reader = TableReader(table.header, width_of(table.header), mapping, derive_id)
    return Source(reader.records(table.rows), "B", total, table.form)


def read_csv(
    stream: BinaryIO,
    missing: Missing,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_row: int | None = None,
    after: Mark | None = None,
) -> CsvTable:
    """The table whose header lacks nothing that is ``missing``, by whichever delimiter; raises :class:`NoHeader`."""
    csv.field_size_limit(_MAX_CELL)
    delimiters = (delimiter,) if delimiter else _DELIMITERS
    beginning = beginning_of(stream)

    def looked_for(rest: BinaryIO, name: str) -> tuple[_Lines, _Header]:
        lines = _Lines(text_lines(beginning, rest, name), by_lines(name))
        return lines, _header(lines, missing, delimiters, header_row, name)

    found = _encoding(likely_encodings(beginning, encoding), looked_for)
    lines, header = looked_for(stream, found)
    raw = b"".join(line.raw for line in lines.waiting[header.line - 1 : header.line - 1 + header.lines])
    line_break = "\r\n" if raw.endswith(b"\r\n") else "\n"
    text_of_header = raw.removeprefix(b"\xef\xbb\xbf").strip(b"\r\n")
    if header.is_filled:
        text_of_header = _written(header.cells, header.delimiter).encode(by_lines(found))
    form = TableForm(text_of_header, header.line, found, header.delimiter, line_break=line_break)
    lines.drop(header.line - 1 + header.lines)
    rows = _rows(lines, header.delimiter, width_of(header.cells), after.end if after else 0)
    return CsvTable(header.cells, form, rows)


def _encoding(likely: Sequence[str], looked_for: Callable[[BinaryIO, str], object]) -> str:
    """The likeliest by which the header is found: more lines may be broken than whole, and few bytes tell little."""
    for name in likely if len(likely) > 1 else ():
        with suppress(UnusableInput):
            looked_for(BytesIO(), name)
            return name
    return likely[0]


class _Header(NamedTuple):
    cells: tuple[str, ...]
    delimiter: str
    line: int
    lines: int
    is_filled: bool = False
    """From the row above."""


class _Line(NamedTuple):
    raw: bytes
    length: int
    text: str | None
    too_long: bool = False


class _Lines:
    """Lines of a text, some of them read ahead; ``taken`` and ``end`` say how many came before, in lines and bytes."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self.waiting: list[_Line] = []
        self.taken = 0
        self.end = 0

    def fill(self, lines: int) -> bool:
        """Read ahead, so that so many lines wait; False where the text ends before."""
        while len(self.waiting) < lines:
            try:
                raw = self._stream.readline(MAX_LINE_BYTES + 1)
                length = len(raw)
                while len(raw) > MAX_LINE_BYTES and (rest := self._stream.readline(MAX_LINE_BYTES)):
                    length += len(rest)
                    if rest.endswith(b"\n"):
                        break
            except (BadGzipFile, EOFError, BrokenDeflate) as error:
                number = self.taken + len(self.waiting)
                raise UnusableInput(f"the gzip stream is broken behind line {number}") from error
            if not raw:
                return False
            too_long = length > MAX_LINE_BYTES
            self.waiting.append(_Line(raw, length, None if too_long else line_text(raw, self._encoding), too_long))
        return True

    def drop(self, lines: int) -> list[_Line]:
        """Take the first of those that wait."""
        dropped, self.waiting = self.waiting[:lines], self.waiting[lines:]
        self.taken += lines
        self.end += sum(line.length for line in dropped)
        return dropped

    def row_at(self, place: int, delimiter: str) -> tuple[list[str] | None, int]:
        """The cells of the row that begins there, and its lines: several where a quoted cell runs over them, else 1."""
        text = ""
        for lines in range(1, _LONGEST_CELL_LINES + 1):
            if not self.fill(place + lines) or (line := self.waiting[place + lines - 1].text) is None:
                break
            text += line
            if (cells := _cells_of(text, delimiter)) is not None:
                return cells, lines
        return None, 1


def _cells_of(text: str, delimiter: str) -> list[str] | None:
    """The cells of one row, none of a blank line; None where a quote is not closed, or closes within a cell."""
    if '"' not in text and len(text) <= _MAX_CELL:
        line = text.rstrip("\r\n")
        return (line.split(delimiter) if line else []) if "\r" not in line else None
    try:
        rows = list(csv.reader(_LINE.findall(text), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _header(
    lines: _Lines, missing: Missing, delimiters: Sequence[str], header_row: int | None, encoding: str
) -> _Header:
    fewest: list[str] | None = None
    for delimiter in delimiters:
        place = 0
        above: tuple[str, ...] = ()
        while place < (header_row or HEADER_WITHIN) and lines.fill(place + 1):
            cells, taken = lines.row_at(place, delimiter)
            header = tuple(map(folded, cells or ()))
            if cells and header_row in (None, place + 1):
                for each in (header, filled(header, above)):
                    lacking = list(missing(each))
                    if not lacking:
                        return _Header(each, delimiter, place + 1, taken, is_filled=each != header)
                    fewest = lacking if fewest is None or len(lacking) < len(fewest) else fewest
            above = header
            place += 1
    is_empty = fewest is None and all(line.text is not None and not line.text.strip() for line in lines.waiting)
    raise NoHeader(list(missing(())) if fewest is None else fewest, encoding, is_empty=is_empty)


def _written(cells: Sequence[str], delimiter: str) -> str:
    text = StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="").writerow(cells)
    return text.getvalue()


def _rows(lines: _Lines, delimiter: str, width: int, after: int) -> Iterator[TableRow]:
    """The rows that begin at byte ``after`` or behind it."""
    while lines.end < after and lines.fill(1):
        lines.drop(1)
    while lines.fill(1):
        cells, taken = lines.row_at(0, delimiter)
        if cells and taken > 1 and (len(cells) < width or any(cells[width:])):
            cells, taken = None, 1  # A stray quote, which the quote of another row happens to close.
        number = lines.taken + 1
        dropped = lines.drop(taken)
        raw = b"".join(line.raw for line in dropped).strip(b"\r\n")
        error = None
        if cells is None:
            error = TOO_LONG if dropped[0].too_long else ENCODING if dropped[0].text is None else UNREADABLE
        yield TableRow(number, lines.end, raw, cells or (), error)
