"""``audit``: is the record what was recorded, from the first position to the last?"""

import sys
from collections.abc import Callable, Iterator, Sequence
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
from infra.settings import Settings
from infra.transparency.audit import Audit, Audited
from infra.transparency.checkpoint import parse_checkpoint
from infra.transparency.notes import VerifierKey, parse_note
from infra.transparency.tampered import Tampered
from streams.shard.rebuild import Differs

_FOUND_WRONG: Final = 1


@dataclass(frozen=True, slots=True)
class _Whole:
    audited: Audited
    tables: bool

    def document(self) -> dict[str, Any]:
        return {"whole": True, **asdict(self.audited), "tables": self.tables}

    def lines(self) -> Iterator[str]:
        found = self.audited
        yield f"{found.entries:,} entries and {found.checkpoints:,} checkpoints are as they were signed"
        if self.tables:
            yield "all derived tables are what the entries lead to"
        if found.cosigned:
            yield f"up to position {found.cosigned:,} a witness vouches for it"
        else:
            yield "no witness vouches for it: only a checkpoint kept outside (--checkpoint) rules out another history"


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
    key, is told only by a checkpoint kept outside or countersigned.
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
            found = _walk(shard, installation, published)
            if tables:
                installation.rebuild()
    except Tampered as error:
        return _Wrong(error.position, error.what)
    except Differs as error:
        return _Wrong(None, str(error))
    return _Whole(found, tables)


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
