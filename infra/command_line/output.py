"""What commands print: tables for people, JSON for programs."""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import click
from pydantic import BaseModel

from infra.documents.spreadsheet import csv_file

WIDEST_COLUMN = 48


class Format(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def print_list(
    form: Format,
    documents: Any,
    rows: Iterable[Mapping[str, Any]],
    columns: Mapping[str, str],
    *,
    whole: bool = False,
    above: str = "",
) -> None:
    """``documents`` for programs, else the ``columns`` of ``rows``; in a table below what is said ``above``."""
    match form:
        case Format.JSON:
            print_json(documents)
        case Format.CSV:
            print_csv(tuple(columns), ([_cell(row.get(key)) for key in columns] for row in rows))
        case Format.TABLE:
            if above:
                click.echo(f"{above}\n")
            print_table(rows, columns, whole=whole)


def print_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    click.echo(csv_file(header, rows), nl=False)


def print_json(value: Any) -> None:
    """One array or object on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def print_table(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], *, whole: bool = False) -> None:
    """``columns``: key of a row → heading. Long cells are cut unless they are wanted ``whole``."""
    cells = [[_cell(row.get(key)) for key in columns] for row in rows]
    if not whole:
        cells = [list(map(_shortened, row)) for row in cells]
    widths = [max(map(_width, column)) for column in zip(columns.values(), *cells, strict=True)]
    for line in (list(columns.values()), *cells):
        click.echo(_line(line, widths))


def print_fields(fields: Mapping[str, Any]) -> None:
    """One ``name  value`` line per field that has a value."""
    present = {name: _cell(value) for name, value in fields.items() if value is not None}
    width = max(map(_width, present), default=0)
    for name, value in present.items():
        click.echo(_line([name, value], [width, 0]))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, tuple | list):
        return ", ".join(map(_cell, value))
    return str(value)


def _width(text: str) -> int:
    """Places on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _shortened(text: str) -> str:
    if _width(text) <= WIDEST_COLUMN:
        return text
    while _width(text) > WIDEST_COLUMN - 1:
        text = text[:-1]
    return f"{text}…"


def _plain(value: Any) -> Any:
    """JSON for what the queries answer with."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
