"""Sending one shard's messages to the topics: after the commit, and again until the broker has them.

A message that the broker will never take is set aside, and those behind it are sent.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import Connection
from tenacity import RetryCallState, retry, wait_exponential_jitter

from alerts.database import Database
from alerts.feeds import Feed, NoticesFeed, OutboxFeed
from alerts.lease import Lease, ended
from alerts.outbox import Outbox, Unfit, Waiting
from alerts.sending import Producer, Refusals, Sent, send

log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 5.0
"""The interval between looks at the database, where nobody calls :meth:`Publishing.told`."""
FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 10.0

OpenProducer = Callable[[], AbstractAsyncContextManager[Producer]]


class ProducerSpent(Exception):
    """The broker takes no more messages from this producer for a partition (:attr:`alerts.sending.Sent.broken`)."""


@dataclass(slots=True)
class _Pause:
    """How long a topic waits after a failure: longer each time, while other topics go on."""

    seconds: float = FIRST_PAUSE
    until: float = 0.0

    def begin(self) -> None:
        self.until = time.monotonic() + self.seconds
        self.seconds = min(2 * self.seconds, LONGEST_PAUSE)


def _log_wait(state: RetryCallState) -> None:
    error = state.outcome and state.outcome.exception()
    log.warning("publishing_waits", error=type(error).__name__, retry_in=round(state.upcoming_sleep, 2))


@dataclass(slots=True)
class Published:
    """What a publisher sent since its start, for its figures."""

    messages: int = 0
    notices: int = 0


class Publishing:
    """One shard's outbox and notices.

    ``refusals`` are the producer's errors that are a message's own fault.
    """

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        open_producer: OpenProducer,
        clock: Callable[[], datetime],
        *,
        notices_topic: str,
        refusals: Refusals,
    ) -> None:
        self._database = database
        self._feeds: tuple[Feed, Feed] = (OutboxFeed(outbox), NoticesFeed(notices_topic, outbox))
        self._open_producer = open_producer
        self._clock = clock
        self._refusals = refusals
        self._lease = Lease("topics", clock)
        self._producer: Producer | None = None
        self._opened = AsyncExitStack()
        self._pauses: dict[str, _Pause] = {}
        self._told = asyncio.Event()
        self.published = Published()

    def told(self) -> None:
        """Look at once: there may be something to send."""
        self._told.set()

    async def run(self) -> None:
        """Publish until cancelled. Where broker or database are away, the pauses between attempts grow."""
        async with AsyncExitStack() as self._opened, ended(self._lease, self._database):
            while True:
                self._told.clear()
                if not await self._publish_in_the_end():
                    with suppress(TimeoutError):
                        async with asyncio.timeout(self._seconds_to_look()):
                            await self._told.wait()

    # Whatever the error is, nothing is lost: the rows are still there.
    @retry(wait=wait_exponential_jitter(multiplier=0.1, max=LONGEST_PAUSE, jitter=0.1), before_sleep=_log_wait)
    async def _publish_in_the_end(self) -> bool:
        if self._producer is None:
            self._producer = await self._opened.enter_async_context(self._open_producer())
        try:
            return await self.publish(self._producer)
        except ProducerSpent:
            self._producer = None
            await self._opened.aclose()
            return True

    async def publish(self, producer: Producer) -> bool:
        """Send what waits, up to a page of each feed; True where there was something. Raises ProducerSpent."""
        pages = await asyncio.to_thread(self._pages)
        if not any(pages):
            return False
        sent = await asyncio.gather(
            *(send(producer, page, self._refusals, lambda: self._lease.is_valid) for page in pages)
        )
        await asyncio.to_thread(self._settle, pages, sent)
        messages, notices = sent
        self.published.messages += len(messages.arrived)
        self.published.notices += len(notices.arrived)
        for page, one in zip(pages, sent, strict=True):
            self._pause_failed(page, one)
        if messages.broken or notices.broken:
            raise ProducerSpent
        return True

    def _seconds_to_look(self) -> float:
        """Until the first topic has paused long enough, or :data:`LOOK_SECONDS`."""
        now = time.monotonic()
        return min((pause.until - now for pause in self._pauses.values() if pause.until > now), default=LOOK_SECONDS)

    def _pause_failed(self, page: Sequence[Waiting], sent: Sent) -> None:
        for topic in {row.topic for row in page if row.number in sent.arrived}:
            self._pauses.pop(topic, None)
        for topic, (row, error) in sent.failed.items():
            pause = self._pauses.setdefault(topic, _Pause())
            log.warning(
                "publishing_waits",
                topic=topic,
                partition=row.partition,
                row=row.number,
                error=type(error).__name__,
                retry_in=pause.seconds,
            )
            pause.begin()

    def _pages(self) -> list[list[Waiting]]:
        paused = [topic for topic, pause in self._pauses.items() if pause.until > time.monotonic()]
        with self._database.read() as connection:
            pages = self._read(connection, paused)
        if not any(pages) or self._lease.is_valid:
            return pages
        # Whoever had the lease until now may have sent them meanwhile: they are read again.
        with self._database.transaction() as connection:
            return self._read(connection, paused) if self._lease.hold(connection) else []

    def _read(self, connection: Connection, paused: Collection[str]) -> list[list[Waiting]]:
        return [feed.page(connection, without=paused) for feed in self._feeds]

    def _settle(self, pages: Sequence[Sequence[Waiting]], sent: Sequence[Sent]) -> None:
        aside: list[tuple[Waiting, Unfit]] = []
        with self._database.transaction() as connection:
            for feed, page, what in zip(self._feeds, pages, sent, strict=True):
                taken = feed.settle(connection, page, what, self._clock())
                aside += [(row, what.unfit[row.number]) for row in taken]
        for row, unfit in aside:
            log.error(
                "message_set_aside",
                topic=row.topic,
                partition=row.partition,
                row=row.number,
                size=unfit.size,
                error=unfit.error,
            )
