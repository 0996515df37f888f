"""``ingest``: facts from files or standard input."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, Final, cast

import click
from pydantic import TypeAdapter, ValidationError
from tqdm import tqdm

from domain.facts.deliveries import Area, Period
from infra.command_line.facts_in.check_report import check_lines, out_of_bounds
from infra.command_line.facts_in.delivering import Delivered, DeliveringSender, counts, handed_over
from infra.command_line.facts_in.importing import Progress, Tally, import_records
from infra.command_line.facts_in.rejected_lines import RejectedLines
from infra.command_line.facts_in.rejected_table import table_name, write_rejected_table
from infra.command_line.facts_in.report import Outcome, report
from infra.command_line.facts_in.sender import DeliverySender
from infra.command_line.facts_in.sending import open_sender
from infra.command_line.folder import DataFolder
from infra.command_line.opening import check_one_machine, opened
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json
from infra.deliveries.beginning import Asked as AskedDelivery
from infra.deliveries.checking import Held
from infra.deliveries.taking import Delivering
from infra.documents.deliveries import check_document
from infra.identity.keys import open_keys
from infra.identity.vault import Vault
from infra.installation import Installation
from infra.logs import configure_logs
from infra.settings import Settings
from infra.texts.deliveries import HELD, WOULD_BE_HELD, WOULD_BE_TAKEN
from streams.importers.archives import InputFile, ZipMember
from streams.importers.header import TableForm
from streams.importers.history import marked
from streams.importers.inputs import FileFormat, format_of, inputs_of, open_input, open_stream
from streams.importers.mapping import Mapped, load_mapping
from streams.importers.record import BEGINNING, Mark, Source

STANDARD_INPUT: Final = Path("-")
SOME_REJECTED: Final = 3
SOME_HELD: Final = 4
_TABLES: Final = (".csv", ".xlsx")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asked for, of every file."""

    format: FileFormat | None
    mapping: Mapped | None
    rejected: Path | None
    resume: bool
    history: bool
    several: bool
    delivery: AskedDelivery
    accept: bool
    closes: bool


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
) -> None:
    """Record the facts in FILES: NDJSON, tables with a mapping, OCDS releases; - is standard input.

    Tables are CSV, XLSX, XLS, ODS and Parquet. Names may end in .gz; of a .zip all files are read.
    What was recorded before counts as a duplicate and changes nothing.
    Exit code 3 when some lines were rejected; they are kept in a file, which is named. Exit code 4 when a table
    differs too much from the last one of its source: nothing of it is recorded. A cluster takes facts in by its
    topics instead.

    With --history nobody gets a notice of what the facts lead to; the supervisor of each place gets one
    summary, some minutes after the last of them.
    """
    settings = common.settings()
    configure_logs(settings.logs.form, "error")  # What was refused is told at the end, by line and column.
    asked = Asked(
        FileFormat(format_name) if format_name else None,
        _mapping(mapping_file, {"encoding": encoding, "sheet": sheet, "header_row": header_row}),
        rejected,
        resume,
        history,
        len(files) > 1 or any(file.suffix.lower() == ".zip" for file in files),
        _delivery(delivery, replaces, snapshot),
        accept,
        closes,
    )
    _check_deliveries(asked, files, checks=checks)
    if rejected and rejected.resolve() in [file.resolve() for file in files]:
        raise click.UsageError(f"--rejected {rejected}: this is the file to be read")
    if checks:
        sys.exit(_check_all(settings, files, asked, as_json=common.as_json))
    outcomes, held = asyncio.run(_ingest_all(settings, files, asked, as_json=common.as_json))
    if held:
        sys.exit(SOME_HELD)
    if not all(outcome.tally.complete for outcome in outcomes):
        sys.exit(SOME_REJECTED)


def _delivery(id: str | None, replaces: str | None, snapshot: tuple[str, str] | None) -> AskedDelivery:
    if replaces is not None and snapshot is not None:
        raise click.UsageError("--replaces and --snapshot: a snapshot replaces by its area and period")
    if snapshot is not None:
        area, period = TypeAdapter(Area), TypeAdapter(Period)
        try:
            snapshot = area.validate_python(snapshot[0]), period.validate_python(snapshot[1])
        except ValidationError as error:
            raise click.UsageError(f"--snapshot {' '.join(snapshot)}: {error.errors()[0]['msg']}") from None
    return AskedDelivery(id, replaces, snapshot)


def _check_deliveries(asked: Asked, files: Sequence[Path], *, checks: bool) -> None:
    """Only a table is a delivery, for its mapping says whose and of what kind it is."""
    if not checks and asked.delivery == AskedDelivery():
        return
    if asked.closes and asked.delivery.snapshot is None and asked.delivery.delivery_id is None:
        raise click.UsageError("--close: of a --snapshot, whose area and period it names")
    if asked.mapping is None or not all(map(_can_be_read_twice, files)):
        raise click.UsageError("--check, --delivery, --replaces and --snapshot: for files with a --mapping only")
    if asked.several and asked.delivery != AskedDelivery():
        raise click.UsageError("--delivery, --replaces and --snapshot: for one file alone")


def _check_all(settings: Settings, files: Sequence[Path], asked: Asked, *, as_json: bool) -> int:
    """Say what would come of ``files``; the exit code."""
    said, exit_code, language = [], 0, settings.language
    with opened(settings) as installation:
        for file in _inputs(files):
            delivered = _delivered(installation, DataFolder(settings.data), file, asked)
            assert delivered is not None
            with _bar(file, None, Progress(None)) as bar:
                checked = delivered.look_through(bar.update)
            out = out_of_bounds(checked, language)
            exit_code = max(exit_code, SOME_HELD if out else SOME_REJECTED if checked.found.rejected else 0)
            said.append({"file": str(file), **check_document(checked)})
            if not as_json:
                for line in check_lines(str(file), checked, delivered.file.mapping.column_names, language):
                    click.echo(line)
                click.echo(language.of(WOULD_BE_HELD).format(breaches=out) if out else language.of(WOULD_BE_TAKEN))
    if as_json:
        print_json(said)
    return exit_code


def _delivered(installation: Installation, folder: DataFolder, file: InputFile, asked: Asked) -> Delivered | None:
    """The file as a delivery; None where it is none."""
    if asked.mapping is None or not _can_be_read_twice(file):
        return None
    derive_id = Vault(open_keys(folder.keys)).digest

    def open_from_beginning(closing: ExitStack) -> Source:
        return _open(file, asked, derive_id, BEGINNING, closing)

    whole = handed_over(file, asked.mapping, _content_digest(file))
    return Delivered(installation, whole, asked.delivery, open_from_beginning)


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
    settings: Settings, files: Sequence[Path], asked: Asked, *, as_json: bool
) -> tuple[list[Outcome], bool]:
    """What came of each file that was taken, and whether any was held."""
    outcomes: list[Outcome] = []
    held = False
    check_one_machine(settings)
    with opened(settings) as installation:
        async with open_sender(settings) as sender:
            for file in _inputs(files):
                try:
                    outcomes.append(await _ingest(settings, installation, sender, file, asked))
                except Held as error:
                    held = True
                    _tell_held(file, error, asked, settings)
            if outcomes:
                # All is recorded; what the sender does at its end is to wait.
                report(outcomes, settings.language, as_json=as_json)
    return outcomes, held


def _inputs(files: Sequence[Path]) -> Iterator[InputFile]:
    """Of a zip file those in it."""
    for file in files:
        yield from inputs_of(file) if _can_be_read_twice(file) else [file]


def _tell_held(file: InputFile, error: Held, asked: Asked, settings: Settings) -> None:
    columns, language = asked.mapping.column_names if asked.mapping else {}, settings.language
    for line in check_lines(str(file), error.checked, columns, language):
        click.echo(line, err=True)
    click.echo(language.of(HELD).format(breaches=out_of_bounds(error.checked, language)), err=True)


async def _ingest(
    settings: Settings, installation: Installation, sender: DeliverySender, file: InputFile, asked: Asked
) -> Outcome:
    folder = DataFolder(settings.data)
    identity = _identity(file, asked)
    progress = _progress(folder, file, identity, asked)
    delivered = _delivered(installation, folder, file, asked)
    with ExitStack() as closing:
        bar = closing.enter_context(_bar(file, None, progress))
        delivering = None
        if delivered is not None:
            delivering = await delivered.taking(
                bar.update, accept=asked.accept, history=asked.history, closes=asked.closes
            )
            await delivering.begin(DeliveringSender(sender))
        accepted_before = _set_out(progress, delivering)
        target = _rejected(asked, folder, f"{_name(file)}-{identity[:8]}")
        keep = progress.mark != BEGINNING or asked.rejected is not None
        if progress.rejected_from is None:
            progress.rejected_from = target.stat().st_size if keep and target.exists() else 0
        derive_id = Vault(open_keys(folder.keys)).digest
        source = _open(file, asked, derive_id, BEGINNING if delivering else progress.mark, closing)
        rejected = RejectedLines(target, keep=keep, form=source.form)
        closing.callback(rejected.close)
        if delivering is not None:
            source = delivering.records(source, done=progress.tally.records)
        source = marked(source) if asked.history else source
        bar.reset(source.total)
        bar.update(progress.mark.end)
        delivery_id = delivering.delivery_id if delivering else None
        await import_records(source, sender, progress, rejected, bar.update, delivery_id=delivery_id)
        taken = None
        if delivering is not None:
            counted = counts(progress.tally, delivering, accepted_before)
            taken = await delivering.finish(DeliveringSender(sender), installation, counted)
            progress.tally.duplicates = taken.duplicates
    columns = asked.mapping.column_names if asked.mapping else {}
    kept = None if progress.tally.complete else target
    table = _rejected_table(asked, file, target, source.form) if kept and source.form else None
    if (
        table
        and source.form
        and not write_rejected_table(
            table, target, progress.rejected_from, source.form, columns=columns, language=settings.language
        )
    ):
        table = None
    progress.finish()
    told = tuple(progress.verdicts), progress.bids
    replaces = delivering is not None and delivering.start.scope is not None
    return Outcome(
        str(file), progress.tally, kept, tuple(rejected.first), columns, *told, source.form, table, taken, replaces
    )


def _set_out(progress: Progress, delivering: Delivering | None) -> int:
    """Where a file begins anew: one that was looked through, and one whose delivery is there and whole.

    Returns how many rows an earlier try of the same delivery recorded.
    """
    if delivering is None or (delivering.checked is None and delivering.start.part is not None):
        return 0
    before = progress.tally.accepted if delivering.start.part is not None else 0
    progress.mark, progress.tally = BEGINNING, Tally()
    return before


def _rejected(asked: Asked, folder: DataFolder, name: str) -> Path:
    """The file for programs. Who asks for a table finds it there, and this one beside it."""
    if asked.rejected is None:
        return folder.rejected / f"{name}.ndjson"
    is_table = asked.rejected.suffix.lower() in _TABLES
    return asked.rejected.with_suffix(".ndjson") if is_table else asked.rejected


def _rejected_table(asked: Asked, file: InputFile, lines: Path, form: TableForm) -> Path:
    """The file for people. Of several files each has its own; none has the name that the table itself may have."""
    named = asked.rejected or lines
    own = f".{_name(file)}" if asked.several else ""
    is_table = named.suffix.lower() in _TABLES
    return table_name(named.with_name(named.stem + own + ("" if is_table else ".rows")), form)


def _open(file: InputFile, asked: Asked, derive_id: Callable[[bytes], str], after: Mark, closing: ExitStack) -> Source:
    if file == STANDARD_INPUT:
        format = asked.format or FileFormat.NDJSON
        return open_stream(sys.stdin.buffer, format, mapping=asked.mapping, derive_id=derive_id)
    format = asked.format or format_of(file)
    return open_input(file, format, mapping=asked.mapping, derive_id=derive_id, closing=closing, after=after)


def _progress(folder: DataFolder, file: InputFile, identity: str, asked: Asked) -> Progress:
    if not _can_be_read_twice(file):
        return Progress(None)
    kept = folder.imports / f"{identity}.json"
    return Progress.kept_in(kept) if asked.resume else Progress(kept)


def _identity(file: InputFile, asked: Asked) -> str:
    """The same only for the same content, read in the same way."""
    place = (file.archive.resolve(), file.place) if isinstance(file, ZipMember) else file.resolve()
    parts: tuple[object, ...] = (place, _content_digest(file), asked.format, asked.mapping)
    if asked.history:
        parts = (*parts, "history")
    if asked.delivery != AskedDelivery():
        parts = (*parts, asked.delivery)
    return sha256(repr(parts).encode()).hexdigest()


def _content_digest(file: InputFile) -> str:
    """Size and time would not do: a file may be replaced by another of both, and a part of it never be read."""
    if not _can_be_read_twice(file):
        return ""
    with file.open_bytes() if isinstance(file, ZipMember) else file.open("rb") as content:
        return file_digest(cast(Any, content), "sha256").hexdigest()


def _can_be_read_twice(file: InputFile) -> bool:
    """Standard input and pipes cannot."""
    return isinstance(file, ZipMember) or (file != STANDARD_INPUT and file.is_file())


def _name(file: InputFile) -> str:
    return "standard-input" if file == STANDARD_INPUT else file.name


def _bar(file: InputFile, source: Source | None, progress: Progress) -> "tqdm[Any]":
    """On standard error, and only where somebody watches."""
    return tqdm(
        desc=_name(file),
        total=source.total if source else None,
        initial=progress.mark.end,
        unit=source.unit if source else "B",
        unit_scale=True,
        disable=None,
        file=sys.stderr,
    )
