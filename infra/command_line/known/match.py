"""``match``: are the two employers of each row the same?"""

import csv
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from domain.employers import EmployerMatch, Row, match_rows
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json
from streams.importers.record import UnusableInput

NEEDED = ("left", "right")
ADDED = ("outcome", "rule")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@common_options
def match(common: Common, file: Path) -> None:
    """Compare the employers of a CSV file, row by row.

    FILE has the columns left and right (names), optionally left_uscc and right_uscc. The
    rows are printed as they are with two more columns: outcome and rule.
    """
    header, rows = _read(file)
    matches = match_rows(Row(row["left"], row["right"], row.get("left_uscc"), row.get("right_uscc")) for row in rows)
    results = [{**row, **_told(found)} for row, found in zip(rows, matches, strict=True)]
    if common.as_json:
        print_json(results)
        return
    writer = csv.DictWriter(sys.stdout, [*header, *ADDED], lineterminator="\n")
    writer.writeheader()
    writer.writerows(results)
    counts = Counter(result["outcome"] for result in results)
    click.echo(", ".join(f"{outcome} {count}" for outcome, count in counts.most_common()), err=True)


def _told(found: EmployerMatch) -> dict[str, str]:
    return {"outcome": found.outcome.value, "rule": found.rule}


def _read(file: Path) -> tuple[Sequence[str], list[dict[str, str]]]:
    with click.open_file(str(file), encoding="utf-8-sig") as opened:
        reader = csv.DictReader(opened, restval="")
        try:
            header = [name for name in reader.fieldnames or () if name not in ADDED]
            missing = [name for name in NEEDED if name not in header]
            if missing:
                raise UnusableInput(f"the file has no column {' and no column '.join(missing)}")
            return header, list(_rows(reader, header))
        except (csv.Error, UnicodeDecodeError) as error:
            raise UnusableInput(f"the file is not readable as CSV in UTF-8 behind line {reader.line_num}") from error


def _rows(reader: "csv.DictReader[str]", header: Sequence[str]) -> Iterator[dict[str, str]]:
    for row in reader:
        yield {name: row[name] or "" for name in header}
