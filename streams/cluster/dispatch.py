"""Dispatch: hands deliveries to the shards of one worker, each of which has a thread of its own.

The event loop hands deliveries in and waits. A stop or a rebalance waits until the work that was
begun is finished: Faust acknowledges the records as soon as the wait ends.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from queue import PriorityQueue
from typing import Protocol, TypeVar

import structlog

from streams.cluster.deadline import EXIT_CODE
from streams.cluster.delivery import Delivery
from streams.cluster.kafka_feed import Passed, Recorded
from streams.cluster.skipped_records import spans
from streams.cluster.topics import URGENT
from streams.cluster.trying_again import while_away
from streams.threads import finished, in_thread

log = structlog.get_logger(__name__)
T = TypeVar("T")

_URGENT, _NEXT, _LAST = range(3)


class Feed(Protocol):
    """A shard's feed, used in the shard's thread only."""

    def record(self, deliveries: Sequence[Delivery]) -> Recorded: ...

    def let_time_pass(self, complete_to: datetime | None = None) -> Passed: ...


OpenFeed = Callable[[int], AbstractContextManager[Feed]]
"""Opens the feed of a shard, by its number, in the thread that uses and closes it."""


class Lane:
    """The thread of one shard; urgent work goes first."""

    def __init__(self, shard: int, open_feed: OpenFeed) -> None:
        self._shard = shard
        self._open_feed = open_feed
        self._opened = ExitStack()
        self._feed: Feed | None = None
        self._waiting: PriorityQueue[tuple[int, int, Callable[[], object]]] = PriorityQueue()
        self._numbers = count()
        self._thread = threading.Thread(target=self._run, name=f"shard-{shard}", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Feed], T], *, urgent: bool = False) -> "Future[T]":
        """Run ``work`` in the shard's thread."""
        done: Future[T] = Future()
        done.set_running_or_notify_cancel()
        self._put(_URGENT if urgent else _NEXT, lambda: _settle(done, lambda: work(self._feed_of_shard())))
        return done

    def close(self) -> None:
        """After what was handed in."""
        self._put(_LAST, _end)
        self._thread.join()

    def _put(self, priority: int, work: Callable[[], object]) -> None:
        self._waiting.put((priority, next(self._numbers), work))

    def _run(self) -> None:
        try:
            while True:
                _, _, work = self._waiting.get()
                work()
        except SystemExit:
            self._opened.close()

    def _feed_of_shard(self) -> Feed:
        if self._feed is None:
            self._feed = while_away("shard_not_opened")(self._open)
        return self._feed

    def _open(self) -> Feed:
        return self._opened.enter_context(self._open_feed(self._shard))


def _end() -> None:
    sys.exit()


def _settle(done: "Future[T]", work: Callable[[], T]) -> None:
    try:
        done.set_result(work())
    except BaseException as error:  # noqa: BLE001 - whoever handed it in is told
        done.set_exception(error)


@dataclass(slots=True)
class ShardDispatch:
    """Hands deliveries to the shards they belong to; ``lanes`` are those open now.

    ``notices_wait`` is set while a shard has notices that wait for data.
    """

    open_feed: OpenFeed
    shards: int
    lanes: dict[int, Lane]
    notices_wait: asyncio.Event = field(default_factory=asyncio.Event)
    _begun: set["asyncio.Task[None]"] = field(default_factory=set)
    _waiting: set[int] = field(default_factory=set)

    async def record(self, deliveries: Sequence[Delivery]) -> Recorded:
        """Record deliveries of one topic; ends the process where a shard cannot."""
        by_shard: dict[int, list[Delivery]] = {}
        for delivery in deliveries:
            by_shard.setdefault(delivery.partition % self.shards, []).append(delivery)
        urgent = deliveries[0].topic in URGENT
        done = [self._lane(shard).submit(_recording(part), urgent=urgent) for shard, part in by_shard.items()]
        total = Recorded()
        answers = await finished(asyncio.gather(*map(asyncio.wrap_future, done), return_exceptions=True))
        for (shard, part), one in zip(by_shard.items(), answers, strict=True):
            if isinstance(one, BaseException):
                give_up(one, shard=shard, records=spans(part))
            else:
                total += one
                self._heard(shard, notices_wait=one.notices_wait)
        return total

    async def let_time_pass(self, owned: set[int]) -> None:
        """Judge what is due in the shards that this worker owns; close the others."""
        for shard in self.lanes.keys() - owned:
            lane = self.lanes.pop(shard)
            self._heard(shard, notices_wait=False)
            await in_thread(lane.close)
        for shard in sorted(owned):
            await self._passed(_let_time_pass_in(self._lane(shard)), shard)

    async def complete(self, moment: datetime) -> None:
        """All that lay in the topics at ``moment`` is recorded: have the shards tell what waited for it."""
        lanes = [(shard, self.lanes[shard]) for shard in sorted(self._waiting & self.lanes.keys())]
        begun = [(_let_time_pass_in(lane, urgent=True, complete_to=moment), shard) for shard, lane in lanes]
        for due, shard in begun:
            await self._passed(due, shard)

    def _heard(self, shard: int, *, notices_wait: bool) -> None:
        (self._waiting.add if notices_wait else self._waiting.discard)(shard)
        (self.notices_wait.set if self._waiting else self.notices_wait.clear)()

    def look(self, shard: int) -> None:
        """Somebody waits for what he asked of ``shard``: look before its next batch, where it is ours."""
        if shard in self.lanes:
            # Handed in now and not in the task: the thread may take its next batch before that begins.
            due = _let_time_pass_in(self.lanes[shard], urgent=True)
            task = asyncio.ensure_future(self._passed(due, shard))
            self._begun.add(task)
            task.add_done_callback(self._begun.discard)

    async def _passed(self, due: "Future[Passed]", shard: int) -> None:
        try:
            passed = await finished(asyncio.wrap_future(due))
            self._heard(shard, notices_wait=passed.notices_wait)
        except BrokenExecutor as error:
            give_up(error, shard=shard)
        except Exception as error:  # noqa: BLE001 - nobody waits for it; the next batch tells what is wrong
            log.warning("due_dates_not_judged", error=type(error).__name__, shard=shard)

    def _lane(self, shard: int) -> Lane:
        if shard not in self.lanes:
            self.lanes[shard] = Lane(shard, self.open_feed)
        return self.lanes[shard]


def _let_time_pass_in(lane: Lane, *, urgent: bool = False, complete_to: datetime | None = None) -> "Future[Passed]":
    return lane.submit(lambda feed: feed.let_time_pass(complete_to), urgent=urgent)


def _recording(deliveries: Sequence[Delivery]) -> Callable[[Feed], Recorded]:
    return lambda feed: feed.record(deliveries)


def give_up(error: BaseException, **about: object) -> None:
    """End at once, without acknowledging anything."""
    log.critical("worker_gives_up", error=type(error).__name__, **about)
    os._exit(EXIT_CODE)
