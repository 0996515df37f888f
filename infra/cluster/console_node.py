"""The console's node: answers handlers as one machine's does, and records nothing itself."""

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, Protocol

import psycopg
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from alerts.inbox import last_notice_id
from domain.errors import NotFound
from domain.facts.taken_deliveries import DELIVERIES_SUBJECT
from infra.cluster.asking import Asking
from infra.cluster.awaited_records import AwaitedRecords
from infra.cluster.channels import Channel
from infra.cluster.collected_notices import collect_notices
from infra.cluster.commands import Done
from infra.cluster.console import Console
from infra.cluster.handing_in import HandingIn, OpenProducer
from infra.cluster.parts import placement_of
from infra.cluster.producing import open_producer as open_kafka_producer
from infra.cluster.standing import Standing, look
from infra.storage.listening import listen
from streams.cluster.handed_in import HandedInFor
from streams.cluster.topics import TOPICS, Flow
from streams.node.commands import (
    ChangeAccount,
    ChangeRegistry,
    Command,
    DecideClue,
    MarkRead,
    RecordAccess,
    RecordDelivery,
    RecordErasure,
    RecordReading,
    Resubmit,
)
from streams.node.node import FactsComeByTopics, IngestReceipt, News
from streams.node.performing import mark_read, own_act
from streams.threads import in_thread

log = structlog.get_logger(__name__)

COLLECT_SECONDS: Final = 0.5
"""Notices are not collected more often, however much is recorded."""
_LOOK_SECONDS: Final = 1.5
"""So much later they are collected although nobody told us of any."""
_LOOK_AROUND_SECONDS: Final = 15.0
"""So often we look for what stands still in the cluster."""
_ACCOUNTS_SHARD: Final = 0
_STALE_SECONDS: Final = 10.0
"""So long after the shards were seen last, we are not ready."""


class Asks(Protocol):
    async def ask(self, command: Command) -> Done: ...

    def told(self) -> None: ...


class ConsoleNode:
    """In front of a cluster's shards; every method is for the event loop."""

    def __init__(
        self,
        console: Console,
        shards: Mapping[int, Asks],
        records: Mapping[int, AwaitedRecords],
        open_producer: OpenProducer,
    ) -> None:
        self._console = console
        self._shards = shards
        self._records = records
        placement = placement_of(console.settings.kafka)
        self._handing_in = HandingIn(placement, console.intake, console.vault, records, open_producer)
        self._waiting = 0
        self._seen = float("-inf")
        self._last_notice = 0
        self._standing = Standing()
        self._news = News()
        self._recorded = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        await in_thread(self._collect)
        told = {Channel.RECORDED.of(shard): partial(self._told, shard) for shard in self._shards}
        listening = listen(str(self._console.settings.database), told)
        running = (listening, self._keep_collecting(), self._keep_looking())
        self._tasks = [asyncio.create_task(each) for each in running]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for records in self._records.values():
            await records.stop()
        await self._handing_in.stop()

    @property
    def ready(self) -> bool:
        """Whether the shards were seen a moment ago, and each has a worker that records."""
        return time.monotonic() - self._seen < _STALE_SECONDS and not self._standing.unowned

    @property
    def problems(self) -> Sequence[str]:
        """What stands still in the cluster."""
        return list(self._standing.problems(self._console.settings.kafka))

    @property
    def waiting(self) -> int:
        """Commands that no worker has answered yet."""
        return self._waiting

    async def ingest(
        self,
        messages: Sequence[bytes],
        *,
        allowed_source: str | None = None,
        delivery_id: str | None = None,
        by: str | None = None,
    ) -> IngestReceipt:
        """Hand a delivery's messages in by the topics, and wait until they are recorded.

        All else comes by the topics from its source: raises FactsComeByTopics.
        """
        if delivery_id is None:
            raise _by_topics()
        self._waiting += len(messages)
        try:
            return await self._handing_in.ingest(messages, HandedInFor("", delivery_id, by, allowed_source))
        finally:
            self._waiting -= len(messages)

    async def perform(self, command: Command) -> IngestReceipt:
        """Have a shard's worker carry ``command`` out; a notice is marked as read here, where it was collected.

        What was told of a decision can be read when this returns; what a message that is sent
        again raises comes as clues, not with the receipt.
        """
        if isinstance(command, MarkRead):
            await in_thread(self._mark_read, command)
            return IngestReceipt()
        if isinstance(command, ChangeRegistry):
            # One that was asked before changes nothing, so who meets a shard without a worker says it again.
            for shard in self._shards:
                await self._ask(shard, command)
            return IngestReceipt()
        if isinstance(command, RecordReading):
            await asyncio.gather(*(self._ask(*each) for each in await in_thread(self._readings_of, command)))
            return IngestReceipt()
        done = await self._ask(await in_thread(self._shard_of, command), command)
        if isinstance(command, DecideClue):
            await in_thread(self._collect)
            await in_thread(self._mark_read, own_act(command))
            self._news.tell()
        return IngestReceipt(done.accepted, done.duplicates, done.rejected, untold=done.opened)

    async def news(self, seconds: float) -> bool:
        """Wait until there is a new notice, at most so long."""
        return await self._news.wait(seconds)

    def _readings_of(self, command: RecordReading) -> list[tuple[int, RecordReading]]:
        """To each shard those about its people."""
        people: dict[int, list[str]] = {}
        for person in command.people:
            people.setdefault(self._console.home(f"person:{person}"), []).append(person)
        return [
            (shard, RecordReading(tuple(some), command.actor, command.purpose, command.at))
            for shard, some in people.items()
        ]

    def _shard_of(
        self, command: DecideClue | RecordErasure | RecordDelivery | Resubmit | ChangeAccount | RecordAccess
    ) -> int:
        """Whose shard has what ``command`` is about; raises NotFound."""
        match command:
            case DecideClue():
                shard, what = self._console.shard_of_clue(command.clue_id), "clue"
            case Resubmit():
                shard, what = self._console.shard_of_quarantined(command.quarantine_id), "quarantined message"
            case RecordErasure():
                return self._console.home(f"person:{command.person_id}")
            case RecordDelivery():
                return self._console.home(DELIVERIES_SUBJECT)
            case RecordAccess():
                return self._console.home(f"account:{command.account}")
            case _:
                return _ACCOUNTS_SHARD
        if shard is None:
            raise NotFound(what)
        return shard

    async def _ask(self, shard: int, command: Command) -> Done:
        self._waiting += 1
        try:
            return await self._shards[shard].ask(command)
        finally:
            self._waiting -= 1

    def _mark_read(self, command: MarkRead) -> None:
        with self._console.database.transaction() as connection:
            mark_read(connection, command, at=self._console.clock())

    def _told(self, shard: int) -> None:
        self._shards[shard].told()
        self._records[shard].told()
        self._recorded.set()

    async def _keep_collecting(self) -> None:
        while True:
            await asyncio.sleep(COLLECT_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._recorded.wait()
            self._recorded.clear()
            try:
                if await in_thread(self._collect):
                    self._news.tell()
            except (DBAPIError, NoConnection, OSError) as error:
                log.warning("notices_not_collected", error=type(error).__name__)

    async def _keep_looking(self) -> None:
        while True:
            # Without the database we are not ready anyway.
            with contextlib.suppress(psycopg.Error):
                self._standing = await look(self._console.settings)
            await asyncio.sleep(_LOOK_AROUND_SECONDS)

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


def _by_topics() -> FactsComeByTopics:
    return FactsComeByTopics([topic.name for topic in TOPICS if topic.flow is Flow.INBOUND])


def node_of(console: Console, open_producer: OpenProducer | None = None) -> ConsoleNode:
    """The node that asks the workers of all shards, not started yet. It writes to the topics by ``open_producer``."""
    vault, seconds = console.vault, console.settings.kafka.answer_seconds
    parts = list(enumerate(console.parts))
    return ConsoleNode(
        console,
        {shard: Asking(shard, part, vault, seconds=seconds) for shard, part in parts},
        {shard: AwaitedRecords(shard, part) for shard, part in parts},
        open_producer or partial(open_kafka_producer, console.settings.kafka),
    )
