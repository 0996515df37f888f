"""A shard in a process of its own, so that it does not share an interpreter with the consumer.

In one process with Faust's threads a commit takes four times as long (docs/decisions/0024).
Deliveries cross in one direction, results in the other. An error is raised here as it was there.
"""

import multiprocessing
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

import structlog

from streams.child_processes import ChildPool
from streams.cluster.delivery import Delivery
from streams.cluster.dispatch import Feed, OpenFeed
from streams.cluster.kafka_feed import Passed, Recorded
from streams.intake.pool import spare_the_collector

log = structlog.get_logger(__name__)
T = TypeVar("T")

BEAT_SECONDS: Final = 1.0
STILL_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class ShardProcess:
    """The feed of a shard in another process. Raises BrokenProcessPool where that has died, or stood still.

    ``beats`` is a number that the process counts up once a second, whatever else it does.
    """

    pool: ChildPool
    beats: Any
    still_seconds: float

    def record(self, deliveries: Sequence[Delivery]) -> Recorded:
        return self.result_of(self.pool.submit(_record, deliveries))

    def let_time_pass(self, complete_to: datetime | None = None) -> Passed:
        return self.result_of(self.pool.submit(_let_time_pass, complete_to))

    def result_of(self, work: "Future[T]") -> T:
        """Wait as long as the process lives. One that was stopped (SIGSTOP) says nothing: it is killed."""
        beat, still = self.beats.value, 0.0
        # Seconds are counted here and not taken from the clock: a machine that slept has stopped both processes.
        while not wait([work], timeout=BEAT_SECONDS).done:
            # Before its first beat the process loads its modules, which takes long on a busy machine.
            still = still + BEAT_SECONDS if self.beats.value == beat > 0 else 0.0
            beat = self.beats.value
            if still >= self.still_seconds:
                log.critical("shard_stands_still", seconds=still)
                self.pool.kill()
                return work.result()
        return work.result()


@contextmanager
def open_in_child(open_feed: OpenFeed, shard: int, *, still_seconds: float = STILL_SECONDS) -> Iterator[ShardProcess]:
    """The feed that ``open_feed``, which must be picklable, opens in a process that ends with this one."""
    beats = multiprocessing.get_context("spawn").Value("Q", 0, lock=False)
    with ChildPool(1, partial(_begin, beats)) as pool:
        process = ShardProcess(pool, beats, still_seconds)
        process.result_of(pool.submit(_open, open_feed, shard))
        try:
            yield process
        finally:
            process.result_of(pool.submit(_close))


class _Here:
    """The one shard of this process."""

    feed: Feed
    opened = ExitStack()


def _begin(beats: Any) -> None:
    # It reaches every process of a service; what the worker has begun is waited for.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_beat, args=(beats,), name="beats", daemon=True).start()


def _beat(beats: Any) -> None:
    while True:
        beats.value += 1
        time.sleep(BEAT_SECONDS)


def _open(open_feed: OpenFeed, shard: int) -> None:
    _Here.feed = _Here.opened.enter_context(open_feed(shard))
    spare_the_collector()


def _record(deliveries: Sequence[Delivery]) -> Recorded:
    return _Here.feed.record(deliveries)


def _let_time_pass(complete_to: datetime | None) -> Passed:
    return _Here.feed.let_time_pass(complete_to)


def _close() -> None:
    _Here.opened.close()
