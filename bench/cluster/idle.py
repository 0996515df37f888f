"""What an idle cluster costs, and what a notification costs commits: ``python -m bench.cluster.idle``."""

import asyncio
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import psycopg

from alerts.outbox import Outbox
from alerts.publishing import Publishing
from bench.cluster.extent import Extent
from bench.figures import Figure, heading, line
from bench.postgresql import running_postgres
from infra.cluster.channels import Channel
from infra.cluster.console import Console
from infra.cluster.console_node import node_of
from infra.cluster.parts import open_feed
from infra.installation import Installation
from infra.settings import Kafka, Settings
from infra.storage.listening import listen
from streams.cluster.dispatch import ShardDispatch
from streams.cluster.worker import TIME_PASSES_SECONDS

MOST_PERCENT = 2.0
WRITERS = 8
"""At once on one server, as shards of a cluster are."""
_NOTIFYING = {"no notification": "", "NOTIFY in the commit": "inside", "NOTIFY in a transaction behind it": "behind"}


def main() -> None:
    print(heading())
    with tempfile.TemporaryDirectory(prefix="bench-idle-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "postgres").mkdir()
        with running_postgres(folder / "postgres") as url:
            for figure in figures(url, folder / "data", Extent()):
                print(line(figure.cells()), flush=True)


def figures(url: str, data: Path, extent: Extent) -> Iterator[Figure]:
    shards = extent.idle_shards
    kafka = Kafka(brokers=("127.0.0.1:1",), shards=shards, partitions=shards)
    settings = Settings(data=data, database=url, kafka=kafka)
    for name, running in (("publisher", _publisher), ("worker", _worker), ("console", _console)):
        percent = asyncio.run(_idle(running(settings), extent.idle_seconds))
        yield Figure(f"{name} of {shards} idle shards, with PostgreSQL", percent, "% of a core", at_most=MOST_PERCENT)
    for name, where in _NOTIFYING.items():
        yield Figure(f"commits of {WRITERS} writers, {name}", _commits(url, where, extent.writing_seconds), "1/s")


async def _idle(running: AbstractAsyncContextManager[None], seconds: float) -> float:
    async with running:
        await asyncio.sleep(min(5.0, seconds))
        before, started = _processor_seconds(), time.perf_counter()
        await asyncio.sleep(seconds)
        return 100 * (_processor_seconds() - before) / (time.perf_counter() - started)


def _processor_seconds() -> float:
    """Ours, and those of all children: the server and its processes."""
    total = 0.0
    for process in (me := psutil.Process(), *me.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            total += sum(process.cpu_times()[:2])
    return total


class _Silent:
    """Nothing is sent while nothing happens."""

    async def send(self, topic: str, **record: Any) -> "asyncio.Future[Any]":
        raise AssertionError(topic, record)


@asynccontextmanager
async def _silent() -> AsyncIterator[_Silent]:
    yield _Silent()


@asynccontextmanager
async def _tasks(*running: Any) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each) for each in running]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _publisher(settings: Settings) -> AsyncIterator[None]:
    with ExitStack() as stack:
        shards = [
            stack.enter_context(closing(Installation.open(settings, shard=shard)))
            for shard in range(settings.kafka.shards)
        ]
        publishing = [
            Publishing(one.database, Outbox(one.vault), _silent, one.clock, notices_topic="notices", refusals=())
            for one in shards
        ]
        told = {Channel.RECORDED.of(shard): each.told for shard, each in enumerate(publishing)}
        async with _tasks(listen(str(settings.database), told), *(each.run() for each in publishing)):
            yield


@asynccontextmanager
async def _worker(settings: Settings) -> AsyncIterator[None]:
    """All shards in one process, as threads: a process for each costs the same when idle."""
    dispatch, owned = (
        ShardDispatch(partial(open_feed, settings), settings.kafka.shards, {}),
        set(range(settings.kafka.shards)),
    )

    async def let_time_pass() -> None:
        while True:
            await dispatch.let_time_pass(owned)
            await asyncio.sleep(TIME_PASSES_SECONDS)

    await dispatch.let_time_pass(owned)
    asked = {Channel.ASKED.of(shard): partial(dispatch.look, shard) for shard in owned}
    async with _tasks(listen(str(settings.database), asked), let_time_pass()):
        yield
    await dispatch.let_time_pass(set())


@asynccontextmanager
async def _console(settings: Settings) -> AsyncIterator[None]:
    with closing(Console.open(settings)) as console:
        node = node_of(console)
        await node.start()
        yield
        await node.stop()


def _commits(url: str, notifying: str, seconds: float) -> float:
    ended, counts = threading.Event(), [0] * WRITERS
    writers = [
        threading.Thread(target=_write, args=(url, notifying, counts, ended, number)) for number in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    time.sleep(1)
    before, started = sum(counts), time.perf_counter()
    time.sleep(seconds)
    rate = (sum(counts) - before) / (time.perf_counter() - started)
    ended.set()
    for writer in writers:
        writer.join()
    return rate


def _write(url: str, notifying: str, counts: list[int], ended: threading.Event, number: int) -> None:
    """100 KB a commit."""
    table, notify = f"written_by_{number}", f"NOTIFY writer_{number}".encode()
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table} (state bytea)".encode())
        connection.commit()
        while not ended.is_set():
            connection.execute(
                f"INSERT INTO {table} SELECT decode(repeat('ab', 500), 'hex') FROM generate_series(1, 200)".encode()  # noqa: S608
            )
            if notifying == "inside":
                connection.execute(notify)
            connection.commit()
            if notifying == "behind":
                connection.execute(notify)
                connection.commit()
            counts[number] += 1


if __name__ == "__main__":
    main()
