"""``rejudge``: every case judged anew, by the rules and policies in force."""

import sys
from collections.abc import Iterator
from dataclasses import asdict

import click
from tqdm import tqdm

from infra.command_line.evidence import check_recorded
from infra.command_line.options import Common, telling_options
from infra.command_line.shards import called, each_shard, folder_to_ourselves, no_workers, print_shards
from infra.command_line.times import Times
from infra.installation import Installation
from infra.rejudging import Rejudged
from infra.rejudging import rejudge as judge_anew


@click.command()
@click.option("--again", is_flag=True, help="Also where rules and policies are those that all was judged by.")
@click.option("--tell", is_flag=True, help="Tell everybody who must know of each change, as of what comes in.")
@telling_options
def rejudge(common: Common, *, again: bool, tell: bool) -> None:
    """Judge all that is recorded by the rules and policies in force; in a cluster, in every shard.

    To be run after an upgrade or a change of policies. Says how many clues were raised, revised or withdrawn,
    and by which rule; each says so in its history. Supervisors get one summary for each place, and nobody else
    is told anything, unless --tell is given. What was interrupted goes on where it was; a second run changes
    nothing. Exit code 2 where somebody writes: a server, or in a cluster a worker.
    """
    settings = common.settings()
    check_recorded(settings)
    with folder_to_ourselves(settings), no_workers(settings):
        found = [(shard, _judged(shard, each, again=again, tell=tell)) for shard, each in each_shard(settings)]
    if common.as_json:
        print_shards([(shard, asdict(each)) for shard, each in found])
        return
    for shard, each in found:
        for line in _lines(each, common.times(settings)):
            click.echo(called(shard) + line)


def _judged(shard: int | None, installation: Installation, *, again: bool, tell: bool) -> Rejudged:
    about = called(shard) or None
    with tqdm(desc=about, unit=" case groups", unit_scale=True, disable=None, file=sys.stderr) as bar:

        def show(left: int) -> None:
            bar.total = bar.total or left
            bar.update(bar.total - left - bar.n)

        return judge_anew(installation, again=again, tell=tell, progress=show)


def _lines(found: Rejudged, times: Times) -> Iterator[str]:
    if not found.now:
        yield f"all was judged by these rules and policies already, from {times.second(found.since)} on"
    elif not found.changes:
        yield "no clue has changed"
    for change in found.changes if found.now else ():
        yield f"{change.clues:,} {'clue' if change.clues == 1 else 'clues'} {change.what}: {change.cause}"
