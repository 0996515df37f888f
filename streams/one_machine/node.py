"""One machine's node: what HTTP, files and standard input feed, and are answered by."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

from sqlalchemy import Connection

from domain.access import Actor
from domain.facts import OWN_PREFIX
from domain.facts.access import DossierRead
from domain.facts.fact import Person
from projections.judging import Judgement
from streams.intake.intake import Intake
from streams.intake.own_facts import prepare_own
from streams.intake.pool import IntakePool, share_the_interpreter, spare_the_collector
from streams.intake.prepared import FieldError, PreparedBatch
from streams.intake.quarantine import Quarantine
from streams.one_machine.writer import Writer
from streams.shard.shard import Receipt as Recorded
from streams.shard.shard import Shard
from streams.threads import in_thread

READING_SOURCE = f"{OWN_PREFIX}readings"
INTAKE_PROCESSES = 1
_MOMENT_SECONDS = 0.01
_YOUNG = 10_000
"""Objects the collector walks at a time, for some 10 ms: an opening may be waiting."""
SMALL_CALL = 20
"""Calls of up to so many messages are prepared at once, larger ones in the intake process."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A message that did not get in; nothing of it is lost, it waits in quarantine."""

    index: int
    id: str | None
    quarantine_id: str
    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a call, after the commit; ``judgements`` are those its openings raised at once."""

    accepted: int = 0
    duplicates: int = 0
    rejected: tuple[Rejection, ...] = ()
    judgements: tuple[Judgement, ...] = ()


class Database(Protocol):
    def read(self) -> AbstractContextManager[Connection]: ...


Decision = Callable[[Connection, datetime], Any]


class Embedded:
    """Owns the writer; every method but :meth:`start` and :meth:`stop` is for the event loop."""

    def __init__(
        self,
        open_shard: Callable[[], Shard],
        make_intake: Callable[[], Intake],
        database: Database,
        quarantine: Quarantine,
        *,
        clock: Callable[[], datetime],
        most_waiting: int = 50_000,
    ) -> None:
        self._writer = Writer(open_shard, most_waiting=most_waiting, committed=self._committed)
        self._intake = make_intake()
        self._pool = IntakePool(make_intake, processes=INTAKE_PROCESSES)
        self._database = database
        self._quarantine = quarantine
        self._clock = clock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        await in_thread(self._writer.start)
        spare_the_collector(young=_YOUNG)
        share_the_interpreter()

    async def stop(self) -> None:
        """Commit what was handed in, then end."""
        await in_thread(self._writer.stop)
        await in_thread(self._pool.close)

    @property
    def ready(self) -> bool:
        return self._writer.alive

    @property
    def waiting(self) -> int:
        """Messages handed in and not committed yet."""
        return self._writer.waiting

    async def ingest(self, messages: Sequence[bytes], *, urgent: bool, allowed_source: str | None = None) -> Receipt:
        """Record ``messages``, each one structured CloudEvent as JSON; answers after the commit.

        ``urgent`` messages are committed before bulk work. Raises Overloaded while too much of
        that is waiting.
        """
        # Whoever waits may go away; what intake has seen must be committed all the same.
        return await asyncio.shield(self._ingest(messages, urgent=urgent, allowed_source=allowed_source))

    async def _ingest(self, messages: Sequence[bytes], *, urgent: bool, allowed_source: str | None) -> Receipt:
        # Room is made before, for whom intake has met it does not introduce again.
        with self._writer.room(len(messages), urgent=urgent):
            if len(messages) <= SMALL_CALL:
                batch = self._intake.prepare(messages, allowed_source=allowed_source)
            else:
                batch = await self._prepared_in_child(messages, allowed_source)
            recorded = self._writer.submit(batch, urgent=urgent)
        return _answer(await asyncio.wrap_future(recorded))

    async def _prepared_in_child(self, messages: Sequence[bytes], allowed_source: str | None) -> PreparedBatch:
        """Prepared in an intake process; once more where it died over it."""
        try:
            return await asyncio.wrap_future(self._pool.prepare(messages, allowed_source=allowed_source))
        except BrokenProcessPool:
            return await asyncio.wrap_future(self._pool.prepare(messages, allowed_source=allowed_source))

    async def decide(self, decision: Decision) -> Any:
        """Run a person's decision in a transaction of its own; raises what it raises."""
        return await asyncio.wrap_future(self._writer.run(lambda shard: shard.decide(decision)))

    async def resubmit(self, quarantine_id: str, body: bytes | None, actor: Actor) -> Receipt:
        """Try a quarantined message again, with a corrected ``body`` or as it was sent."""
        kept = await in_thread(self._opened, quarantine_id, actor)
        receipt = await self.ingest([body or kept], urgent=True, allowed_source=actor.source)
        if not receipt.rejected:
            await self.decide(lambda connection, at: self._quarantine.resolve(connection, quarantine_id, at))
        elif (again := receipt.rejected[0].quarantine_id) != quarantine_id:
            await self.decide(lambda connection, at: self._quarantine.replace(connection, quarantine_id, at, by=again))
        return receipt

    async def record_reading(self, person_id: str, actor: Actor, reason: str) -> None:
        """Record that ``actor`` was shown a dossier."""
        data = DossierRead(person=Person(person_id=person_id), reader=actor.name, role=actor.role, reason=reason)
        batch = prepare_own([(READING_SOURCE, str(uuid4()), data, {"time": self._clock().isoformat()})])
        await asyncio.wrap_future(self._writer.submit(batch, urgent=True))

    async def settled(self, within: timedelta) -> None:
        """Wait until all is judged that falls due ``within`` so long, as what came in masses does."""
        end = self._clock() + within
        due = await self._judged()
        while due is not None and due <= end:
            await asyncio.sleep(max((due - self._clock()).total_seconds(), _MOMENT_SECONDS))
            due = await self._judged()

    async def _judged(self) -> datetime | None:
        """Judge what is due; when something falls due next."""
        return await asyncio.wrap_future(self._writer.run(_judge_what_is_due))

    async def news(self, seconds: float) -> bool:
        """Wait until something was committed, at most so long."""
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def _opened(self, quarantine_id: str, actor: Actor) -> bytes:
        with self._database.read() as connection:
            return self._quarantine.opened(connection, quarantine_id, actor)

    def _committed(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        """Wake all who wait now; who comes later waits for the next commit."""
        waiting, self._news = self._news, asyncio.Event()
        waiting.set()


def _judge_what_is_due(shard: Shard) -> datetime | None:
    shard.let_time_pass()
    return shard.next_due


def _answer(recorded: Recorded) -> Receipt:
    return Receipt(
        recorded.accepted,
        recorded.duplicates,
        tuple(
            Rejection(refusal.index, refusal.id, quarantine_id, refusal.errors)
            for refusal, quarantine_id in recorded.quarantined
        ),
        tuple(recorded.judgements),
    )
