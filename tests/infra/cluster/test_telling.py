"""Console and worker tell each other what there is to look for; nobody here looks unasked."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, suppress
from datetime import datetime
from functools import partial
from multiprocessing.synchronize import Event as EventOfProcess
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from domain.purposes import Purpose
from infra.cluster.asking import Asking
from infra.cluster.channels import Channel
from infra.cluster.commands import Done
from infra.cluster.parts import TellingFeed, open_feed
from infra.installation import Installation
from infra.settings import Settings
from infra.storage.database import open_database
from infra.storage.listening import listen
from streams.cluster.deadline import EXIT_CODE
from streams.cluster.delivery import Delivery
from streams.cluster.dispatch import ShardDispatch
from streams.cluster.kafka_feed import Passed, Recorded
from streams.cluster.topics import BID_OPENINGS
from streams.node.commands import RecordReading
from tests.builders import LEAD, a_bid_opening
from tests.infra.http.workers import SHARDS, cluster_folder
from tests.kafka.proxy import proxy
from tests.monitor import AUDITOR, START, as_bytes, said

SOON, NEVER = 10.0, 1_000.0


class _Idle:
    """Nothing to record."""

    def record(self, deliveries: Sequence[Delivery]) -> Recorded:  # noqa: ARG002
        return Recorded()

    def let_time_pass(self, complete_to: datetime | None = None) -> Passed:  # noqa: ARG002
        return Passed()


def _tell(where: str, now: "EventOfProcess", first: "EventOfProcess") -> None:
    with closing(open_database(where, schema="shard_0")) as database:
        feed = TellingFeed(_Idle(), database, 0, seconds=1.0)
        feed.record(())
        first.set()
        now.wait()
        feed.record(())


def test_a_shard_whose_database_falls_silent_before_others_are_told_ends(settings: Settings) -> None:
    """It waited for ever: what is told is told behind the transaction, and behind its deadline."""
    url = make_url(str(settings.database))
    spawn = multiprocessing.get_context("spawn")
    now, first = spawn.Event(), spawn.Event()
    with proxy(url.host or "127.0.0.1", url.port or 5432) as between:
        through = url.set(host="127.0.0.1", port=between.port).render_as_string(hide_password=False)
        shard = spawn.Process(target=_tell, args=(through, now, first))
        shard.start()
        assert first.wait(120)
        between.fall_silent()
        now.set()
        shard.join(120)
        assert shard.exitcode == EXIT_CODE
        shard.close()


def _open(settings: Settings) -> None:
    with open_feed(settings, 0):
        pass


def test_a_shard_whose_database_falls_silent_while_it_opens_ends(settings: Settings) -> None:
    """It waited for ever: the other shards of its worker waited with it."""
    with closing(Installation.open(settings, shard=0)):
        impatient = settings.model_copy(
            update={"kafka": settings.kafka.model_copy(update={"transaction_seconds": 3.0})}
        )
    with psycopg.connect(str(settings.database)) as other:
        # What waits for a lock that nobody gives back looks from here like a server that does not answer.
        other.execute("LOCK TABLE shard_0.stored_events IN ACCESS EXCLUSIVE MODE")
        shard = multiprocessing.get_context("spawn").Process(target=_open, args=(impatient,))
        shard.start()
        shard.join(120)
        assert shard.exitcode == EXIT_CODE
        shard.close()


@pytest.fixture
def settings(postgres_url: str, tmp_path: Path) -> Iterator[Settings]:
    with cluster_folder(postgres_url, tmp_path) as found:
        yield found


@asynccontextmanager
async def listening(settings: Settings, told: Mapping[str, Callable[[], None]]) -> AsyncIterator[None]:
    task = asyncio.create_task(listen(str(settings.database), told))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@asynccontextmanager
async def a_worker(settings: Settings) -> AsyncIterator[ShardDispatch]:
    """Which lets time pass once, when it opens its shards."""
    dispatch = ShardDispatch(partial(open_feed, settings), SHARDS, {})
    await dispatch.let_time_pass(set(range(SHARDS)))
    async with listening(settings, {Channel.ASKED.of(shard): partial(dispatch.look, shard) for shard in range(SHARDS)}):
        yield dispatch
    await dispatch.let_time_pass(set())


async def test_a_command_is_taken_up_and_its_answer_fetched_as_soon_as_they_are_there(settings: Settings) -> None:
    async with a_worker(settings):
        with closing(await asyncio.to_thread(Installation.open, settings, shard=1)) as opened:
            asking = Asking(1, opened.database, opened.vault, seconds=NEVER, look_seconds=NEVER)
            async with listening(settings, {Channel.RECORDED.of(1): asking.told}):
                reading = RecordReading((LEAD.person_id,), AUDITOR, Purpose.AUDIT, START)
                async with asyncio.timeout(SOON):
                    assert await asking.ask(reading) == Done()


async def test_whoever_sends_what_a_shard_has_is_told_of_each_batch(settings: Settings) -> None:
    told = {shard: asyncio.Event() for shard in range(SHARDS)}
    async with (
        a_worker(settings) as dispatch,
        listening(settings, {Channel.RECORDED.of(shard): event.set for shard, event in told.items()}),
    ):
        for event in told.values():
            async with asyncio.timeout(SOON):
                await event.wait()
            event.clear()
        opening = Delivery(BID_OPENINGS, 1, 0, b"", as_bytes(said(a_bid_opening(), "opening")), ())
        await dispatch.record([opening])
        async with asyncio.timeout(SOON):
            await told[1].wait()
        assert not told[0].is_set()
