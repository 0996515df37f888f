"""Workbooks (XLSX, XLSM, XLSB, XLS, ODS): one sheet of them, read by a mapping."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice
from typing import Any, BinaryIO

import msgspec
from python_calamine import SheetTypeEnum

from streams.importers.cells import CellError, cell_text
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
from streams.importers.mapping import Mapped
from streams.importers.record import Mark, Source, UnusableInput
from streams.importers.row_reader import DeriveId
from streams.importers.table_rows import UNREADABLE_CELLS, TableReader, TableRow
from streams.importers.workbooks import IN_PIECES_FROM, MOST_BYTES, Sheet, Workbook, open_book, too_large


def open_workbook(
    stream: BinaryIO, after: Mark, mapping: Mapped, derive_id: DeriveId, *, in_pieces_from: int = IN_PIECES_FROM
) -> Source:
    """Its marks count rows; raises :class:`UnusableInput`."""
    missing = missing_columns(mapping.columns)
    book = open_book(stream, in_pieces_from)
    sheet = _sheet(book, missing, mapping.sheet, mapping.header_row)
    header, form, rows = _below(sheet, missing, mapping.header_row, after.end)
    reader = TableReader(header, width_of(header), mapping, derive_id)
    return Source(reader.records(rows), "rows", sheet.total_height, form)


def read_sheet(
    stream: BinaryIO, missing: Missing, asked: str | None, header_row: int | None
) -> tuple[tuple[str, ...], TableForm, Iterator[TableRow]]:
    """The folded header, how it was found, and the rows below it."""
    return _below(_sheet(open_book(stream), missing, asked, header_row), missing, header_row, 0)


def _below(
    sheet: Sheet, missing: Missing, header_row: int | None, after: int
) -> tuple[tuple[str, ...], TableForm, Iterator[TableRow]]:
    row, header, cells = _header(sheet, missing, header_row)
    form = TableForm(_raw(cells), row, sheet=sheet.name)
    return header, form, _rows(sheet, row, max(after, row))


def whole(stream: BinaryIO) -> BinaryIO:
    """In memory, for what one cannot go back in; raises :class:`UnusableInput` where it is too large."""
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise too_large()
    return BytesIO(content)


def sheet_row(sheet: Sheet, number: int) -> list[Any]:
    return next(islice(sheet.iter_rows(), number - 1, None), None) or []


def _sheet(workbook: Workbook, missing: Missing, asked: str | None, header_row: int | None) -> Sheet:
    """The sheet that is asked for, else the only one whose header fits."""
    names = [each.name for each in workbook.sheets_metadata if each.typ is SheetTypeEnum.WorkSheet]
    if asked is not None:
        return workbook.get_sheet_by_name(_named(names, asked))
    fitting: list[Sheet] = []
    lacking: NoHeader | None = None
    for name in names:
        sheet = workbook.get_sheet_by_name(name)
        try:
            _header(sheet, missing, header_row)
        except NoHeader as error:
            lacking = error if lacking is None or len(error.missing) < len(lacking.missing) else lacking
        else:
            fitting.append(sheet)
        if len(fitting) > 1:
            both = ", ".join(each.name for each in fitting)
            raise UnusableInput(f"several sheets have these columns ({both}); name one with --sheet")
    if not fitting:
        raise lacking or UnusableInput("the workbook has no sheet with rows")
    return fitting[0]


def _named(names: Sequence[str], asked: str) -> str:
    """By its name, else by its number from 1."""
    if asked in names:
        return asked
    if asked.isascii() and asked.isdigit() and 0 < int(asked) <= len(names):
        return names[int(asked) - 1]
    raise UnusableInput(f"the workbook has no sheet {asked}; it has {', '.join(names)}")


def _header(sheet: Sheet, missing: Missing, header_row: int | None) -> tuple[int, tuple[str, ...], Sequence[Any]]:
    """The number of the header row, its cells folded and as they stand there; raises :class:`NoHeader`."""
    fewest = list(missing(()))
    above: Sequence[Any] = ()
    for number, cells in enumerate(islice(sheet.iter_rows(), header_row or HEADER_WITHIN), 1):
        header = tuple(map(folded, cells or ()))
        if header_row in (None, number):
            for each in (header, filled(header, [folded(cell) for cell in above])):
                lacking = list(missing(each))
                if not lacking:
                    return number, each, (cells or ()) if each == header else _filled_cells(cells or (), above)
                fewest = min(fewest, lacking, key=len)
        above = cells or ()
    raise NoHeader(fewest, f"sheet {sheet.name}")


def _filled_cells(cells: Sequence[Any], above: Sequence[Any]) -> list[Any]:
    return [cell if folded(cell) or place >= len(above) else above[place] for place, cell in enumerate(cells)]


def _rows(sheet: Sheet, header: int, first: int) -> Iterator[TableRow]:
    """The rows behind row ``first``. All are walked through: a merged cell has its value in its first row."""
    merged = _Merged(sheet, header)
    for number, cells in enumerate(sheet.iter_rows(), 1):
        merged.fill(number, cells or [])
        if number > first:
            yield TableRow(number, number, b"[]", (), UNREADABLE_CELLS) if cells is None else _row(number, cells)


def _row(number: int, cells: list[Any]) -> TableRow:
    return TableRow(number, number, _raw(cells), cells)


class _Merged:
    """Fills the cells that were merged over several rows below the header."""

    def __init__(self, sheet: Sheet, header: int) -> None:
        left = sheet.start[1] if sheet.start else 0
        self._last_rows: dict[tuple[int, int], int] = {}
        for (top, first), (bottom, last) in sheet.merged_cell_ranges or ():
            # Merged over columns too, it is a heading or a note, and says nothing of a single column.
            if top >= header and first == last and bottom > top:
                self._last_rows[top + 1, first - left] = bottom + 1
        self._open: dict[int, tuple[int, Any]] = {}

    def fill(self, number: int, cells: list[Any]) -> None:
        if not self._last_rows:
            return
        for place in range(len(cells)):
            if (last := self._last_rows.get((number, place))) is not None:
                self._open[place] = (last, cells[place])
            elif place in self._open:
                last, value = self._open[place]
                if number <= last:
                    cells[place] = value
                else:
                    del self._open[place]


def _raw(cells: Sequence[Any]) -> bytes:
    """Numbers and texts as they are; what JSON does not know, as text."""
    return msgspec.json.encode([cell if isinstance(cell, str | int | float) else _shown(cell) for cell in cells])


def _shown(cell: Any) -> str:
    try:
        return cell_text(cell)
    except CellError:
        return str(cell)
