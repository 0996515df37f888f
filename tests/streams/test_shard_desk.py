"""The desk that hands deliveries to shards, each with a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from streams.delivery import Delivery
from streams.kafka_feed import Recorded
from streams.shard_desk import CALM_SECONDS, FEW_BULK_RECORDS, FEW_RECORDS, Lane, ShardDesk
from streams.topics import ATTENDANCE_BULK, BID_OPENINGS, FOLLOW_UPS, INSURANCE_PAYMENTS, Topic


@dataclass
class SlowFeed:
    """Records once it may; tells what it did, and in which thread."""

    may: threading.Event = field(default_factory=threading.Event)
    did: list[str] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    open: bool = False

    def record(self, deliveries: Sequence[Delivery]) -> Recorded:
        self.may.wait(10)
        self.threads.add(threading.current_thread().name)
        self.did.append(deliveries[0].topic.name)
        return Recorded(accepted=len(deliveries))

    def let_time_pass(self) -> bool:
        return False


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
def desk(feeds: list[SlowFeed]) -> Iterator[ShardDesk]:
    found = ShardDesk(lambda shard: opened(feeds[shard]), 2, {})
    yield found
    for feed in feeds:
        feed.may.set()
    for lane in found.lanes.values():
        lane.close()


async def test_each_shard_records_its_partitions_in_its_own_thread(desk: ShardDesk, feeds: list[SlowFeed]) -> None:
    for feed in feeds:
        feed.may.set()
    recorded = await desk.record([delivered(number) for number in range(5)])
    assert recorded == Recorded(accepted=5)
    assert [feed.threads for feed in feeds] == [{"shard-0"}, {"shard-1"}]


async def test_whoever_is_told_to_stop_waits_for_what_was_begun(desk: ShardDesk, feeds: list[SlowFeed]) -> None:
    """What was taken is acknowledged when the wait ends: it must be recorded by then."""
    recording = asyncio.ensure_future(desk.record([delivered()]))
    await asyncio.sleep(0.05)
    recording.cancel()
    await asyncio.sleep(0.05)
    assert not recording.done()
    feeds[0].may.set()
    with pytest.raises(asyncio.CancelledError):
        await recording
    assert feeds[0].did == [INSURANCE_PAYMENTS.name]


async def test_openings_go_before_what_waits(desk: ShardDesk, feeds: list[SlowFeed]) -> None:
    topics = (INSURANCE_PAYMENTS, INSURANCE_PAYMENTS, BID_OPENINGS)
    recording = []
    for topic in topics:
        recording.append(asyncio.ensure_future(desk.record([delivered(topic=topic)])))
        await asyncio.sleep(0.05)
    feeds[0].may.set()
    await asyncio.gather(*recording)
    assert feeds[0].did == [topic.name for topic in (INSURANCE_PAYMENTS, BID_OPENINGS, INSURANCE_PAYMENTS)]


async def test_a_shard_that_is_ours_no_more_is_closed(desk: ShardDesk, feeds: list[SlowFeed]) -> None:
    await desk.let_time_pass({0, 1})
    assert [feed.open for feed in feeds] == [True, True]
    await desk.let_time_pass({1})
    assert [feed.open for feed in feeds] == [False, True]


def test_a_database_that_is_away_while_a_shard_is_opened_is_waited_for() -> None:
    tries = iter([ConnectionRefusedError(), None])

    @contextmanager
    def opening(_: int) -> Iterator[SlowFeed]:
        if (error := next(tries)) is not None:
            raise error
        yield SlowFeed()

    lane = Lane(0, opening)
    assert lane.submit(lambda feed: feed.let_time_pass()).result(10) is False
    lane.close()


@pytest.mark.parametrize(("topic", "few"), [(INSURANCE_PAYMENTS, FEW_RECORDS), (ATTENDANCE_BULK, FEW_BULK_RECORDS)])
async def test_while_somebody_waits_the_rest_is_recorded_in_smaller_parts(
    desk: ShardDesk, feeds: list[SlowFeed], topic: Topic, few: int
) -> None:
    feed, calm = feeds[0], [delivered(topic=topic)] * (2 * few + 1)
    feed.may.set()
    assert await desk.record(calm) == Recorded(accepted=len(calm))
    assert feed.did == [topic.name]
    await desk.record([delivered(topic=BID_OPENINGS)])
    feed.may.clear()
    waited_with = asyncio.ensure_future(desk.record(calm))
    await asyncio.sleep(0.05)
    opening = asyncio.ensure_future(desk.record([delivered(topic=BID_OPENINGS)]))
    await asyncio.sleep(0.05)
    feed.may.set()
    await opening
    assert await waited_with == Recorded(accepted=len(calm))
    assert feed.did[2:] == [topic.name, BID_OPENINGS.name, topic.name, topic.name]


async def test_masses_of_follow_ups_leave_batches_whole(desk: ShardDesk, feeds: list[SlowFeed]) -> None:
    feeds[0].may.set()
    for _ in range(2):
        await desk.record([delivered(topic=FOLLOW_UPS)] * (2 * FEW_RECORDS))
    assert feeds[0].did == [FOLLOW_UPS.name] * 2


async def test_when_nobody_has_waited_for_a_while_batches_are_whole_again(
    desk: ShardDesk, feeds: list[SlowFeed]
) -> None:
    feeds[0].may.set()
    await desk.record([delivered(topic=BID_OPENINGS)])
    desk.calm_from -= CALM_SECONDS
    await desk.record([delivered()] * (2 * FEW_RECORDS))
    assert feeds[0].did == [BID_OPENINGS.name, INSURANCE_PAYMENTS.name]
