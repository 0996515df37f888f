"""``match``: are the two employers of each row the same?"""

import csv
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Final, cast

import click

from domain.employers import EmployerMatch, Row, match_rows
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json
from streams.importers.csv_rows import CsvTable, read_csv
from streams.importers.header import NoHeader, width_of
from streams.importers.record import UnusableInput

NEEDED: Final = ("left", "right")
ADDED: Final = ("outcome", "rule")
_CODES: Final = ("left_uscc", "right_uscc")
_SOME_REJECTED: Final = 3
_MOST_NAMED: Final = 10


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@common_options
def match(common: Common, file: Path) -> None:
    """Compare the employers of a CSV file, row by row.

    FILE has the columns left and right (names), optionally left_uscc and right_uscc. The
    rows are printed as they are with two more columns: outcome and rule. Exit code 3 when
    some lines cannot be read.
    """
    header, rows, unread = _read(file)
    matches = match_rows(Row(row["left"], row["right"], *(row.get(code) for code in _CODES)) for row in rows)
    results = [{**row, **_told(found)} for row, found in zip(rows, matches, strict=True)]
    if common.as_json:
        print_json(results)
    else:
        writer = csv.DictWriter(sys.stdout, [*header, *ADDED], lineterminator="\n")
        writer.writeheader()
        writer.writerows(results)
        counts = Counter(result["outcome"] for result in results)
        click.echo(", ".join(f"{outcome} {count}" for outcome, count in counts.most_common()), err=True)
    if unread:
        click.echo(_unreadable(unread), err=True)
        sys.exit(_SOME_REJECTED)


def _told(found: EmployerMatch) -> dict[str, str]:
    return {"outcome": found.outcome.value, "rule": found.rule}


def _read(file: Path) -> tuple[list[str], list[dict[str, str]], list[int]]:
    """The columns, the rows, and the numbers of the lines that cannot be read."""
    rows: list[dict[str, str]] = []
    unread: list[int] = []
    with _opened(file) as stream:
        table = _table(stream)
        width = width_of(table.header)
        names = [_plain(name) for name in table.header[:width]]
        twice = [name for name, count in Counter(names).items() if count > 1 and name in (*NEEDED, *_CODES)]
        if twice:
            raise UnusableInput(f"the file has the column {twice[0]} more than once")
        for line, _, _, cells, error in table.rows:
            if error is not None or any(cells[width:]):
                unread.append(line)
            elif cells:
                filled = [*cells[:width], *[""] * (width - len(cells))]
                rows.append({name: cell for name, cell in zip(names, filled, strict=True) if name not in ADDED})
    return [name for name in dict.fromkeys(names) if name not in ADDED], rows, unread


def _opened(file: Path) -> AbstractContextManager[BinaryIO]:
    try:
        return cast(AbstractContextManager[BinaryIO], click.open_file(str(file), "rb"))
    except OSError as error:
        raise UnusableInput(f"{file}: cannot be read ({error.strerror})") from error


def _table(stream: BinaryIO) -> CsvTable:
    try:
        return read_csv(stream, lambda cells: [name for name in NEEDED if name not in map(_plain, cells)])
    except NoHeader as error:
        named = " and no column ".join(error.missing)
        expected = "its first line must name the columns left and right (and may name left_uscc and right_uscc)"
        read_as = error.read_as.upper()
        raise UnusableInput(f"the file has no column {named}: {expected}; read as {read_as}") from error


def _plain(name: str) -> str:
    """Headers of our own columns count in any case."""
    known = name.lower()
    return known if known in (*NEEDED, *_CODES, *ADDED) else name


def _unreadable(lines: Sequence[int]) -> str:
    named = ", ".join(map(str, lines[:_MOST_NAMED]))
    more = f" and {len(lines) - _MOST_NAMED} more" if len(lines) > _MOST_NAMED else ""
    return f"{len(lines)} not readable as CSV, left out: line {named}{more}"
