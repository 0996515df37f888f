"""Workbooks (XLSX, XLSM, XLSB, XLS, ODS): one sheet of them, read by a mapping."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice
from typing import Any, BinaryIO, Final
from zipfile import BadZipFile, ZipFile

import msgspec
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, load_workbook

from streams.importers.cells import CellError, cell_text
from streams.importers.header import HEADER_WITHIN, Missing, NoHeader, TableForm, folded, missing_columns, width_of
from streams.importers.mapping import DeriveId, Mapped
from streams.importers.record import Mark, Source, UnusableInput
from streams.importers.table_rows import TableReader, TableRow

MOST_BYTES: Final = 1024 * 1024 * 1024
"""Unpacked. A sheet is held in memory as a whole."""


def open_workbook(stream: BinaryIO, after: Mark, mapping: Mapped, derive_id: DeriveId) -> Source:
    """Its marks count rows; raises :class:`UnusableInput`."""
    missing = missing_columns(mapping.columns)
    header, form, rows = read_sheet(stream, missing, mapping.sheet, mapping.header_row, after.end)
    reader = TableReader(header, width_of(header), mapping, derive_id)
    return Source(reader.records(rows), "rows", None, form)


def read_sheet(
    stream: BinaryIO, missing: Missing, asked: str | None, header_row: int | None, after: int = 0
) -> tuple[tuple[str, ...], TableForm, Iterator[TableRow]]:
    """The folded header, how it was found, and the rows below it and behind ``after``."""
    _check_size(stream)
    try:
        with load_workbook(stream) as workbook:
            sheet = _sheet(workbook, missing, asked, header_row)
    except CalamineError as error:
        raise UnusableInput("the file is not readable as a workbook, or is locked by a password") from error
    except MemoryError as error:
        raise UnusableInput("the workbook is too large for the memory; save the table as CSV") from error
    row, header = _header(sheet, missing, header_row)
    form = TableForm(_raw(sheet_row(sheet, row)), row, sheet=sheet.name)
    return header, form, _rows(sheet, row, max(after, row))


def whole(stream: BinaryIO) -> BinaryIO:
    """In memory, for what one cannot go back in; raises :class:`UnusableInput` where it is too large."""
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise _too_large()
    return BytesIO(content)


def sheet_row(sheet: CalamineSheet, number: int) -> list[Any]:
    return next(islice(sheet.iter_rows(), number - 1, None), [])


def _check_size(stream: BinaryIO) -> None:
    """What is packed small may be large: its parts say how large before they are unpacked."""
    try:
        with ZipFile(stream) as parts:
            size = sum(part.file_size for part in parts.infolist())
    except BadZipFile:
        size = stream.seek(0, 2)
    stream.seek(0)
    if size > MOST_BYTES:
        raise _too_large()


def _too_large() -> UnusableInput:
    return UnusableInput(f"a workbook may have {MOST_BYTES:,} bytes unpacked; save the table as CSV")


def _sheet(workbook: CalamineWorkbook, missing: Missing, asked: str | None, header_row: int | None) -> CalamineSheet:
    """The sheet that is asked for, else the only one whose header fits."""
    names = [each.name for each in workbook.sheets_metadata if each.typ is SheetTypeEnum.WorkSheet]
    if asked is not None:
        return workbook.get_sheet_by_name(_named(names, asked))
    fitting: list[CalamineSheet] = []
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


def _header(sheet: CalamineSheet, missing: Missing, header_row: int | None) -> tuple[int, tuple[str, ...]]:
    """The number of the header row, and its folded cells; raises :class:`NoHeader`."""
    fewest = list(missing(()))
    for number, cells in enumerate(islice(sheet.iter_rows(), header_row or HEADER_WITHIN), 1):
        header = tuple(map(folded, cells))
        lacking = list(missing(header))
        if header_row in (None, number):
            if not lacking:
                return number, header
            fewest = min(fewest, lacking, key=len)
    raise NoHeader(fewest, f"sheet {sheet.name}")


def _rows(sheet: CalamineSheet, header: int, first: int) -> Iterator[TableRow]:
    """The rows behind row ``first``. All are walked through: a merged cell has its value in its first row."""
    merged = _Merged(sheet, header)
    for number, cells in enumerate(sheet.iter_rows(), 1):
        merged.fill(number, cells)
        if number > first:
            yield TableRow(number, number, _raw(cells), cells)


class _Merged:
    """Fills the cells that were merged over several rows below the header."""

    def __init__(self, sheet: CalamineSheet, header: int) -> None:
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
