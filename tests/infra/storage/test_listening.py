"""Who listens to PostgreSQL is told once something is committed, and after each time of not listening."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import psycopg

from infra.storage.database import Database
from infra.storage.listening import listen, notify


class Told:
    """How often each channel was told of."""

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()
        self._changed = asyncio.Event()

    def __call__(self, channel: str) -> None:
        self.times[channel] += 1
        self._changed.set()

    async def until(self, **times: int) -> None:
        async with asyncio.timeout(10):
            while self.times != times:
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def listening(url: str, told: Told, *channels: str) -> AsyncIterator[None]:
    calls = {channel: lambda channel=channel: told(channel) for channel in channels}
    task = asyncio.create_task(listen(url, calls, again_seconds=0.05))
    await told.until(**dict.fromkeys(channels, 1))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_listener_is_told_once_it_is_committed_and_of_its_channel_alone(
    postgres_url: str, postgres_database: Database
) -> None:
    told = Told()
    async with listening(postgres_url, told, "asked", "done"):
        with postgres_database.transaction() as connection:
            notify(connection, "asked")
            notify(connection, "something else")
            await asyncio.sleep(0.1)
            assert told.times == {"asked": 1, "done": 1}, "both are called when the listening begins"
        await told.until(asked=2, done=1)


async def test_what_is_rolled_back_is_not_told(postgres_url: str, postgres_database: Database) -> None:
    told = Told()
    async with listening(postgres_url, told, "asked"):
        with suppress(ZeroDivisionError), postgres_database.transaction() as connection:
            notify(connection, "asked")
            raise ZeroDivisionError
        await asyncio.sleep(0.2)
        assert told.times == {"asked": 1}


async def test_a_listener_whose_connection_is_cut_listens_again_and_looks_for_what_it_missed(
    postgres_url: str, postgres_database: Database
) -> None:
    told = Told()
    async with listening(postgres_url, told, "asked"):
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^LISTEN'")
        await told.until(asked=3)
        with postgres_database.transaction() as connection:
            notify(connection, "asked")
        await told.until(asked=4)


async def test_who_cannot_listen_looks_again_and_again() -> None:
    told = Told()
    nobody = "postgresql://nobody@127.0.0.1:1/nowhere"
    with suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            await listen(nobody, {"asked": lambda: told("asked")}, again_seconds=0.01)
    assert told.times["asked"] > 3
