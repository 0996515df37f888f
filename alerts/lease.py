"""A lease: of several publishers one at a time serves a channel of a shard, so that two of them send nothing twice.

It is taken in the transaction that reads what is to be sent, and runs out by itself: of a publisher that was killed
after :data:`LEASE_SECONDS`, of one that was told to stop at once. One that stands still past the end of its lease
sends nothing more when it goes on. What was already on its way may arrive twice, under one id.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import Column, Connection, String, Table, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from alerts.database import Database
from alerts.tables import METADATA
from domain.instants import instant_text

LEASE_SECONDS: Final = 20.0
"""Longer than an attempt to post a notice may take, and than the clocks of two machines differ."""

LEASES: Final = Table(
    "publishing_leases",
    METADATA,
    Column("channel", String(60), primary_key=True),
    Column("holder", String(36), nullable=False),
    Column("expires_at", String(32), nullable=False),
)


@asynccontextmanager
async def ended(lease: "Lease", database: Database) -> AsyncIterator[None]:
    """Give up ``lease`` at the end of the block; while the database is away it runs out by itself."""
    try:
        yield
    finally:
        with suppress(Exception):
            await asyncio.to_thread(lease.end_in, database)


class Lease:
    """One publisher's claim to ``channel`` of one database."""

    def __init__(self, channel: str, clock: Callable[[], datetime]) -> None:
        self._channel = channel
        self._clock = clock
        self._holder = str(uuid4())
        self._ends = float("-inf")

    @property
    def is_valid(self) -> bool:
        """Whether it still runs, by a clock that also runs while this process stands still."""
        return time.monotonic() < self._ends

    def hold(self, connection: Connection) -> bool:
        """Take or prolong it, in the caller's transaction; False while another publisher has it."""
        asked, now = time.monotonic(), self._clock()
        lease = LEASES.c.channel == self._channel
        row = connection.execute(select(LEASES.c.holder, LEASES.c.expires_at).where(lease)).one_or_none()
        expires_at = instant_text(now + timedelta(seconds=LEASE_SECONDS))
        if row is None:
            taken = self._insert(connection, expires_at)
        elif row.holder == self._holder and row.expires_at > instant_text(now + timedelta(seconds=LEASE_SECONDS / 2)):
            return True
        else:
            free = or_(LEASES.c.holder == self._holder, LEASES.c.expires_at <= instant_text(now))
            values = {"holder": self._holder, "expires_at": expires_at}
            taken = bool(connection.execute(update(LEASES).where(lease, free).values(**values)).rowcount)
        self._ends = asked + LEASE_SECONDS if taken else float("-inf")
        return taken

    def end(self, connection: Connection) -> None:
        """Give it up, for whoever waits for it."""
        self._ends = float("-inf")
        mine = (LEASES.c.channel == self._channel) & (LEASES.c.holder == self._holder)
        connection.execute(delete(LEASES).where(mine))

    def end_in(self, database: Database) -> None:
        with database.transaction() as connection:
            self.end(connection)

    def _insert(self, connection: Connection, expires_at: str) -> bool:
        row = {"channel": self._channel, "holder": self._holder, "expires_at": expires_at}
        try:
            with connection.begin_nested():
                connection.execute(insert(LEASES), row)
        except IntegrityError:
            return False
        return True
