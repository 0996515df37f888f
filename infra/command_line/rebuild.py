"""``rebuild``: every table worked out anew from the ledger, and compared with what stands."""

import sys
import time

import click
from tqdm import tqdm

from infra.command_line.folder import DataFolder
from infra.command_line.node import opened
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json
from infra.command_line.reading import check_recorded


@click.command()
@click.option("--repair", is_flag=True, help="Where they differ, put the rebuilt tables in the place of the live ones.")
@common_options
def rebuild(common: Common, *, repair: bool) -> None:
    """Derive all tables again beside the live ones and compare, to the byte.

    Exit code 1 where they differ, naming the first place. Nothing may write meanwhile.
    """
    settings = common.settings()
    check_recorded(settings)
    with DataFolder(settings.data).held(), opened(settings) as installation:
        with installation.database.read() as connection:
            total = installation.recorder.last_position(connection)
        started = time.monotonic()
        with tqdm(total=total, unit=" entries", unit_scale=True, disable=None, file=sys.stderr) as bar:

            def show(done: int) -> None:
                bar.update(done - bar.n)

            repaired = installation.repair(show) if repair else None
            if not repair:
                installation.rebuild(show)
        seconds = time.monotonic() - started
    if common.as_json:
        print_json({"entries": total, "equal": repaired is None, "repaired": repaired, "seconds": round(seconds, 3)})
    elif repaired is None:
        click.echo(f"{total:,} entries lead to exactly what stands in the tables ({seconds:.1f} s)")
    else:
        click.echo(f"{repaired}; replaced by what {total:,} entries lead to ({seconds:.1f} s)")
