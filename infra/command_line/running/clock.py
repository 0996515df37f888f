"""``clock``: what an operator says about the clock by which facts are recorded."""

import sys
from contextlib import closing
from pathlib import Path

import click
from tqdm import tqdm

from infra.command_line.command_group import CommandGroup
from infra.command_line.evidence import check_recorded
from infra.command_line.folder import DataFolder
from infra.command_line.local_user import local_user
from infra.command_line.opening import check_one_machine
from infra.command_line.options import Common, common_options, reason_option, telling_options
from infra.command_line.output import print_json
from infra.command_line.shards import folder_to_ourselves
from infra.installation import Installation, system_clock
from infra.recording_clock import confirm as confirm_clock
from infra.recovering import Recovered
from infra.recovering import recover as take_over
from infra.settings import Settings


@click.group(cls=CommandGroup)
def clock() -> None:
    """What an operator says about the clock by which facts are recorded."""


@clock.command()
@reason_option("Why the clock is right; it stays on record.")
@common_options
def confirm(common: Common, reason: str) -> None:
    """Say that the clock of this machine is right, where nothing is recorded because it has gone ahead.

    Holds for an hour, for whoever writes this data folder, and is recorded by it as a fact.
    """
    settings = common.settings()
    if not settings.data.exists():
        raise click.UsageError(f"there is no data folder {settings.data}")
    confirm_clock(settings.data, by=local_user(), reason=reason, now=system_clock())
    if common.as_json:
        print_json({"data": str(settings.data), "confirmed": True})
    else:
        click.echo("confirmed: the writer of this folder goes on, and records it")


@clock.command()
@click.argument("left", type=click.Path(exists=True, file_okay=False, path_type=Path))
@reason_option("What had happened; it stays on record.")
@telling_options
def recover(common: Common, left: Path, reason: str) -> None:
    """Take over what the data folder LEFT recorded while its clock was ahead, into a backup from before, put back.

    The facts are recorded again, in their order, by the right time. LEFT stays as it is: keep it, its log shows what
    was recorded when. Decisions of people since the backup are counted, and are to be made again.
    """
    settings = common.settings()
    check_one_machine(settings)
    check_recorded(settings)
    old = settings.model_copy(update={"data": left, "database": None})
    with folder_to_ourselves(settings), DataFolder(left).held():
        found = _recovered(settings, old, reason)
    if common.as_json:
        print_json({"kept": found.kept, "facts": found.facts, "decisions": found.decisions})
        return
    reached = common.times(settings).second(found.reached)
    click.echo(f"{found.kept:,} entries were here; {found.facts:,} facts were taken over, which had reached {reached}")
    if found.decisions:
        click.echo(f"{found.decisions:,} decisions of people were not: they are to be made again")
    click.echo("now: tender-monitor audit. This is an older log: tell its witnesses. Keep the folder that was left")


def _recovered(settings: Settings, old: Settings, reason: str) -> Recovered:
    with (
        closing(Installation.open(settings)) as installation,
        closing(Installation.open(old)) as left,
        tqdm(unit=" entries", unit_scale=True, disable=None, file=sys.stderr) as bar,
    ):

        def show(entries: int) -> None:
            bar.update(entries)

        return take_over(installation, left, by=local_user(), reason=reason, progress=show)
