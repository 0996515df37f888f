"""``ingest``: facts from files or standard input."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, Final, cast

import click
from tqdm import tqdm

from infra.command_line.facts_in.importing import Progress, import_records
from infra.command_line.facts_in.rejected_lines import RejectedLines
from infra.command_line.facts_in.rejected_table import table_name, write_rejected_table
from infra.command_line.facts_in.report import Outcome, report
from infra.command_line.facts_in.sender import Sender
from infra.command_line.facts_in.sending import open_sender
from infra.command_line.folder import DataFolder
from infra.command_line.options import Common, common_options
from infra.identity.keys import open_keys
from infra.identity.vault import Vault
from infra.logs import configure_logs
from infra.settings import Settings
from streams.importers.archives import InputFile, ZipMember
from streams.importers.header import TableForm
from streams.importers.history import marked
from streams.importers.inputs import FileFormat, format_of, inputs_of, open_input, open_stream
from streams.importers.mapping import Mapped, load_mapping
from streams.importers.record import BEGINNING, Source

STANDARD_INPUT: Final = Path("-")
SOME_REJECTED: Final = 3
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
) -> None:
    """Record the facts in FILES: NDJSON, tables with a mapping, OCDS releases; - is standard input.

    Tables are CSV, XLSX, XLS, ODS and Parquet. Names may end in .gz; of a .zip all files are read.
    What was recorded before counts as a duplicate and changes nothing.
    Exit code 3 when some lines were rejected; they are kept in a file, which is named. A cluster takes
    facts in by its topics instead.

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
    )
    if rejected and rejected.resolve() in [file.resolve() for file in files]:
        raise click.UsageError(f"--rejected {rejected}: this is the file to be read")
    outcomes = asyncio.run(_ingest_all(settings, files, asked, as_json=common.as_json))
    if not all(outcome.tally.complete for outcome in outcomes):
        sys.exit(SOME_REJECTED)


def _mapping(file: Path | None, instead: dict[str, str | int | None]) -> Mapped | None:
    """What stands on the command line goes before what stands in the mapping."""
    given = {key: value for key, value in instead.items() if value is not None}
    if file is not None:
        return load_mapping(file, **given)
    if given:
        named = ", ".join("--" + key.replace("_", "-") for key in given)
        raise click.UsageError(f"{named}: for tables only, which need --mapping")
    return None


async def _ingest_all(settings: Settings, files: Sequence[Path], asked: Asked, *, as_json: bool) -> list[Outcome]:
    async with open_sender(settings) as sender:
        outcomes = [
            await _ingest(settings, sender, each, asked)
            for file in files
            for each in (inputs_of(file) if _can_be_read_twice(file) else [file])
        ]
        report(
            outcomes, settings.language, as_json=as_json
        )  # All is recorded; what the sender does at its end is to wait.
    return outcomes


async def _ingest(settings: Settings, sender: Sender, file: InputFile, asked: Asked) -> Outcome:
    folder = DataFolder(settings.data)
    identity = _identity(file, asked)
    progress = _progress(folder, file, identity, asked)
    target = _rejected(asked, folder, f"{_name(file)}-{identity[:8]}")
    keep = progress.mark != BEGINNING or asked.rejected is not None
    if progress.rejected_from is None:
        progress.rejected_from = target.stat().st_size if keep and target.exists() else 0
    derive_id = Vault(open_keys(folder.keys)).digest
    with ExitStack() as closing:
        source = _open(file, asked, derive_id, progress, closing)
        rejected = RejectedLines(target, keep=keep, form=source.form)
        closing.callback(rejected.close)
        source = marked(source) if asked.history else source
        bar = closing.enter_context(_bar(file, source, progress))
        await import_records(source, sender, progress, rejected, bar.update)
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
    return Outcome(str(file), progress.tally, kept, tuple(rejected.first), columns, *told, source.form, table)


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


def _open(
    file: InputFile, asked: Asked, derive_id: Callable[[bytes], str], progress: Progress, closing: ExitStack
) -> Source:
    if file == STANDARD_INPUT:
        format = asked.format or FileFormat.NDJSON
        return open_stream(sys.stdin.buffer, format, mapping=asked.mapping, derive_id=derive_id)
    format = asked.format or format_of(file)
    return open_input(file, format, mapping=asked.mapping, derive_id=derive_id, closing=closing, after=progress.mark)


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


def _bar(file: InputFile, source: Source, progress: Progress) -> "tqdm[Any]":
    """On standard error, and only where somebody watches."""
    return tqdm(
        desc=_name(file),
        total=source.total,
        initial=progress.mark.end,
        unit=source.unit,
        unit_scale=True,
        disable=None,
        file=sys.stderr,
    )
