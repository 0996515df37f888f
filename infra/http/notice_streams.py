"""The open streams of notices, and which of them are woken when somebody is told something."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from alerts.addressing import is_addressed
from alerts.inbox import last_notice_id, told_after
from domain.access import Actor
from infra.http.reading import Readers
from streams.node.node import Node
from streams.threads import in_thread

LOOK_SECONDS: Final = 15.0
"""How often a stream looks for its client and for its notices although nobody woke it."""
STREAM_SECONDS: Final = 3_600.0
"""A stream ends after this long and the client comes back, proving again who it is."""
_AT_ONCE: Final = 2
"""Streams that look into the store at the same time; the pages want to be answered too."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Listener:
    """Who listens, by which token or session, and whether the connection is still open."""

    actor: Actor
    token_ids: tuple[str, ...]
    is_connected: Callable[[], bool]
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Streams:
    """Those of one application. One look into the store after a commit tells which of them have news."""

    def __init__(self, node: Node, readers: Readers, *, most: int, most_of_one: int) -> None:
        self._node = node
        self._readers = readers
        self._most = most
        self._most_of_one = most_of_one
        self._open: dict[asyncio.Task[None], Listener] = {}
        self.looking = asyncio.Semaphore(_AT_ONCE)

    @property
    def full(self) -> bool:
        return len(self._open) >= self._most

    def has_enough(self, actor: Actor) -> bool:
        """Whether one account has as many streams as one may have."""
        # A stream notices only at its next look that its page was closed; whoever reloads a page must not wait for it.
        own = (each for each in self._open.values() if each.actor == actor)
        return sum(each.is_connected() for each in own) >= self._most_of_one

    async def run(self, listener: Listener, send: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
        """Run ``send`` until it ends or has lasted long enough; its event is set when there is news."""
        task = asyncio.create_task(send(listener.news))
        self._open[task] = listener
        try:
            await asyncio.wait({task}, timeout=STREAM_SECONDS)
        finally:
            del self._open[task]
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def end_those_of(self, ended: frozenset[str]) -> None:
        """End the streams of tokens and sessions that were ended."""
        for task, listener in self._open.items():
            if not ended.isdisjoint(listener.token_ids):
                task.cancel()

    def end(self) -> None:
        """Shutting down need not wait for streams."""
        for task in self._open:
            task.cancel()

    async def watch(self) -> None:
        """Wake those who are told something, for ever."""
        last = await in_thread(self._readers.ask, lambda connection, _: last_notice_id(connection))
        while True:
            # Listening begins before the look into the store: what is committed between the two is not missed.
            committed = asyncio.create_task(self._node.news(LOOK_SECONDS))
            try:
                if self._open:
                    last = await self._wake(last)
                await committed
            except (SQLAlchemyError, OSError) as error:
                log.warning("notices_not_seen", error=type(error).__name__)
                await committed
            finally:
                committed.cancel()

    async def _wake(self, last: int) -> int:
        """Wake those who were told something after the notice ``last``; the newest one."""
        newest, recipients = await in_thread(self._readers.ask, lambda connection, _: told_after(connection, last))
        for listener in self._open.values():
            if any(is_addressed(listener.actor, recipient) for recipient in recipients):
                listener.news.set()
        return newest


STREAMS = web.AppKey("streams", Streams)


async def watch_notices(app: web.Application) -> AsyncIterator[None]:
    """While the application runs."""
    watching = asyncio.create_task(app[STREAMS].watch())
    yield
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching


async def end_streams(app: web.Application) -> None:
    app[STREAMS].end()
