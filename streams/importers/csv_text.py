"""CSV as people save it: encoding and delimiter are found out, and a stray quote costs one line only."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from streams.importers.record import UnusableInput

MAX_CELL: Final = 1_000_000
_DELIMITERS: Final = (",", "\t", ";", "|", "，")
_HEADER_WITHIN: Final = 20
"""Title rows may stand above the header, but not more."""
LONGEST_CELL_LINES: Final = 20
"""A quoted cell may run over so many lines; a quote that closes later is a stray one."""
_LINE_BREAK: Final = re.compile(r"\r\n|\n|\r")
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_OTHER_FILES: Final = {
    b"PK\x03\x04": "an Excel workbook or a zip file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip file",
    b"%PDF": "a PDF file",
}
_MARKS: Final = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8-sig",
}


class NoHeader(UnusableInput):
    """No line near the beginning is the header that is looked for."""


class Table(NamedTuple):
    """The rows behind the header. A row is its line number and its cells; None where it cannot be read."""

    header: tuple[str, ...]
    rows: Iterator[tuple[int, list[str] | None]]


def read_table(content: bytes, is_header: Callable[[Sequence[str]], bool]) -> Table:
    """The table whose header ``is_header`` knows, by whichever delimiter; raises :class:`UnusableInput`."""
    csv.field_size_limit(MAX_CELL)
    lines = _lines(content)
    for delimiter in _DELIMITERS:
        for number, line in enumerate(lines[:_HEADER_WITHIN]):
            cells = cells_of(line, delimiter) if line else None
            header = tuple(cell.strip("\ufeff \t\u3000") for cell in cells or ())
            if is_header(header):
                return Table(header, _rows(lines, number + 1, delimiter, len(header)))
    raise NoHeader("no line names the columns")


def _lines(content: bytes) -> list[str | None]:
    """The lines as text; None for one that is no text in the encoding of the others."""
    for beginning, what in _OTHER_FILES.items():
        if content.startswith(beginning):
            raise UnusableInput(f"this is {what}; a CSV file is expected")
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None) or _unmarked(content)
    if encoding.startswith(("utf-16", "utf-32")):
        try:
            return list(_LINE_BREAK.split(content.decode(encoding)))
        except UnicodeDecodeError as error:
            raise UnusableInput(f"the file begins as {encoding.upper()}, and is not readable as such") from error
    lines = content.removeprefix(b"\xef\xbb\xbf").splitlines()
    return [_text(line, encoding.removesuffix("-sig")) for line in lines]


def _unmarked(content: bytes) -> str:
    """UTF-16 has a zero in each pair of bytes of ASCII; of UTF-8 and GB18030, the one that most lines are in."""
    beginning = content[:4_000]
    if beginning[1::2].count(0) > len(beginning) // 8:
        return "utf-16-le"
    if beginning[0::2].count(0) > len(beginning) // 8:
        return "utf-16-be"
    foreign = [line for line in content.splitlines() if not line.isascii()]
    readable = sum(_text(line, "utf-8") is not None for line in foreign)
    return "utf-8" if 2 * readable >= len(foreign) else "gb18030"


def _text(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None


def _rows(
    lines: Sequence[str | None], start: int, delimiter: str, width: int
) -> Iterator[tuple[int, list[str] | None]]:
    index = start
    while index < len(lines):
        line = lines[index]
        if line is not None and not line.strip():
            index += 1
            continue
        cells, taken = _row(lines, index, delimiter, width)
        yield index + 1, cells
        index += taken


def _row(lines: Sequence[str | None], index: int, delimiter: str, width: int) -> tuple[list[str] | None, int]:
    """The cells of a row and the lines it takes: several where a quoted cell runs over them, else one."""
    text = ""
    for taken, line in enumerate(islice(lines, index, index + LONGEST_CELL_LINES), 1):
        if line is None:
            break
        text += f"\n{line}" if text else line
        cells = cells_of(text, delimiter)
        if cells is not None:
            fits = not any(cells[width:])
            return (cells[:width], taken) if fits else (None, 1)
    return None, 1


def cells_of(text: str, delimiter: str) -> list[str] | None:
    """The cells of one row, and none of a blank line; None where a quote is not closed, or closes within a cell."""
    try:
        rows = list(csv.reader(_LINE.findall(text), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
