"""Who has a shard: its worker, or whoever puts its tables right while no worker is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection
from psycopg import Connection as PostgresConnection

from domain.errors import MonitorError, Unusable
from infra.storage.database import Database
from infra.storage.postgresql_engines import APPLICATION, libpq_address

_KEY: Final = "hashtextextended('tender-monitor worker of shard ' || %s::text, 0)"
_HOLD: Final = f"SELECT pg_advisory_lock_shared({_KEY})".encode()
_TRY: Final = f"SELECT pg_try_advisory_lock({_KEY})".encode()
_HOLDERS: Final = (
    "SELECT DISTINCT coalesce(host(client_addr), 'the database server') FROM pg_locks JOIN pg_stat_activity USING (pid)"  # noqa: S608 - ours
    f" WHERE locktype = 'advisory' AND granted AND (classid::int8 << 32) | objid::int8 = {_KEY}"
)
_ANYBODY: Final = f"{_HOLDERS} ORDER BY 1".encode()
_CONNECTED: Final = (
    "SELECT DISTINCT coalesce(host(client_addr), 'the database server') FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = %s AND pid <> pg_backend_pid() ORDER BY 1"
)
_WORKERS: Final = (f"{_HOLDERS} AND mode = 'ShareLock' AND datname = current_database()").encode()


async def workers_of(connection: "AsyncConnection[tuple[Any, ...]]", shard: int) -> tuple[str, ...]:
    """Where the workers are that have the shard; none where nobody, or a repair, has it."""
    cursor = await connection.execute(_WORKERS, (str(shard),))
    return tuple(str(row[0]) for row in await cursor.fetchall())


class ShardHeld(MonitorError):
    """A worker has the shard, or somebody repairs it; ``addresses`` are as PostgreSQL sees them."""

    def __init__(self, shard: int, addresses: tuple[str, ...]) -> None:
        where = ", ".join(addresses)
        super().__init__(f"shard {shard} is held by a worker or another repair, on {where}; stop all workers first")
        self.shard = shard
        self.addresses = addresses


def hold_as_worker(connection: PostgresConnection[Any], shard: int) -> None:
    """For as long as ``connection`` is open, beside other workers; waits for a repair to end."""
    connection.execute(_HOLD, (str(shard),))


class StillConnected(Unusable):
    """Processes of this cluster have the database open; ``addresses`` are as PostgreSQL sees them."""

    def __init__(self, addresses: tuple[str, ...]) -> None:
        where = ", ".join(addresses)
        super().__init__(f"the database is open on {where}: stop every worker, publisher and console first")
        self.addresses = addresses


def check_nobody_connected(address: str) -> None:
    """Raise :class:`StillConnected` where another process of ours has the database at ``address`` open."""
    with psycopg.connect(libpq_address(address)) as connection:
        rows = connection.execute(_CONNECTED, (APPLICATION,)).fetchall()
    if rows:
        raise StillConnected(tuple(str(row[0]) for row in rows))


@contextmanager
def without_workers(database: Database, shard: int) -> Iterator[None]:
    """Until the block ends no worker gets at the shard; raises :class:`ShardHeld` where one has it."""
    connection = database.unpooled_connection()
    try:
        if not connection.execute(_TRY, (str(shard),)).fetchone()[0]:
            raise ShardHeld(shard, tuple(row[0] for row in connection.execute(_ANYBODY, (str(shard),)).fetchall()))
        yield
    finally:
        connection.close()
