"""``backup``: the database as of one moment, checked, in a folder that can be put back."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from infra.backup.drill import Drill, drill
from infra.backup.making import make_backup
from infra.backup.manifest import Manifest, read
from infra.backup.series import DatedCopy, Kept, add_copy, chosen
from infra.command_line.evidence import check_recorded
from infra.command_line.options import Common, Moment, telling_options
from infra.command_line.output import print_json
from infra.command_line.running.synthetic import marked
from infra.settings import Settings

_FOLDER = click.Path(file_okay=False, path_type=Path)
_THERE = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("folder", type=_FOLDER, required=False)
@click.option("--series", type=_FOLDER, help="A folder of dated backups to add one to. Default: backup.series.")
@click.option("--keep-days", type=click.IntRange(min=1), help="Keep every backup of so many days (backup.keep_days).")
@click.option(
    "--keep-monthly", type=click.IntRange(min=0), help="Keep one backup of so many months (backup.keep_months)."
)
@click.option("--with-keys", is_flag=True, help="Copy the keys too: whoever has both can read who the people are.")
@click.option("--verify", is_flag=True, help="Make none: put one back in a scratch place and audit it there.")
@click.option("--at", type=Moment(), help="With --verify: the newest backup of the series at or before this moment.")
@click.option("--keys", type=_THERE, help="With --verify: the folder with the keys. Default: those of the data folder.")
@click.option("--scratch", type=_THERE, help="With --verify: where the scratch folder is made. Default: TMPDIR.")
@telling_options
def backup(
    common: Common,
    folder: Path | None,
    series: Path | None,
    keep_days: int | None,
    keep_monthly: int | None,
    *,
    with_keys: bool,
    verify: bool,
    at: datetime | None,
    keys: Path | None,
    scratch: Path | None,
) -> None:
    """Copy the database into FOLDER, or into a series of dated backups.

    FOLDER is new or empty. A server may go on writing meanwhile. Without its keys a backup cannot be put back: keep
    those of the data folder somewhere else.
    """
    settings = marked(common.settings())
    if folder is not None and series is not None:
        raise click.UsageError("give either FOLDER or --series")
    where = folder or series or settings.backup.series
    if where is None:
        raise click.UsageError("give FOLDER or --series, or name a folder in the settings (backup.series)")
    if verify:
        _verify(common, settings, chosen(where, at), keys=keys, scratch=scratch)
        return
    if at is not None or keys is not None or scratch is not None:
        raise click.UsageError("--at, --keys and --scratch go with --verify")
    check_recorded(settings)
    if folder is not None:
        _tell(common, settings, folder, make_backup(settings, folder, with_keys=with_keys), with_keys=with_keys)
        return
    kept = Kept(
        settings.backup.keep_days if keep_days is None else keep_days,
        settings.backup.keep_months if keep_monthly is None else keep_monthly,
    )
    made, removed = add_copy(where, lambda new: make_backup(settings, new, with_keys=with_keys), kept=kept)
    _tell(common, settings, made.folder, read(made.folder), with_keys=with_keys, removed=removed)


def _tell(
    common: Common,
    settings: Settings,
    folder: Path,
    made: Manifest,
    *,
    with_keys: bool,
    removed: Sequence[DatedCopy] = (),
) -> None:
    entries = sum(made.entries.values())
    if common.as_json:
        gone = [str(each.folder) for each in removed]
        said = {"folder": str(folder), "entries": entries, "made_at": made.made_at, "keys": with_keys}
        print_json({**said, "removed": gone})
        return
    click.echo(f"{entries:,} entries backed up and checked in {folder}")
    for each in removed:
        click.echo(f"removed, as older than is kept: {each.folder}")
    if not with_keys:
        click.echo(f"the keys in {settings.data / 'keys'} are not in it: keep a copy of them apart", err=True)


def _verify(common: Common, settings: Settings, copy: Path, *, keys: Path | None, scratch: Path | None) -> None:
    own = None if (copy / "keys").exists() else settings.data / "keys"
    found = drill(settings, copy, keys=keys or own, scratch=scratch)
    entries = sum(found.manifest.entries.values())
    if common.as_json:
        print_json(_document(copy, found, entries))
        return
    made_at = common.times(settings).second(found.manifest.made_at)
    click.echo(
        f"{copy}: {entries:,} entries of {made_at} were put back in {found.restored_seconds:.1f} s and are whole"
    )
    click.echo(f"{found.checkpoints:,} checkpoints and all derived tables fit; the scratch place is removed")


def _document(copy: Path, found: Drill, entries: int) -> dict[str, object]:
    return {
        "folder": str(copy),
        "whole": True,
        "entries": entries,
        "checkpoints": found.checkpoints,
        "made_at": found.manifest.made_at,
        "restored_seconds": round(found.restored_seconds, 3),
        "seconds": round(found.seconds, 3),
    }
