"""``restore``: a backup put back where nothing is, once it has been checked."""

from datetime import datetime
from pathlib import Path

import click

from infra.backup.making import restore as put_back
from infra.backup.series import chosen
from infra.command_line.folder import DataFolder
from infra.command_line.options import Common, Moment, telling_options
from infra.command_line.output import print_json


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--keys",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder with the keys, where they are not in the backup.",
)
@click.option("--at", type=Moment(), help="Of a series: the newest backup made at or before this moment.")
@telling_options
def restore(common: Common, folder: Path, keys: Path | None, at: datetime | None) -> None:
    """Put the backup in FOLDER back into an empty data folder, or an empty PostgreSQL database.

    Where FOLDER is a series of dated backups, the newest one is put back.

    What was recorded after the backup is not in it: let the sources send it again.
    """
    settings = common.settings()
    copy = chosen(folder, at)
    with DataFolder(settings.data).held():
        made = put_back(settings, copy, keys=keys)
    entries = sum(made.entries.values())
    if common.as_json:
        print_json({"data": str(settings.data), "entries": entries, "made_at": made.made_at})
    else:
        made_at = common.times(settings).second(made.made_at)
        click.echo(f"{entries:,} entries of {made_at} put back into {settings.data}; now: tender-monitor audit")
