"""The dispatch that hands deliveries to shards, each with a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from streams.cluster.delivery import Delivery
from streams.cluster.dispatch import Lane, ShardDispatch
from streams.cluster.kafka_feed import Passed, Recorded
from streams.cluster.topics import BID_OPENINGS, INSURANCE_PAYMENTS, Topic


@dataclass
class SlowFeed:
    """Records once it may; tells what it did, and in which thread."""

    may: threading.Event = field(default_factory=threading.Event)
    did: list[str] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    open: bool = False
    waits: bool = False

    def record(self, deliveries: Sequence[Delivery]) -> Recorded:
        self.may.wait(10)
        self.threads.add(threading.current_thread().name)
        self.did.append(deliveries[0].topic.name)
        return Recorded(accepted=len(deliveries), notices_wait=self.waits)

    def let_time_pass(self, complete_to: datetime | None = None) -> Passed:
        self.did.append("looked" if complete_to is None else "told")
        return Passed(notices_wait=self.waits and complete_to is None)


@contextmanager
def opened(feed: SlowFeed) -> Iterator[SlowFeed]:
    feed.open = True
    yield feed
    feed.open = False


def delivered(partition: int = 0, topic: Topic = INSURANCE_PAYMENTS) -> Delivery:
    return Delivery(topic, partition, 0, None, b"", ())


@pytest.fixture
def feeds() -> list[SlowFeed]:
    return [SlowFeed(), SlowFeed()]


@pytest.fixture
def dispatch(feeds: list[SlowFeed]) -> Iterator[ShardDispatch]:
    found = ShardDispatch(lambda shard: opened(feeds[shard]), 2, {})
    yield found
    for feed in feeds:
        feed.may.set()
    for lane in found.lanes.values():
        lane.close()


async def test_each_shard_records_its_partitions_in_its_own_thread(
    dispatch: ShardDispatch, feeds: list[SlowFeed]
) -> None:
    for feed in feeds:
        feed.may.set()
    recorded = await dispatch.record([delivered(number) for number in range(5)])
    assert recorded == Recorded(accepted=5)
    assert [feed.threads for feed in feeds] == [{"shard-0"}, {"shard-1"}]


async def test_whoever_is_told_to_stop_waits_for_what_was_begun(dispatch: ShardDispatch, feeds: list[SlowFeed]) -> None:
    """What was taken is acknowledged when the wait ends: it must be recorded by then."""
    recording = asyncio.ensure_future(dispatch.record([delivered()]))
    await asyncio.sleep(0.05)
    recording.cancel()
    await asyncio.sleep(0.05)
    assert not recording.done()
    feeds[0].may.set()
    with pytest.raises(asyncio.CancelledError):
        await recording
    assert feeds[0].did == [INSURANCE_PAYMENTS.name]


async def test_openings_go_before_what_waits(dispatch: ShardDispatch, feeds: list[SlowFeed]) -> None:
    topics = (INSURANCE_PAYMENTS, INSURANCE_PAYMENTS, BID_OPENINGS)
    recording = []
    for topic in topics:
        recording.append(asyncio.ensure_future(dispatch.record([delivered(topic=topic)])))
        await asyncio.sleep(0.05)
    feeds[0].may.set()
    await asyncio.gather(*recording)
    assert feeds[0].did == [topic.name for topic in (INSURANCE_PAYMENTS, BID_OPENINGS, INSURANCE_PAYMENTS)]


async def test_whoever_asks_is_served_before_the_next_batch(dispatch: ShardDispatch, feeds: list[SlowFeed]) -> None:
    recording = [asyncio.ensure_future(dispatch.record([delivered()])) for _ in range(2)]
    await asyncio.sleep(0.05)
    dispatch.look(0)
    dispatch.look(1)
    feeds[0].may.set()
    await asyncio.gather(*recording)
    assert feeds[0].did == [INSURANCE_PAYMENTS.name, "looked", INSURANCE_PAYMENTS.name]
    assert feeds[1].did == [], "a shard that we have not opened is somebody else's"


async def test_whose_notices_wait_is_told_what_is_recorded_and_nobody_else(
    dispatch: ShardDispatch, feeds: list[SlowFeed]
) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    feeds[0].waits = True
    for feed in feeds:
        feed.may.set()
    await dispatch.record([delivered(0), delivered(1)])
    assert dispatch.notices_wait.is_set()
    await dispatch.complete(moment)
    assert not dispatch.notices_wait.is_set()
    assert [feed.did for feed in feeds] == [[INSURANCE_PAYMENTS.name, "told"], [INSURANCE_PAYMENTS.name]]
    await dispatch.record([delivered(0)])
    await dispatch.let_time_pass(set())
    assert not dispatch.notices_wait.is_set(), "a shard that is somebody else's waits elsewhere"


async def test_a_shard_that_is_ours_no_more_is_closed(dispatch: ShardDispatch, feeds: list[SlowFeed]) -> None:
    await dispatch.let_time_pass({0, 1})
    assert [feed.open for feed in feeds] == [True, True]
    await dispatch.let_time_pass({1})
    assert [feed.open for feed in feeds] == [False, True]


def test_a_database_that_is_away_while_a_shard_is_opened_is_waited_for() -> None:
    tries = iter([ConnectionRefusedError(), None])

    @contextmanager
    def opening(_: int) -> Iterator[SlowFeed]:
        if (error := next(tries)) is not None:
            raise error
        yield SlowFeed()

    lane = Lane(0, opening)
    assert lane.submit(lambda feed: feed.let_time_pass()).result(10) == Passed()
    lane.close()
