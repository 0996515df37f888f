"""One machine's node: what HTTP, files and standard input feed, and are answered by."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextvars import copy_context
from dataclasses import replace
from datetime import datetime
from typing import TypeVar, cast

from domain.errors import CannotRecord
from domain.sources.bounds import Channel
from streams.intake.completing import prepare_again
from streams.intake.intake import Intake
from streams.intake.pool import IntakePool, share_the_interpreter, spare_the_collector
from streams.intake.prepared import HandedIn, PreparedBatch
from streams.intake.refusal_log import log_refusals
from streams.node.commands import Command, Resubmit
from streams.node.node import IngestReceipt, News
from streams.node.performing import Performer
from streams.one_machine.commit_times import CommitTimes
from streams.one_machine.urgency import is_urgent, may_be_urgent
from streams.one_machine.writer import Writer
from streams.shard.shard import Shard
from streams.threads import in_thread

T = TypeVar("T")

INTAKE_PROCESSES = 1
_MOMENT_SECONDS = 0.01
_YOUNG = 10_000
"""Objects the collector walks at a time, for some 10 ms: an opening may be waiting."""
SMALL_CALL = 20
"""Calls of up to so many messages are prepared at once, larger ones in the intake process."""
SMALL_CALL_BYTES = 6_000
"""Where an intake process is there, a larger call goes to it too: what is wrong in it may take 3 ms a kilobyte."""
_BULK_IN_INTAKE = INTAKE_PROCESSES + 1
"""Bulk calls that are prepared or wait for it: an opening that goes to the intake process waits for no more."""


class EmbeddedNode:
    """Owns the writer; every method but :meth:`start` and :meth:`stop` is for the event loop."""

    def __init__(
        self,
        open_shard: Callable[[], Shard],
        make_intake: Callable[[], Intake],
        performer: Performer,
        *,
        clock: Callable[[], datetime],
        most_waiting: int = 50_000,
        check_room: Callable[[], None] = lambda: None,
        obstacles: Callable[[], Iterable[CannotRecord]] = tuple,
    ) -> None:
        self._check_room = check_room
        self._obstacles = obstacles
        self._writer = Writer(open_shard, most_waiting=most_waiting, committed=self._committed)
        self._intake = make_intake()
        self._pool = IntakePool(make_intake, processes=INTAKE_PROCESSES)
        self._bulk_intake = asyncio.Semaphore(_BULK_IN_INTAKE)
        self._performer = performer
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = News()

    async def start(self, *, expecting_bulk: bool = False) -> None:
        """Where bulk feeds are expected, the intake process starts too; it is not waited for."""
        self._loop = asyncio.get_running_loop()
        try:
            await in_thread(self._writer.start)
            if expecting_bulk:
                await in_thread(self._pool.start)
        except BaseException:
            await in_thread(self._pool.close)
            raise
        spare_the_collector(young=_YOUNG)
        share_the_interpreter()

    async def stop(self) -> None:
        """Commit what was handed in, then end."""
        await in_thread(self._writer.stop)
        await in_thread(self._pool.close)

    @property
    def ready(self) -> bool:
        return self._writer.alive and not any(True for _ in self._obstacles())

    @property
    def problems(self) -> Sequence[str]:
        return [str(obstacle) for obstacle in self._obstacles()]

    @property
    def commit_times(self) -> CommitTimes:
        return self._writer.commit_times

    @property
    def waiting(self) -> int:
        """Messages handed in and not committed yet."""
        return self._writer.waiting

    async def ingest(
        self,
        messages: Sequence[bytes],
        *,
        allowed_source: str | None = None,
        delivery_id: str | None = None,
        by: str | None = None,
    ) -> IngestReceipt:
        """Record ``messages``, each one structured CloudEvent as JSON; answers after the commit.

        Openings, candidates and awards go before bulk work (:mod:`streams.one_machine.urgency`).
        Raises Overloaded while too much bulk work is waiting, CannotRecord where the disk or the clock forbids it.
        """
        # Whoever waits may go away; what intake has seen must be committed all the same.
        handed_in = HandedIn(Channel.HTTP, by, messages)
        return await asyncio.shield(self._ingest(handed_in, allowed_source, delivery_id))

    async def _ingest(self, handed_in: HandedIn, allowed_source: str | None, delivery_id: str | None) -> IngestReceipt:
        messages = handed_in.messages
        # Reserve capacity first: a person that intake has already sealed is not sealed again,
        # so a call that is refused after preparing would lose the sealed row.
        self._check_room()
        seems_urgent = may_be_urgent(messages)
        with self._writer.room(len(messages), urgent=seems_urgent):
            if self._is_small(messages):
                batch = self._intake.prepare(messages, allowed_source=allowed_source)
            elif seems_urgent:
                batch = await self._prepared_in_child(messages, allowed_source)
            else:
                async with self._bulk_intake:
                    batch = await self._prepared_in_child(messages, allowed_source)
            # Added here: the messages need not come back from the intake process.
            batch = replace(batch, handed_in=handed_in, delivery_id=delivery_id)
            recorded = self._writer.submit(batch, urgent=is_urgent(batch))
        result = await asyncio.wrap_future(recorded)
        log_refusals(result.quarantined)
        return IngestReceipt.of(result)

    def _is_small(self, messages: Sequence[bytes]) -> bool:
        """Whether it can be prepared here and now."""
        if len(messages) > SMALL_CALL:
            return False
        return not self._pool.ready or sum(map(len, messages)) <= SMALL_CALL_BYTES

    async def _prepared_in_child(self, messages: Sequence[bytes], allowed_source: str | None) -> PreparedBatch:
        return await self._in_child(lambda: self._pool.prepare(messages, allowed_source=allowed_source))

    async def _in_child(self, prepare: "Callable[[], Future[PreparedBatch]]") -> PreparedBatch:
        """Prepared in an intake process; once more where it died over it."""
        try:
            return await asyncio.wrap_future(prepare())
        except BrokenProcessPool:
            return await asyncio.wrap_future(prepare())

    async def perform(self, command: Command) -> IngestReceipt:
        """Carry out what somebody asks for; raises what :meth:`Performer.perform` raises."""
        if isinstance(command, Resubmit):
            return await asyncio.shield(self._resubmit(command))
        return await self.with_shard(lambda shard: self._performer.perform(shard, command))

    async def _resubmit(self, command: Resubmit) -> IngestReceipt:
        """The message is prepared where a call of its size is, and not in the shard's thread, for which others wait."""
        again = await in_thread(self._performer.sent_again, command)
        if self._pool.ready and again.size > SMALL_CALL_BYTES:
            batch = await self._in_child(lambda: self._pool.prepare_again(again))
        else:
            batch = prepare_again(self._intake, again)
        return await self.with_shard(lambda shard: self._performer.resubmit(shard, command, batch))

    async def with_shard(self, work: Callable[[Shard], T]) -> T:
        """Run ``work`` in the thread that owns the shard, between two commits; raises what it raises."""
        # What is logged there names the request it was done for.
        context = copy_context()
        return cast(T, await asyncio.wrap_future(self._writer.run(lambda shard: context.run(work, shard))))

    async def judge_what_is_due(self) -> None:
        while await self.with_shard(Shard.let_time_pass):
            pass  # There may be more that is due than one batch judges.

    async def settling(self) -> list[datetime]:
        """When each of the case groups is judged that wait until nothing more comes; ascending."""
        return await self.with_shard(_still_settling)

    async def settled(self) -> None:
        """Wait until nothing settles any more; what falls due for another reason is not waited for."""
        moments = await self.settling()
        while moments:
            await asyncio.sleep(max((moments[0] - self._clock()).total_seconds(), _MOMENT_SECONDS))
            moments = await self.settling()

    async def news(self, seconds: float) -> bool:
        """Wait until something was committed, at most so long."""
        return await self._news.wait(seconds)

    def _committed(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._news.tell)


def _still_settling(shard: Shard) -> list[datetime]:
    shard.let_time_pass()
    return shard.settling
