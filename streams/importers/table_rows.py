"""Rows of a table, whatever file they stand in, as records."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from streams.importers.header import places
from streams.importers.mapping import DeriveId, Mapped, RowReader
from streams.importers.record import Record
from streams.intake.prepared import FieldError

UNREADABLE: Final = FieldError("", "unreadable", "the row is not readable as CSV")
UNREADABLE_CELLS: Final = FieldError("", "unreadable", "the cells of the row are not readable")
ENCODING: Final = FieldError("", "encoding", "the row is not text in the encoding of the mapping")
COLUMNS: Final = FieldError("", "columns", "the row does not have as many cells as the header")
TOO_LONG: Final = FieldError("", "too_large", "the line is longer than a message may be")


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

    def records(self, rows: Iterator[TableRow]) -> Iterator[Record]:
        """Rows without any content are passed over."""
        for row in rows:
            if row.error is not None:
                yield Record(row.number, row.end, row.raw, errors=(row.error,))
            elif any(row.cells) and not all(_is_blank(cell) for cell in row.cells):
                yield self._record(row)

    def _record(self, row: TableRow) -> Record:
        cells = row.cells
        if len(cells) < self._width or not all(_is_blank(cell) for cell in cells[self._width :]):
            return Record(row.number, row.end, row.raw, errors=(COLUMNS,))
        messages, errors = self._reader.message({name: cells[place] for name, place in self._places.items()})
        return Record(row.number, row.end, row.raw, messages, errors)


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
