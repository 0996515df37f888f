"""``audit``: is the record what was recorded, from the first position to the last?"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from tqdm import tqdm

from infra.command_line.folder import DataFolder
from infra.command_line.node import opened
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json
from infra.command_line.reading import check_recorded
from infra.installation import Installation
from infra.transparency.audit import Audit, Audited
from infra.transparency.notes import VerifierKey
from infra.transparency.tampered import Tampered
from streams.rebuild import Differs

_FOUND_WRONG: Final = 1


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
    """Walk ledger, tiles, checkpoints and batches, then derive all tables again and compare.

    Exit code 1 where something does not fit, naming the first position. A log written anew as a
    whole, by somebody who has its key, is told only by a checkpoint kept outside or countersigned.
    """
    settings = common.settings()
    check_recorded(settings)
    published = {str(file): file.read_text(encoding="utf-8") for file in checkpoints}
    with _folder(DataFolder(settings.data), held=not log_only), opened(settings) as installation:
        try:
            found = _walk(installation, published)
            if not log_only:
                installation.rebuild()
        except Tampered as error:
            _say_wrong(common, error.position, error.what)
        except Differs as error:
            _say_wrong(common, None, str(error))
    _say_right(common, found, tables=not log_only)


@contextmanager
def _folder(folder: DataFolder, *, held: bool) -> Iterator[None]:
    """Nothing may write while tables are compared."""
    if not held:
        yield
        return
    with folder.held():
        yield


def _walk(installation: Installation, published: dict[str, str]) -> Audited:
    witnesses = [VerifierKey.parse(witness.vkey) for witness in installation.settings.transparency.witnesses]
    key = installation.log_identity.verifier()
    with installation.database.read() as connection, _progress(installation.recorder.last_position(connection)) as show:
        return Audit(connection, key, witnesses=witnesses, published=published).run(show)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    with tqdm(total=total, unit=" entries", unit_scale=True, disable=None, file=sys.stderr) as bar:

        def show(done: int) -> None:
            bar.update(done - bar.n)

        yield show


def _say_wrong(common: Common, position: int | None, what: str) -> None:
    if common.as_json:
        print_json({"whole": False, "position": position, "what": what})
    else:
        click.echo(f"position {position}: {what}" if position is not None else what)
    sys.exit(_FOUND_WRONG)


def _say_right(common: Common, found: Audited, *, tables: bool) -> None:
    if common.as_json:
        print_json(
            {
                "whole": True,
                "entries": found.entries,
                "checkpoints": found.checkpoints,
                "cosigned": found.cosigned,
                "tables": tables,
            }
        )
        return
    click.echo(f"{found.entries:,} entries and {found.checkpoints:,} checkpoints are as they were signed")
    if tables:
        click.echo("all derived tables are what the entries lead to")
    if found.cosigned:
        click.echo(f"up to position {found.cosigned:,} a witness vouches for it")
    else:
        click.echo("no witness vouches for it: only a checkpoint kept outside (--checkpoint) rules out another history")
