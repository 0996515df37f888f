"""The refused rows of a table in the form and encoding in which they came, each with its line and the reason.

Both stand before the cells: behind them, a quote that is not closed would swallow them.
"""

import base64
import codecs
import csv
import json
import os
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from infra.deliveries.reasons import where
from infra.texts.importing import REASON_COLUMN, ROW_COLUMN
from infra.texts.language import Language
from infra.texts.refusals import refusal_words
from streams.importers.encodings import by_lines
from streams.importers.header import TableForm

_CSV: Final = ".csv"
_WORKBOOK: Final = ".xlsx"
_LONGEST_CELL: Final = 32_767
_MOST_ROWS: Final = 1_048_575
"""What one sheet holds. The rest is in the file for programs."""


class _Refused(NamedTuple):
    line: int
    reason: str
    raw: bytes


def table_name(named: Path, form: TableForm) -> Path:
    """``named``, with the ending of the form in which the table came."""
    return named.with_name(named.name + (_CSV if form.encoding else _WORKBOOK))


def write_rejected_table(
    target: Path,
    lines: Path,
    start: int,
    form: TableForm,
    *,
    columns: Mapping[str, str],
    language: Language,
    together: bool = False,
) -> bool:
    """Make the table of the refused ``lines`` from byte ``start`` on; False where none of them is to be mended.

    ``together``: rows that are one message were refused together, wherever they stood in the file.
    """
    opened_lines = _in_order(lines, start) if together else _read(lines, start)
    rows = _refused(opened_lines, form, columns, language)
    first = next(rows, None)
    if first is None:
        return False
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        write = _write_csv if form.encoding else _write_workbook
        write(opened, form, first, rows, language)
    return True


def _read(lines: Path, start: int) -> Iterator[dict[str, Any]]:
    with lines.open("rb") as opened:
        opened.seek(start)
        yield from map(json.loads, opened)


def _in_order(lines: Path, start: int) -> Iterator[dict[str, Any]]:
    yield from sorted(_read(lines, start), key=lambda line: int(line["line"]))


def _refused(
    lines: Iterator[dict[str, Any]], form: TableForm, columns: Mapping[str, str], language: Language
) -> Iterator[_Refused]:
    """In the order of the file, each line once: an import that was killed may have written its last ones twice."""
    last = 0
    for line in lines:
        if line["line"] > last and not line.get("partial"):
            last = line["line"]
            raw = base64.b64decode(line["raw_base64"]) if "raw_base64" in line else _encoded(line["raw"], form)
            yield _Refused(last, _reason(line["errors"], columns, language), raw)


def _encoded(text: str, form: TableForm) -> bytes:
    return text.encode(by_lines(form.encoding or "utf-8"))


def _reason(errors: list[dict[str, str]], columns: Mapping[str, str], language: Language) -> str:
    told = []
    for error in errors:
        place = where(error["field"], error["message"], columns, language).removeprefix(", ")
        said = refusal_words(error["code"], error["message"], language)
        told.append(language.of((f"{place}：{said}", f"{place}: {said}")) if place else said)
    return language.of(("；", "; ")).join(told)


def _write_csv(
    opened: BinaryIO, form: TableForm, first: _Refused, rows: Iterator[_Refused], language: Language
) -> None:
    encoder = codecs.getincrementalencoder(form.encoding)("replace")
    own = by_lines(form.encoding)

    def write(before: tuple[object, ...], raw: bytes) -> None:
        text = StringIO()
        csv.writer(text, delimiter=form.delimiter, lineterminator="").writerow(before)
        opened.write(encoder.encode(text.getvalue() + form.delimiter))
        # What came by lines goes back byte for byte.
        opened.write(raw if own == form.encoding.removesuffix("-sig") else _recoded(raw, encoder))
        opened.write(encoder.encode(form.line_break))

    write((language.of(ROW_COLUMN), language.of(REASON_COLUMN)), form.header)
    write((first.line, first.reason), first.raw)
    for row in rows:
        write((row.line, row.reason), row.raw)


def _recoded(raw: bytes, encoder: codecs.IncrementalEncoder) -> bytes:
    return encoder.encode(raw.decode("utf-8", "replace"))


def _write_workbook(
    opened: BinaryIO, form: TableForm, first: _Refused, rows: Iterator[_Refused], language: Language
) -> None:
    import xlsxwriter

    # Row by row, and no text is taken for a formula, a number or a link.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(opened, options) as book:
        sheet = book.add_worksheet(form.sheet or None)
        header = [language.of(ROW_COLUMN), language.of(REASON_COLUMN), *_cells(form.header)]
        sheet.write_row(0, 0, header)
        sheet.write_row(1, 0, [first.line, first.reason, *_cells(first.raw)])
        for place, row in zip(range(2, _MOST_ROWS + 1), rows, strict=False):
            sheet.write_row(place, 0, [row.line, row.reason, *_cells(row.raw)])


def _cells(raw: bytes) -> list[Any]:
    cells: list[Any] = json.loads(raw)
    return [cell[:_LONGEST_CELL] if isinstance(cell, str) else cell for cell in cells]
