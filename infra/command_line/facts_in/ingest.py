"""``ingest``: facts from files or standard input."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
from pydantic import TypeAdapter, ValidationError
from tqdm import tqdm

from domain.facts.deliveries import Area, Period
from infra.command_line.facts_in.check_report import check_lines, out_of_bounds
from infra.command_line.facts_in.registering import permitted_to
from infra.command_line.facts_in.report import report
from infra.command_line.facts_in.sending import open_sender
from infra.command_line.local_user import operator
from infra.command_line.opening import check_one_machine, opened
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json
from infra.deliveries.beginning import Asked
from infra.deliveries.checking import Held
from infra.deliveries.files import FileAsked, can_be_read_twice, inputs, name_of
from infra.deliveries.outcome import Outcome
from infra.deliveries.taking_in import delivered, take_in
from infra.documents.deliveries import check_document
from infra.logs import configure_logs
from infra.settings import Settings
from infra.texts.deliveries import HELD, WOULD_BE_HELD, WOULD_BE_TAKEN
from streams.importers.archives import InputFile
from streams.importers.inputs import FileFormat
from streams.importers.mapping import Mapped, load_mapping

SOME_REJECTED: Final = 3
SOME_HELD: Final = 4


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
)
@click.option(
    "--format", "format_name", type=click.Choice([each.value for each in FileFormat]), help="Else by the file."
)
@click.option("--mapping", "mapping_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="How the columns of a table become a fact (TOML).")  # fmt: skip
@click.option("--encoding", help="Of CSV, such as gb18030. Else by the mapping, else found out.")
@click.option("--sheet", help="Of a workbook: its name, or its number from 1. Else the one with the columns.")
@click.option("--header-row", type=click.IntRange(min=1), help="The line or row with the names of the columns.")
@click.option("--rejected", type=click.Path(dir_okay=False, path_type=Path), help="Where rejected lines go.")
@click.option("--resume/--restart", default=True, help="Go on where an interrupted import stopped (the default).")
@click.option("--history", is_flag=True, help="The facts are of the past: judge them, and push nothing.")
@click.option("--check", "checks", is_flag=True, help="Record nothing: say what would come of a table.")
@click.option("--accept", is_flag=True, help="Take a table in although it is out of its bounds.")
@click.option("--delivery", metavar="ID", help="Name the delivery, or add mended rows to it.")
@click.option("--replaces", metavar="ID", help="In the place of this delivery: what is gone is taken back.")
@click.option("--close", "closes", is_flag=True, help="State that the snapshot is all there is (delivery-closed).")
@click.option("--snapshot", nargs=2, metavar="AREA PERIOD", help="All there is: what is gone is taken back.")
@click.option("--register", is_flag=True, help="Also register the sources of the files, with the types found there.")
@common_options
def ingest(
    common: Common,
    files: Sequence[Path],
    format_name: str | None,
    mapping_file: Path | None,
    encoding: str | None,
    sheet: str | None,
    header_row: int | None,
    rejected: Path | None,
    resume: bool,
    history: bool,
    checks: bool,
    accept: bool,
    delivery: str | None,
    replaces: str | None,
    snapshot: tuple[str, str] | None,
    closes: bool,
    register: bool,
) -> None:
    """Record the facts in FILES: NDJSON, tables with a mapping, OCDS releases; - is standard input.

    Tables are CSV, XLSX, XLS, ODS and Parquet. Names may end in .gz; of a .zip all files are read.
    What was recorded before counts as a duplicate and changes nothing.
    Exit code 3 when some lines were rejected; they are kept in a file, which is named. Exit code 4 when a table
    differs too much from the last one of its source: nothing of it is recorded. In a cluster only tables with a
    mapping are taken; all else its sources send to the topics.

    A source says only what it was granted (tender-monitor source add); all else goes to the quarantine. With
    --register whoever owns the data folder grants the sources of FILES what they say there, for the whole country.
    As long as nobody has decided on any source, their first use registers them in the same way.

    With --history nobody gets a notice of what the facts lead to; the supervisor of each place gets one
    summary, some minutes after the last of them.
    """
    settings = common.settings()
    configure_logs(settings.logs.form, "error")  # What was refused is told at the end, by line and column.
    asked = FileAsked(
        by=operator().name,
        format=FileFormat(format_name) if format_name else None,
        mapping=_mapping(mapping_file, {"encoding": encoding, "sheet": sheet, "header_row": header_row}),
        rejected=rejected,
        resume=resume,
        history=history,
        several=len(files) > 1 or any(file.suffix.lower() == ".zip" for file in files),
        delivery=_delivery(delivery, replaces, snapshot),
        accept=accept,
        closes=closes,
    )
    _check_deliveries(asked, files, checks=checks)
    if rejected and rejected.resolve() in [file.resolve() for file in files]:
        raise click.UsageError(f"--rejected {rejected}: this is the file to be read")
    if checks:
        sys.exit(_check_all(settings, files, asked, register=register, as_json=common.as_json))
    outcomes, held = asyncio.run(_ingest_all(settings, files, asked, register=register, as_json=common.as_json))
    if held:
        sys.exit(SOME_HELD)
    if not all(outcome.tally.complete for outcome in outcomes):
        sys.exit(SOME_REJECTED)


def _delivery(id: str | None, replaces: str | None, snapshot: tuple[str, str] | None) -> Asked:
    if replaces is not None and snapshot is not None:
        raise click.UsageError("--replaces and --snapshot: a snapshot replaces by its area and period")
    if snapshot is not None:
        area, period = TypeAdapter(Area), TypeAdapter(Period)
        try:
            snapshot = area.validate_python(snapshot[0]), period.validate_python(snapshot[1])
        except ValidationError as error:
            raise click.UsageError(f"--snapshot {' '.join(snapshot)}: {error.errors()[0]['msg']}") from None
    return Asked(id, replaces, snapshot)


def _check_deliveries(asked: FileAsked, files: Sequence[Path], *, checks: bool) -> None:
    """Only a table is a delivery, for its mapping says whose and of what kind it is."""
    if not checks and asked.delivery == Asked():
        return
    if asked.closes and asked.delivery.snapshot is None and asked.delivery.delivery_id is None:
        raise click.UsageError("--close: of a --snapshot, whose area and period it names")
    if asked.mapping is None or not all(map(can_be_read_twice, files)):
        raise click.UsageError("--check, --delivery, --replaces and --snapshot: for files with a --mapping only")
    if asked.several and asked.delivery != Asked():
        raise click.UsageError("--delivery, --replaces and --snapshot: for one file alone")


def _check_all(settings: Settings, files: Sequence[Path], asked: FileAsked, *, register: bool, as_json: bool) -> int:
    """Say what would come of ``files``; the exit code."""
    said, exit_code, language = [], 0, settings.language
    with opened(settings) as installation:
        for file in inputs(files):
            delivery = delivered(installation, file, asked)
            assert delivery is not None
            permitted = permitted_to(installation, delivery.file.mapping.source, decided=register)
            with _bar(file) as bar:
                checked = delivery.look_through(bar.update, permitted=permitted)
            out = out_of_bounds(checked, language)
            exit_code = max(exit_code, SOME_HELD if out else SOME_REJECTED if checked.found.rejected else 0)
            said.append({"file": str(file), **check_document(checked)})
            if not as_json:
                for line in check_lines(str(file), checked, delivery.file.mapping.column_names, language):
                    click.echo(line)
                click.echo(language.of(WOULD_BE_HELD).format(breaches=out) if out else language.of(WOULD_BE_TAKEN))
    if as_json:
        print_json(said)
    return exit_code


def _mapping(file: Path | None, instead: dict[str, str | int | None]) -> Mapped | None:
    """What stands on the command line goes before what stands in the mapping."""
    given = {key: value for key, value in instead.items() if value is not None}
    if file is not None:
        return load_mapping(file, **given)
    if given:
        named = ", ".join("--" + key.replace("_", "-") for key in given)
        raise click.UsageError(f"{named}: for tables only, which need --mapping")
    return None


async def _ingest_all(
    settings: Settings, files: Sequence[Path], asked: FileAsked, *, register: bool, as_json: bool
) -> tuple[list[Outcome], bool]:
    """What came of each file that was taken, and whether any was held."""
    outcomes: list[Outcome] = []
    held = False
    if asked.mapping is None or not all(map(can_be_read_twice, files)):
        check_one_machine(settings)  # Of a cluster, deliveries alone go by its topics; all else is sent by its source.
    with opened(settings) as installation:
        async with open_sender(settings, register=register) as sender:
            for file in inputs(files):
                try:
                    with _bar(file) as bar:
                        outcomes.append(await take_in(installation, sender, file, asked, bar))
                except Held as error:
                    held = True
                    _tell_held(file, error, asked, settings)
            if outcomes:
                # All is recorded; what the sender does at its end is to wait.
                report(outcomes, sender, settings.language, as_json=as_json)
    return outcomes, held


def _tell_held(file: InputFile, error: Held, asked: FileAsked, settings: Settings) -> None:
    columns, language = asked.mapping.column_names if asked.mapping else {}, settings.language
    for line in check_lines(str(file), error.checked, columns, language):
        click.echo(line, err=True)
    click.echo(language.of(HELD).format(breaches=out_of_bounds(error.checked, language)), err=True)


def _bar(file: InputFile) -> "tqdm[Any]":
    """On standard error, and only where somebody watches."""
    return tqdm(
        desc=name_of(file),
        unit="B",
        unit_scale=True,
        disable=None,
        file=sys.stderr,
    )
