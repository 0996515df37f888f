"""PostgreSQL says at once that there is something to look for, to whoever listens.

Nobody relies on it alone. What is told while a connection is being made anew is lost, and a
pooler may pass nothing on: so whoever waits also looks by itself now and then.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import psycopg
import structlog
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, text

from infra.storage.postgresql_engines import libpq_address

log = structlog.get_logger(__name__)

_NOTIFY: Final = text("SELECT pg_notify(:channel, '')")


def notify(connection: Connection, channel: str) -> None:
    """Tell whoever listens, once this transaction is committed.

    Commits that notify wait for each other, on the whole server, until each is on disk: so what
    is committed often is told of in a transaction of its own, which writes nothing.
    """
    connection.execute(_NOTIFY, {"channel": channel})


async def listen(where: str, told: Mapping[str, Callable[[], None]], *, again_seconds: float = 1.0) -> None:
    """Until cancelled, call what stands with a channel in ``told`` each time the channel is notified.

    ``where`` is the database's address. All are called when we begin to listen, for what was told
    before, and every ``again_seconds`` while we cannot. They must return at once, and raise nothing.
    """
    address = libpq_address(where)
    listened = True
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
                for channel in told:
                    await connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
                listened = True
                _call_all(told)
                async for notification in connection.notifies():
                    told[notification.channel]()
        except (psycopg.Error, OSError) as error:
            if listened:
                log.warning("not_listening", error=type(error).__name__)
            listened = False
            _call_all(told)
        await asyncio.sleep(again_seconds)


def _call_all(told: Mapping[str, Callable[[], None]]) -> None:
    for call in told.values():
        call()
