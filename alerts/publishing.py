"""From outbox and inbox to the topics: sent after the commit, again until the broker has it."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID, uuid5

import structlog
from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, insert, select, update
from tenacity import RetryCallState, retry, wait_exponential_jitter

from alerts.inbox import METADATA, Notice, all_after
from alerts.outbox import Outbox, Outgoing, backlog, numbers_of

log = structlog.get_logger(__name__)

AT_ONCE: Final = 2_000
IDLE_SECONDS: Final = 0.05
NOTICE_TYPE: Final = "tender-integrity.notice.v1"
NOTICE_SOURCE: Final = "urn:tender-monitor:notices"
_NOTICES: Final = UUID("4a1c4f0e-5d1b-57a4-9f0c-1f6f0a7f2b33")

PUBLISHED: Final = Table(
    "published_notices",
    METADATA,
    Column("channel", String(40), primary_key=True),
    Column("notice_id", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
)
"""Up to which notice a channel has them all."""


class Database(Protocol):
    def transaction(self) -> AbstractContextManager[Connection]: ...

    def read(self) -> AbstractContextManager[Connection]: ...


class Producer(Protocol):
    """aiokafka's, as far as it is needed; with ``acks=all``."""

    async def send(self, topic: str, **record: Any) -> "asyncio.Future[Any]": ...


def _log_wait(state: RetryCallState) -> None:
    error = state.outcome and state.outcome.exception()
    log.warning("publishing_waits", kind=type(error).__name__, retry_in=round(state.upcoming_sleep, 2))


@dataclass(slots=True)
class Published:
    """What a publisher did and sees, for its figures; ages in seconds."""

    messages: int = 0
    notices: int = 0
    waiting: int = 0
    oldest_seconds: float = 0.0


class Publishing:
    """One shard's outbox and notices, to the topics."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        producer: Producer,
        clock: Callable[[], datetime],
        *,
        notices_topic: str,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._producer = producer
        self._clock = clock
        self._topic = notices_topic
        self.published = Published()

    async def run(self) -> None:
        """Until cancelled; a broker or database that is away is tried again, ever more slowly."""
        while True:
            if not await self._publish_in_the_end():
                await asyncio.sleep(IDLE_SECONDS)

    # Whatever the error is, nothing is lost: the rows are still there.
    @retry(wait=wait_exponential_jitter(multiplier=0.1, max=10.0, jitter=0.1), before_sleep=_log_wait)
    async def _publish_in_the_end(self) -> bool:
        return await self.publish()

    async def publish(self) -> bool:
        """Send what waits, up to a batch of it; True where there was something."""
        waiting, notices = await asyncio.to_thread(self._waiting)
        if not waiting and not notices:
            return False
        await self._send([*(message for _, message in waiting), *(self._record_of(each) for each in notices)])
        await asyncio.to_thread(self._sent, waiting, notices)
        self.published.messages += len(waiting)
        self.published.notices += len(notices)
        return True

    async def _send(self, messages: Sequence[Outgoing]) -> None:
        acknowledged = [
            await self._producer.send(
                message.topic,
                key=message.key,
                value=message.value,
                partition=message.partition,
                headers=list(message.headers),
            )
            for message in messages
        ]
        await asyncio.gather(*acknowledged)

    def _waiting(self) -> tuple[list[tuple[int, Outgoing]], list[Notice]]:
        with self._database.read() as connection:
            self._look(connection)
            waiting = self._outbox.waiting(connection, limit=AT_ONCE)
            return waiting, all_after(connection, _reached(connection, self._topic), limit=AT_ONCE)

    def _look(self, connection: Connection) -> None:
        self.published.waiting, oldest = backlog(connection)
        self.published.oldest_seconds = (self._clock() - oldest).total_seconds() if oldest else 0.0

    def _sent(self, waiting: Sequence[tuple[int, Outgoing]], notices: Sequence[Notice]) -> None:
        with self._database.transaction() as connection:
            if waiting:
                self._outbox.sent(connection, numbers_of(waiting))
            if notices:
                _reach(connection, self._topic, notices[-1].notice_id)

    def _record_of(self, notice: Notice) -> Outgoing:
        """In binary mode; the pseudonym stays out of it."""
        document = notice.document()
        document.pop("person_id", None)
        attributes = {
            "specversion": "1.0",
            "id": notice_name(notice),
            "source": NOTICE_SOURCE,
            "type": NOTICE_TYPE,
            "time": document["created_at"],
        }
        headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
        return Outgoing(
            self._topic,
            str(notice.clue_id).encode(),
            json.dumps(document, ensure_ascii=False).encode(),
            (*headers, ("content-type", b"application/json")),
        )


def notice_name(notice: Notice) -> str:
    """The id of a notice, the same however often it is sent."""
    recipient = notice.recipient
    return str(uuid5(_NOTICES, f"{notice.clue_id}/{notice.revision}/{recipient.role}/{recipient.key}"))


def _reached(connection: Connection, channel: str) -> int:
    return connection.execute(select(PUBLISHED.c.notice_id).where(PUBLISHED.c.channel == channel)).scalar() or 0


def _reach(connection: Connection, channel: str, notice_id: int) -> None:
    moved = connection.execute(update(PUBLISHED).where(PUBLISHED.c.channel == channel).values(notice_id=notice_id))
    if not moved.rowcount:
        connection.execute(insert(PUBLISHED), {"channel": channel, "notice_id": notice_id})
