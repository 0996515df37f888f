"""What commands share that go through all shards of a cluster; one machine is a single shard without a number."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import click

from infra.cluster.holding import ShardHeld, without_workers
from infra.command_line.folder import DataFolder, FolderHeld
from infra.command_line.output import print_json
from infra.installation import Installation
from infra.settings import Settings


class CannotBeDoneNow(click.ClickException):
    """Nothing was looked at, so nothing was found wrong: not exit code 1."""

    exit_code = 2


def shard_numbers(settings: Settings) -> Sequence[int | None]:
    return range(settings.kafka.shards) if settings.kafka.brokers else (None,)


def each_shard(settings: Settings) -> Iterator[tuple[int | None, Installation]]:
    """Every shard by itself, open until the next one is asked for; raises NotACluster."""
    if settings.kafka.brokers:
        from infra.cluster.parts import check_cluster  # The clients of a broker load slowly.

        check_cluster(settings)
    for shard in shard_numbers(settings):
        with closing(Installation.open(settings, shard=shard)) as installation:
            yield shard, installation


@contextmanager
def folder_to_ourselves(settings: Settings) -> Iterator[None]:
    """Nobody else writes the data folder of one machine; raises :class:`CannotBeDoneNow`.

    A cluster is read as of one moment instead, while its workers go on.
    """
    if settings.kafka.brokers:
        yield
        return
    with ExitStack() as held:
        try:
            held.enter_context(DataFolder(settings.data).held())
        except FolderHeld as error:
            raise CannotBeDoneNow(str(error)) from error
        yield


@contextmanager
def no_workers(settings: Settings) -> Iterator[None]:
    """No worker gets at any shard until the block ends; raises :class:`CannotBeDoneNow`."""
    with ExitStack() as held:
        if settings.kafka.brokers:
            for shard, installation in each_shard(settings):
                assert shard is not None
                try:
                    held.enter_context(without_workers(installation.database, shard))
                except ShardHeld as error:
                    raise CannotBeDoneNow(str(error)) from error
        yield


def called(shard: int | None) -> str:
    """How a line about a shard begins."""
    return "" if shard is None else f"shard {shard}: "


def print_shards(found: Sequence[tuple[int | None, Mapping[str, Any]]]) -> None:
    """JSON: an object for one machine, a list of them with their shards for a cluster."""
    documents = [dict(said) if shard is None else {"shard": shard, **said} for shard, said in found]
    print_json(documents[0] if found[0][0] is None else documents)
