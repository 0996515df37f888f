"""``audit``: is the record what was recorded, from the first position to the last?"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import click
from tqdm import tqdm

from infra.command_line.evidence import check_recorded
from infra.command_line.options import Common, common_options
from infra.command_line.shards import called, each_shard, folder_to_ourselves, print_shards
from infra.installation import Installation
from infra.rebuilding import Rebuilding
from infra.settings import Settings
from infra.transparency.audit import Audit, Audited
from infra.transparency.beside import OUTSIDE, SUMMED
from infra.transparency.checkpoint import parse_checkpoint
from infra.transparency.notes import VerifierKey, parse_note
from infra.transparency.tampered import Tampered
from streams.shard.rebuild import Differs

_FOUND_WRONG: Final = 1


@dataclass(frozen=True, slots=True)
class _Whole:
    """``outside``: where checkpoints were put that the record was held against; None where there is no such place."""

    audited: Audited
    tables: bool
    outside: str | None

    def document(self) -> dict[str, Any]:
        return {"whole": True, **asdict(self.audited), "tables": self.tables, "outside": self.outside}

    def lines(self) -> Iterator[str]:
        found = self.audited
        yield f"{found.entries:,} entries and {found.checkpoints:,} checkpoints are as they were signed"
        if self.tables:
            yield "all derived tables are what the entries lead to"
        yield from self._beside()
        if found.cosigned:
            yield f"up to position {found.cosigned:,} a witness vouches for it"
        if self.outside is not None:
            yield f"it leads on from the checkpoints put outside the database: {self.outside}"
        elif not found.cosigned:
            yield (
                "no place outside the database has its checkpoints (checkpoint.sink, a witness, --checkpoint): "
                "an older copy, or another history signed with its key, would look the same"
            )

    def _beside(self) -> Iterator[str]:
        if self.audited.unbound is None:
            yield "the tables beside the ledger are not bound by a checkpoint yet: an older version wrote the last one"
        else:
            tables = ", ".join(table.name for table in SUMMED)
            yield f"beside the ledger all is as it was written: {tables}"
            if self.audited.unbound:
                yield f"{self.audited.unbound:,} changes there are newer than the newest checkpoint, and not bound yet"
        yield f"not looked at, as no part of the record: {', '.join(OUTSIDE)}"


@dataclass(frozen=True, slots=True)
class _Wrong:
    position: int | None
    what: str

    def document(self) -> dict[str, Any]:
        return {"whole": False, "position": self.position, "what": self.what}

    def lines(self) -> Iterator[str]:
        yield f"position {self.position}: {self.what}" if self.position is not None else self.what


_Found = _Whole | _Wrong


@click.command()
@click.option("--log-only", is_flag=True, help="Leave out the derived tables; possible while a server runs.")
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint kept outside, that the log must still lead to; may be given several times.",
)
@common_options
def audit(common: Common, log_only: bool, checkpoints: tuple[Path, ...]) -> None:
    """Walk ledger, tiles, checkpoints and batches, then derive all tables again and compare; of every shard.

    Exit code 1 where something does not fit, naming the first position; 2 where tables cannot be
    compared because a server writes them. A log written anew as a whole, by somebody who has its
    key, is told only by a checkpoint kept outside or countersigned; it says whether there is one.
    """
    settings = common.settings()
    check_recorded(settings)
    published = _published(settings, checkpoints)
    with nullcontext() if log_only else folder_to_ourselves(settings):
        found = [
            (shard, _audited(shard, installation, published.get(shard, {}), tables=not log_only))
            for shard, installation in each_shard(settings)
        ]
    _report(common, found)


def _published(settings: Settings, files: Sequence[Path]) -> dict[int | None, dict[str, str]]:
    """Which checkpoint is held against which shard's log, by the name of the log."""
    notes = {str(file): file.read_text(encoding="utf-8") for file in files}
    if not settings.kafka.brokers or not notes:
        return {None: notes}
    named = {each.log_identity.verifier().name: shard for shard, each in each_shard(settings)}
    published: dict[int | None, dict[str, str]] = {}
    for file, note in notes.items():
        origin = parse_checkpoint(parse_note(note).text).origin
        if origin not in named:
            raise click.UsageError(f"{file} is a checkpoint of {origin}, which is the log of none of the shards")
        published.setdefault(named[origin], {})[file] = note
    return published


def _audited(shard: int | None, installation: Installation, published: dict[str, str], *, tables: bool) -> _Found:
    """Log and tables as of one moment."""
    try:
        with installation.database.read():
            outside = {**_put_outside(installation), **published}
            found = _walk(shard, installation, outside)
            if tables:
                Rebuilding(installation).rebuild()
    except Tampered as error:
        return _Wrong(error.position, error.what)
    except Differs as error:
        return _Wrong(None, str(error))
    return _Whole(found, tables, ", ".join(_places(installation, published)) or None)


def _put_outside(installation: Installation) -> dict[str, str]:
    """The checkpoints in the sink of the settings, each by a name for it."""
    sink, where = installation.sink, installation.settings.checkpoint.sink
    if sink is None:
        return {}
    notes = sink.notes(installation.log_identity.verifier().name)
    return {f"{where}, number {number}": note for number, note in enumerate(notes, 1)}


def _places(installation: Installation, published: Mapping[str, str]) -> Iterator[str]:
    if _put_outside(installation):
        yield str(installation.settings.checkpoint.sink)
    yield from published


def check_log(shard: int | None, installation: Installation) -> str | None:
    """Where the checkpoints are that the log leads on from; raises Tampered where it is not whole.

    What stands beside the ledger is no matter of who derives tables from it.
    """
    try:
        _walk(shard, installation, _put_outside(installation))
    except Tampered as error:
        if error.position is not None:
            raise
    return ", ".join(_places(installation, {})) or None


def _walk(shard: int | None, installation: Installation, published: dict[str, str]) -> Audited:
    witnesses = [VerifierKey.parse(witness.vkey) for witness in installation.settings.transparency.witnesses]
    key = installation.log_identity.verifier()
    with installation.database.read() as connection:
        total = installation.recorder.last_position(connection)
        with _progress(called(shard), total) as show:
            return Audit(connection, key, witnesses=witnesses, published=published).run(show)


@contextmanager
def _progress(about: str, total: int) -> Iterator[Callable[[int], None]]:
    with tqdm(desc=about or None, total=total, unit=" entries", unit_scale=True, disable=None, file=sys.stderr) as bar:

        def show(done: int) -> None:
            bar.update(done - bar.n)

        yield show


def _report(common: Common, found: Sequence[tuple[int | None, _Found]]) -> None:
    if common.as_json:
        print_shards([(shard, each.document()) for shard, each in found])
    else:
        for shard, each in found:
            for line in each.lines():
                click.echo(called(shard) + line)
    if any(isinstance(each, _Wrong) for _, each in found):
        sys.exit(_FOUND_WRONG)
