"""A shard in a process of its own, so that it does not share an interpreter with the consumer.

In one process with Faust's threads a commit takes four times as long (docs/decisions/0024).
Deliveries cross in one direction, results in the other. An error is raised here as it was there.
"""

import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

from streams.child_processes import ChildPool
from streams.cluster.delivery import Delivery
from streams.cluster.dispatch import Feed, OpenFeed
from streams.cluster.kafka_feed import Passed, Recorded
from streams.intake.pool import spare_the_collector


@dataclass(frozen=True, slots=True)
class ShardProcess:
    """The feed of a shard in another process. Raises BrokenProcessPool where that has died."""

    pool: ProcessPoolExecutor

    def record(self, deliveries: Sequence[Delivery]) -> Recorded:
        return self.pool.submit(_record, deliveries).result()

    def let_time_pass(self, complete_to: datetime | None = None) -> Passed:
        return self.pool.submit(_let_time_pass, complete_to).result()


@contextmanager
def open_in_child(open_feed: OpenFeed, shard: int) -> Iterator[ShardProcess]:
    """The feed that ``open_feed``, which must be picklable, opens in a process that ends with this one."""
    with ChildPool(1, _begin) as pool:
        pool.submit(_open, open_feed, shard).result()
        try:
            yield ShardProcess(pool)
        finally:
            pool.submit(_close).result()


class _Here:
    """The one shard of this process."""

    feed: Feed
    opened = ExitStack()


def _begin() -> None:
    # It reaches every process of a service; what the worker has begun is waited for.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _open(open_feed: OpenFeed, shard: int) -> None:
    _Here.feed = _Here.opened.enter_context(open_feed(shard))
    spare_the_collector()


def _record(deliveries: Sequence[Delivery]) -> Recorded:
    return _Here.feed.record(deliveries)


def _let_time_pass(complete_to: datetime | None) -> Passed:
    return _Here.feed.let_time_pass(complete_to)


def _close() -> None:
    _Here.opened.close()
