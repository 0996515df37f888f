"""Rows of a table, whatever file they stand in, as records."""

import string
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from streams.importers.header import places
from streams.importers.mapping import Mapped
from streams.importers.record import Record, UnusableInput
from streams.importers.row_reader import DeriveId, RowReader
from streams.intake.prepared import FieldError

UNREADABLE: Final = FieldError("", "unreadable", "the row is not readable as CSV")
UNREADABLE_CELLS: Final = FieldError("", "unreadable", "the cells of the row are not readable")
ENCODING: Final = FieldError("", "encoding", "the row is not text in the encoding of the mapping")
COLUMNS: Final = FieldError("", "columns", "the row does not have as many cells as the header")
OTHER_ROW: Final = FieldError("", "other_row", "another row of the same answer cannot be read: it would not be whole")
UNREADABLE_BESIDE: Final = FieldError(
    "", "other_row", "a row of this file that cannot be read may belong to this answer: mend that row first"
)
MOST_TOGETHER: Final = 100_000
"""Rows of a file in which several are one message: all of them are held in memory."""
TOO_LONG: Final = FieldError("", "too_large", "the line is longer than a message may be")


_NOTHING: Final = string.whitespace + "\u00a0\u3000\ufeff\x1a"
"""Also what DOS programs put behind the last line."""


class TableRow(NamedTuple):
    """``number`` is the line of the file on which the row begins; ``end`` is where the next one begins.

    ``cells`` is empty where ``error`` says why they cannot be read.
    """

    number: int
    end: int
    raw: bytes
    cells: Sequence[Any]
    error: FieldError | None = None


class TableReader:
    """Makes records of the rows under a header, whose cells are folded."""

    def __init__(self, header: Sequence[str], width: int, mapping: Mapped, derive_id: DeriveId) -> None:
        self._places = places(header, mapping.columns)
        self._width = width
        self._reader = RowReader(mapping, self._places, derive_id)
        self._together = mapping.together is not None

    def records(self, rows: Iterator[TableRow]) -> Iterator[Record]:
        """Rows without any content are passed over."""
        yield from self._groups(rows) if self._together else self._single(rows)

    def _single(self, rows: Iterator[TableRow]) -> Iterator[Record]:
        for row in rows:
            if row.error is not None:
                yield Record(row.number, row.end, row.raw, errors=(row.error,))
            elif any(row.cells) and not all(_is_blank(cell) for cell in row.cells):
                yield self._record(row)

    def _groups(self, rows: Iterator[TableRow]) -> Iterator[Record]:
        """Rows that are one message; of a row that nobody can read it is not known to which it belongs."""
        groups: dict[object, list[tuple[TableRow, dict[str, Any]]]] = {}
        unreadable: list[Record] = []
        end = count = 0
        for count, row in enumerate(rows, 1):
            if count > MOST_TOGETHER:
                raise UnusableInput(f"several rows are one message, and there are more than {MOST_TOGETHER:,} rows")
            end = row.end
            if row.error is not None or self._has_no_cells(row):
                unreadable.append(Record(row.number, row.end, row.raw, errors=(row.error or COLUMNS,)))
            elif not all(_is_blank(cell) for cell in row.cells):
                cells = self._cells(row)
                groups.setdefault(self._reader.common(cells), []).append((row, cells))
        found = [self._group(group, bool(unreadable)) for group in groups.values()]
        for record in sorted([*found, *unreadable]):
            yield record._replace(end=end)

    def _group(self, group: Sequence[tuple[TableRow, dict[str, Any]]], unreadable: bool) -> Record:
        messages, told = self._reader.together([cells for _, cells in group])
        if unreadable and messages:
            messages, told = (), [(UNREADABLE_BESIDE,)] * len(group)
        refused = not messages
        records = [
            Record(row.number, row.end, row.raw, errors=errors or ((OTHER_ROW,) if refused else ()))
            for (row, _), errors in zip(group, told, strict=True)
        ]
        return records[0]._replace(messages=messages, others=tuple(records[1:]))

    def _has_no_cells(self, row: TableRow) -> bool:
        cells = row.cells
        return any(cells) and (len(cells) < self._width or not all(map(_is_blank, cells[self._width :])))

    def _cells(self, row: TableRow) -> dict[str, Any]:
        return {name: row.cells[place] for name, place in self._places.items()}

    def _record(self, row: TableRow) -> Record:
        if self._has_no_cells(row):
            return Record(row.number, row.end, row.raw, errors=(COLUMNS,))
        messages, errors = self._reader.message(self._cells(row))
        return Record(row.number, row.end, row.raw, messages, errors)


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip(_NOTHING))
