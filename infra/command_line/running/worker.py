"""``worker``: one of any number that record what the topics bring."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import click
import faust
from structlog.contextvars import bind_contextvars

from infra.cluster.channels import Channel
from infra.cluster.completeness import tell_when_complete
from infra.cluster.parts import TellingFeed, cluster_of, open_feed, placement_of
from infra.cluster.start_checks import check_before_start
from infra.cluster.worker_figures import WorkerFigures
from infra.command_line.folder import DataFolder
from infra.command_line.options import Common, common_options
from infra.logs import configure_logs
from infra.settings import Settings
from infra.storage.listening import listen
from streams.cluster.committed_consumer import lags
from streams.cluster.deadline import end_soon_after_a_stop
from streams.cluster.dispatch import ShardDispatch, give_up
from streams.cluster.shard_assignor import owned_shards
from streams.cluster.shard_process import open_in_child
from streams.cluster.worker import Group, worker_app
from streams.intake.pool import share_the_interpreter


@click.command()
@click.option("--metrics-port", type=click.IntRange(0, 65_535), help="Where /metrics answers (default 9108).")
@common_options
def worker(common: Common, metrics_port: int | None) -> None:
    """Record what the topics bring, until told to stop.

    Ends with exit code 75 when it cannot record: nothing is acknowledged then, start it again.
    """
    settings = common.settings({"kafka": {"metrics_port": metrics_port}})
    # Also what the brokers' client says while the settings are checked shall be a line of the log.
    configure_logs(settings.logs.form, settings.logs.level)
    check_before_start(settings)
    DataFolder(settings.data).prepare()
    _collect_what_was_fetched()
    share_the_interpreter()
    run(settings)


def _collect_what_was_fetched() -> None:
    """Have the collector come often: what aiokafka fetched lies in cycles, each with a megabyte of records.

    As rarely as a shard's process wants it, a backlog of 600,000 records filled 5.9 GB.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 5, 5)


def run(settings: Settings) -> None:
    """Until a signal comes."""
    # Python's tracker of semaphores, which knows no log, would tell of those of a worker that ends at once.
    os.environ["PYTHONWARNINGS"] = "ignore:resource_tracker"
    kafka = settings.kafka
    figures = WorkerFigures(placement_of(kafka))
    opening = partial(open_in_child, partial(_open_shard, settings), still_seconds=kafka.transaction_seconds)
    dispatch = ShardDispatch(opening, kafka.shards, {})
    group = Group(kafka.group, kafka.session_seconds, settings.data / "faust")
    app = worker_app(cluster_of(kafka), group, dispatch, figures)
    _listen_for_commands(app, dispatch, str(settings.database))
    _tell_when_complete(app, dispatch, settings)
    figures.watch(partial(lags, app), partial(owned_shards, app, kafka.shards))
    figures.serve(kafka.metrics_port, kafka.metrics_host)
    worker = _Worker(app, override_logging=False, redirect_stdouts=False, quiet=True)
    # It would write codes for a terminal into the log, whatever that is.
    worker.spinner = None
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:
        if ended.code:
            # Faust's exit code 1, where no broker answers, say.
            give_up(ended.__context__ or ended)
        raise


class _Worker(faust.Worker):
    """Waits for what was begun when it is told to stop, but not for ever."""

    def _on_sigterm(self) -> None:
        end_soon_after_a_stop()
        super()._on_sigterm()


def _listen_for_commands(app: faust.App, dispatch: ShardDispatch, where: str) -> None:
    asked = {Channel.ASKED.of(shard): partial(dispatch.look, shard) for shard in range(dispatch.shards)}

    async def listen_for_commands() -> None:
        await listen(where, asked)

    app.task(listen_for_commands)


def _tell_when_complete(app: faust.App, dispatch: ShardDispatch, settings: Settings) -> None:
    async def tell() -> None:
        await tell_when_complete(settings, dispatch)

    app.task(tell)


@contextmanager
def _open_shard(settings: Settings, shard: int) -> Iterator[TellingFeed]:
    """In the shard's process."""
    configure_logs(settings.logs.form, settings.logs.level)
    bind_contextvars(shard=shard)
    with open_feed(settings, shard) as feed:
        yield feed
