"""The header and the first rows of a table of which nothing is known yet."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from streams.importers.archives import InputFile
from streams.importers.csv_rows import read_csv
from streams.importers.header import Missing, NoHeader, TableForm
from streams.importers.inputs import FileFormat, format_of, opened_file
from streams.importers.record import UnusableInput

_ROWS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Sample:
    header: tuple[str, ...]
    rows: Sequence[Sequence[Any]]
    form: TableForm


def sample_of(
    file: InputFile, missing: Missing, *, encoding: str | None, sheet: str | None, header_row: int | None
) -> Sample:
    """Raises :class:`UnusableInput`."""
    format = format_of(file)
    with ExitStack() as closing:
        stream = closing.enter_context(opened_file(file))
        try:
            if format is FileFormat.CSV:
                table = read_csv(stream, missing, encoding=encoding, header_row=header_row)
                rows = [row.cells for row in islice(table.rows, _ROWS) if row.error is None]
                return Sample(table.header, rows, table.form)
            if format is FileFormat.SPREADSHEET:
                from streams.importers.workbook_rows import read_sheet, whole

                header, form, below = read_sheet(whole(stream), missing, sheet, header_row)
                return Sample(header, [row.cells for row in islice(below, _ROWS)], form)
        except NoHeader as error:
            raise UnusableInput(
                f"{file}: no row near the beginning names three known columns; say which one with --header-row, "
                "or write the mapping by hand"
            ) from error
    raise UnusableInput(f"{file}: a mapping is suggested for CSV and workbooks only")
