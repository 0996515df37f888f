"""The console's node: answers handlers as one machine's does, and records nothing itself."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, Protocol

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from alerts.inbox import last_notice_id
from domain.access import Actor
from infra.cluster.asking import Asking
from infra.cluster.collected_notices import collect_notices
from infra.cluster.commands import Command, DecideClue, Done, RecordReading, Resubmit
from infra.cluster.console import Console
from infra.decisions import ClueDecision, NoticeReading
from infra.http.problems import Problem, not_found
from streams.cluster.topics import TOPICS, Flow
from streams.one_machine.node import Receipt
from streams.threads import in_thread

log = structlog.get_logger(__name__)

COLLECT_SECONDS: Final = 0.5
_STALE_SECONDS: Final = 10.0
"""So long after the shards were seen last, we are not ready."""


class Asks(Protocol):
    async def ask(self, command: Command) -> Done: ...


class ConsoleNode:
    """In front of a cluster's shards; every method is for the event loop."""

    def __init__(self, console: Console, shards: Mapping[int, Asks]) -> None:
        self._console = console
        self._shards = shards
        self._waiting = 0
        self._seen = float("-inf")
        self._last_notice = 0
        self._news = asyncio.Event()
        self._collecting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await in_thread(self._collect)
        self._collecting = asyncio.create_task(self._keep_collecting())

    async def stop(self) -> None:
        if self._collecting is not None:
            self._collecting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._collecting

    @property
    def ready(self) -> bool:
        """Whether the shards were seen a moment ago."""
        return time.monotonic() - self._seen < _STALE_SECONDS

    @property
    def waiting(self) -> int:
        """Commands that no worker has answered yet."""
        return self._waiting

    async def ingest(
        self,
        messages: Sequence[bytes],  # noqa: ARG002 - the node's interface
        *,
        urgent: bool,  # noqa: ARG002
        allowed_source: str | None = None,  # noqa: ARG002
    ) -> Receipt:
        """Facts of a cluster come by its topics, where their order is kept: always raises Problem."""
        names = [topic.name for topic in TOPICS if topic.flow is Flow.INBOUND]
        said = "The facts of a cluster come by its topics; /asyncapi.json says which carries what."
        raise Problem(HTTPStatus.CONFLICT, "come_by_topics", said, members={"topics": names})

    async def decide(self, decision: ClueDecision | NoticeReading) -> Any:
        """Have a decision carried out where the clue is; what was told of it can be read when this returns."""
        if isinstance(decision, NoticeReading):
            return await in_thread(self._mark_read, decision)
        shard = await in_thread(self._console.shard_of_clue, decision.clue_id)
        await self._ask(shard, DecideClue(decision.clue_id, decision.verb, decision.actor, decision.reason))
        await in_thread(self._collect)
        self._wake()
        return None

    async def resubmit(self, quarantine_id: str, body: bytes | None, actor: Actor) -> Receipt:
        """Have a quarantined message tried again; what it raises comes as clues, not with the receipt."""
        shard = await in_thread(self._console.shard_of_quarantined, quarantine_id)
        done = await self._ask(shard, Resubmit(quarantine_id, body, actor))
        return Receipt(done.accepted, done.duplicates, done.rejected)

    async def record_reading(self, person_id: str, actor: Actor, reason: str) -> None:
        """Record in the person's home that ``actor`` was shown a dossier."""
        shard = self._console.home(f"person:{person_id}")
        await self._ask(shard, RecordReading(person_id, actor, reason, self._console.clock().isoformat()))

    async def news(self, seconds: float) -> bool:
        """Wait until there is a new notice, at most so long."""
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _ask(self, shard: int | None, command: Command) -> Done:
        if shard is None:
            raise not_found()
        self._waiting += 1
        try:
            return await self._shards[shard].ask(command)
        finally:
            self._waiting -= 1

    def _mark_read(self, reading: NoticeReading) -> bool:
        with self._console.database.transaction() as connection:
            return reading(connection, self._console.clock())

    async def _keep_collecting(self) -> None:
        while True:
            await asyncio.sleep(COLLECT_SECONDS)
            try:
                if await in_thread(self._collect):
                    self._wake()
            except (DBAPIError, NoConnection, OSError) as error:
                log.warning("notices_not_collected", kind=type(error).__name__)

    def _collect(self) -> bool:
        """Collect the shards' notices; True where there are any that were not there before.

        Another console may have collected them.
        """
        database, before = self._console.database, self._last_notice
        collect_notices(database, len(self._shards))
        with database.read() as connection:
            self._last_notice = max(before, last_notice_id(connection))
        self._seen = time.monotonic()
        return self._last_notice > before

    def _wake(self) -> None:
        """Wake all who wait now; who comes later waits for the next."""
        waiting, self._news = self._news, asyncio.Event()
        waiting.set()


def node_of(console: Console) -> ConsoleNode:
    """The node that asks the workers of all shards, not started yet."""
    vault, seconds = console.vault, console.settings.kafka.answer_seconds
    parts = enumerate(console.parts)
    return ConsoleNode(console, {shard: Asking(shard, part, vault, seconds=seconds) for shard, part in parts})
