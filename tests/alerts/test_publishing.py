"""From the outbox to a broker that is away for a moment."""

import asyncio
from contextlib import suppress
from typing import Any

from aiokafka.errors import KafkaConnectionError

from alerts.outbox import Outbox, Outgoing
from alerts.publishing import Publishing
from infra.identity.keys import Keys
from infra.identity.vault import Vault
from infra.storage.database import Database
from tests.clue_builders import OPENING
from tests.monitor import Clock

LETTERS = [Outgoing("t", b"key", f"letter {number}".encode(), ()) for number in range(3)]


class Broker:
    """Away for the first ``away`` sends; ``took`` are the values it was sent, ``complete`` once it has all letters."""

    def __init__(self, away: int) -> None:
        self.away = away
        self.took: list[bytes] = []
        self.complete = asyncio.Event()

    async def send(self, topic: str, **record: Any) -> "asyncio.Future[None]":  # noqa: ARG002
        if self.away:
            self.away -= 1
            raise KafkaConnectionError
        self.took.append(record["value"])
        if len(self.took) == len(LETTERS):
            self.complete.set()
        acknowledged = asyncio.get_running_loop().create_future()
        acknowledged.set_result(None)
        return acknowledged


async def test_what_waits_is_sent_once_the_broker_is_back(database: Database) -> None:
    outbox, broker = Outbox(Vault(Keys(bytes(32), bytes(32), 1, bytes(32)))), Broker(away=2)
    with database.transaction() as connection:
        outbox.put(connection, LETTERS, OPENING)
    publishing = Publishing(database, outbox, broker, Clock(OPENING), notices_topic="notices")
    running = asyncio.create_task(publishing.run())
    await asyncio.wait_for(broker.complete.wait(), 10)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert broker.took == [letter.value for letter in LETTERS]
