"""``backup``: the database as of one moment, checked, in a folder that can be put back."""

from pathlib import Path

import click

from infra.backup.making import make_backup
from infra.command_line.evidence import check_recorded
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json
from infra.command_line.running.synthetic import marked


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--with-keys", is_flag=True, help="Copy the keys too: whoever has both can read who the people are.")
@common_options
def backup(common: Common, folder: Path, *, with_keys: bool) -> None:
    """Copy the database into FOLDER, which is new or empty. A server may go on writing meanwhile.

    Without its keys a backup cannot be put back: keep those of the data folder somewhere else.
    """
    settings = marked(common.settings())
    check_recorded(settings)
    made = make_backup(settings, folder, with_keys=with_keys)
    entries = sum(made.entries.values())
    if common.as_json:
        print_json({"folder": str(folder), "entries": entries, "made_at": made.made_at, "keys": with_keys})
        return
    click.echo(f"{entries:,} entries backed up and checked in {folder}")
    if not with_keys:
        click.echo(f"the keys in {settings.data / 'keys'} are not in it: keep a copy of them apart", err=True)
