"""A file on its way in, from its check to what became of it; whoever is killed goes on by taking it again."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Protocol

from infra.deliveries.beginning import HandedOver
from infra.deliveries.delivering import Delivered, DeliveringSender, counts, shown_name
from infra.deliveries.files import FileAsked, can_be_read_twice, content_digest, identity, name_of, open_file
from infra.deliveries.importing import Progress, Tally, import_records
from infra.deliveries.outcome import Outcome
from infra.deliveries.rejected_lines import RejectedLines
from infra.deliveries.rejected_table import table_name, write_rejected_table
from infra.deliveries.sender import DeliverySender
from infra.deliveries.taking import Delivering
from infra.installation import Installation
from streams.importers.archives import InputFile
from streams.importers.header import TableForm
from streams.importers.history import marked
from streams.importers.record import BEGINNING, Source

_REJECTED_FOLDER: Final = "rejected"
_IMPORTS_FOLDER: Final = "imports"
_TABLES: Final = (".csv", ".xlsx")


class Bar(Protocol):
    """Shows how far a file is."""

    def update(self, done: int) -> Any: ...

    def reset(self, total: int | None) -> Any: ...


def rejected_folder(installation: Installation) -> Path:
    """Where rejected lines go: as personal as the input."""
    return installation.settings.data / _REJECTED_FOLDER


def delivered(installation: Installation, file: InputFile, asked: FileAsked) -> Delivered | None:
    """The file as a delivery; None where it is none."""
    if asked.mapping is None or not can_be_read_twice(file):
        return None

    def open_from_beginning(closing: ExitStack) -> Source:
        return open_file(file, asked, installation.vault.digest, BEGINNING, closing)

    whole = HandedOver(shown_name(file), content_digest(file), asked.mapping, asked.by)
    return Delivered(installation, whole, asked.delivery, open_from_beginning)


async def take_in(
    installation: Installation, sender: DeliverySender, file: InputFile, asked: FileAsked, bar: Bar
) -> Outcome:
    """Record what ``file`` holds. Raises Held, NoSuchDelivery, and UnusableInput where it cannot be read."""
    known_as = identity(file, asked)
    progress = _progress(installation, file, known_as, asked)
    delivery = delivered(installation, file, asked)
    delivering = None
    if delivery is not None:
        delivering = await delivery.taking(bar.update, asked)
        await delivering.begin(DeliveringSender(sender))
    accepted_before = _set_out(progress, delivering)
    lines = _lines(asked, rejected_folder(installation), f"{name_of(file)}-{known_as[:8]}")
    keep = progress.mark != BEGINNING or asked.rejected is not None
    if progress.rejected_from is None:
        progress.rejected_from = lines.stat().st_size if keep and lines.exists() else 0
    with ExitStack() as closing:
        after = BEGINNING if delivering else progress.mark
        source = open_file(file, asked, installation.vault.digest, after, closing)
        rejected = RejectedLines(lines, keep=keep, form=source.form)
        closing.callback(rejected.close)
        await _send(source, sender, progress, rejected, bar, delivering, asked)
    taken = None
    if delivering is not None:
        counted = counts(progress.tally, delivering, accepted_before)
        taken = await delivering.finish(DeliveringSender(sender), installation, counted)
        progress.tally.accepted, progress.tally.duplicates = taken.accepted, taken.duplicates
    kept = None if progress.tally.complete else lines
    table = _write_table(installation, file, asked, kept, source.form, progress.rejected_from) if kept else None
    progress.finish()
    return Outcome(
        str(file),
        progress.tally,
        kept,
        tuple(rejected.first),
        asked.mapping.column_names if asked.mapping else {},
        tuple(progress.verdicts),
        progress.bids,
        source.form,
        table,
        taken,
        replaces=delivering is not None and delivering.start.scope is not None,
    )


async def _send(
    source: Source,
    sender: DeliverySender,
    progress: Progress,
    rejected: RejectedLines,
    bar: Bar,
    delivering: Delivering | None,
    asked: FileAsked,
) -> None:
    if delivering is not None:
        source = delivering.records(source, done=progress.tally.records)
    source = marked(source) if asked.history else source
    bar.reset(source.total)
    bar.update(progress.mark.end)
    delivery_id = delivering.delivery_id if delivering else None
    await import_records(source, sender, progress, rejected, bar.update, delivery_id=delivery_id)


def _progress(installation: Installation, file: InputFile, known_as: str, asked: FileAsked) -> Progress:
    if not can_be_read_twice(file):
        return Progress(None)
    kept = installation.settings.data / _IMPORTS_FOLDER / f"{known_as}.json"
    return Progress.kept_in(kept) if asked.resume else Progress(kept)


def _set_out(progress: Progress, delivering: Delivering | None) -> int:
    """Where a file begins anew: one that was looked through, and one whose delivery is there and whole.

    Returns how many rows an earlier try of the same delivery recorded.
    """
    if delivering is None or (delivering.checked is None and delivering.start.part is not None):
        return 0
    before = progress.tally.accepted if delivering.start.part is not None else 0
    progress.mark, progress.tally = BEGINNING, Tally()
    return before


def _lines(asked: FileAsked, folder: Path, name: str) -> Path:
    """The file for programs. Who asks for a table finds it there, and this one beside it."""
    if asked.rejected is None:
        return folder / f"{name}.ndjson"
    is_table = asked.rejected.suffix.lower() in _TABLES
    return asked.rejected.with_suffix(".ndjson") if is_table else asked.rejected


def _write_table(
    installation: Installation, file: InputFile, asked: FileAsked, lines: Path, form: TableForm | None, start: int
) -> Path | None:
    """The file for people; None where there is none. Of several files each has its own, with a name of its own."""
    if form is None:
        return None
    named = asked.rejected or lines
    own = f".{name_of(file)}" if asked.several else ""
    is_table = named.suffix.lower() in _TABLES
    table = table_name(named.with_name(named.stem + own + ("" if is_table else ".rows")), form)
    columns, language = asked.mapping.column_names if asked.mapping else {}, installation.settings.language
    together = asked.mapping is not None and asked.mapping.together is not None
    written = write_rejected_table(table, lines, start, form, columns=columns, language=language, together=together)
    return table if written else None
