"""``spotcheck``: a draw that anybody can compute again."""

import csv
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from domain.errors import Unusable
from domain.spot_checks.lists import Candidate, Inspector, UnusableLists, lists_of
from infra.checks import Mark
from infra.command_line.command_group import CommandGroup
from infra.command_line.output import print_json, print_table
from infra.documents.spot_checks import NotADraw, checked_draw, draw_document, read_draw
from infra.transparency.notes import NotANote, VerifierKey

_FOUND_WRONG: Final = 1
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=CommandGroup)
def spotcheck() -> None:
    """Draw subjects and inspectors so that anybody can compute it again, and check such a draw."""


@spotcheck.command("draw")
@click.argument("candidates", type=_FILE)
@click.argument("inspectors", type=_FILE)
@click.option("--checkpoint", type=_FILE, required=True, help="A checkpoint of the log, published before the draw.")
@click.option("--size", type=click.IntRange(min=1), required=True, help="How many subjects are drawn.")
@click.option("--inspectors-each", type=click.IntRange(min=1), default=2, show_default=True, help="For each subject.")
def draw_command(candidates: Path, inspectors: Path, checkpoint: Path, size: int, inspectors_each: int) -> None:
    """Draw out of CANDIDATES, and INSPECTORS for each of them; print the file of the draw.

    CANDIDATES is CSV with the columns subject and weight (1 where it is empty), INSPECTORS with inspector and recused,
    the subjects that one must not inspect, separated by semicolons. Use codes, no names of people: the file is meant
    to be published.
    """
    try:
        lists = lists_of(_candidates(candidates), _inspectors(inspectors), size=size, inspectors_each=inspectors_each)
        print_json(draw_document(checkpoint.read_text(encoding="utf-8"), lists))
    except (UnusableLists, NotANote, UnicodeDecodeError) as error:
        raise Unusable(str(error)) from error


@spotcheck.command("verify")
@click.argument("file", type=_FILE)
@click.option("--key", metavar="VKEY", help="The log's key, as its operator publishes it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def verify_command(file: Path, key: str | None, as_json: bool) -> None:
    """Compute the draw in FILE again from its checkpoint and its lists.

    Needs no data folder and no network. Exit code 1 where anything does not follow, 2 where FILE is no draw.
    """
    try:
        checks = checked_draw(read_draw(file.read_bytes()), VerifierKey.parse(key) if key else None)
    except NotANote as error:
        raise click.UsageError(str(error)) from error
    except NotADraw as error:
        raise Unusable(f"{file}: {error}") from error
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        print_table(map(asdict, checks), {"check": "check", "result": "result", "detail": "detail"}, whole=True)
    if any(check.result is Mark.WRONG for check in checks):
        sys.exit(_FOUND_WRONG)


def _candidates(file: Path) -> Iterator[Candidate]:
    for number, row in _rows(file, "subject"):
        weight = (row.get("weight") or "").strip() or "1"
        if not weight.isascii() or not weight.isdigit():
            raise UnusableLists(f"line {number}: a weight is a whole number")
        yield Candidate(row["subject"].strip(), int(weight))


def _inspectors(file: Path) -> Iterator[Inspector]:
    for _, row in _rows(file, "inspector"):
        recused = (part.strip() for part in (row.get("recused") or "").replace("；", ";").split(";"))
        yield Inspector(row["inspector"].strip(), frozenset(filter(None, recused)))


def _rows(file: Path, needed: str) -> Iterator[tuple[int, dict[str, Any]]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        for row in reader:
            if not (row.get(needed) or "").strip():
                raise UnusableLists(f"{file.name}, line {reader.line_num}: the column {needed} is empty or missing")
            yield reader.line_num, row
