"""From the produce of a bid opening to its notice on the notices topic, at half of a worker's load."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench.city import City
from bench.cluster.feeds import LATENCY, STRUCTURED, Record, topic_of
from streams.cluster.topics import BID_OPENINGS, NOTICES
from tests.kafka.cluster import Cluster

OPENINGS_PER_SECOND = 3
DAY = date(2025, 6, 18)
LAST_NOTICE_SECONDS = 30
WARM_UP_SECONDS = 8
MOMENT_SECONDS = 0.005


@dataclass(slots=True)
class Latencies:
    """Seconds, by tender; ``missing`` openings had no notice in time."""

    produced: dict[str, float] = field(default_factory=dict)
    noticed: dict[str, float] = field(default_factory=dict)
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def seconds(self) -> list[float]:
        return [self.noticed[tender] - at for tender, at in self.produced.items() if tender in self.noticed]

    @property
    def missing(self) -> int:
        return len(self.produced) - len(self.noticed)


def measured(cluster: Cluster, bulk: Sequence[Record], per_second: float, openings: int) -> Latencies:
    """``bulk`` streams in meanwhile, so many records a second."""
    return asyncio.run(_measured(cluster, bulk, per_second, openings))


async def _measured(cluster: Cluster, bulk: Sequence[Record], per_second: float, openings: int) -> Latencies:
    found, city = Latencies(), City(f"LAT-{time.time_ns() // 1_000_000}", source=LATENCY)
    address = cluster.broker.address
    async with (
        AIOKafkaProducer(bootstrap_servers=address, linger_ms=5) as producer,
        AIOKafkaConsumer(NOTICES.name, bootstrap_servers=address, auto_offset_reset="latest") as consumer,
    ):
        leads = {city.tender(number): city.lead_with_a_clue() for number in range(openings)}
        for lead in leads.values():
            for line in city.facts_about(lead, day=DAY):
                message = line.encode()
                await producer.send(topic_of(message).name, message, str(lead).encode(), headers=STRUCTURED)
        feeding = asyncio.create_task(_feed(producer, bulk, per_second))
        listening = asyncio.create_task(_listen(consumer, found, openings))
        await asyncio.sleep(WARM_UP_SECONDS)
        for tender, lead in leads.items():
            found.produced[tender] = time.perf_counter()
            opening = city.opening(tender, [lead], day=DAY).encode()
            await producer.send_and_wait(BID_OPENINGS.name, opening, f"lot:{tender}/1".encode(), headers=STRUCTURED)
            await asyncio.sleep(1 / OPENINGS_PER_SECOND)
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_NOTICE_SECONDS):
                await found.complete.wait()
        for task in (feeding, listening):
            task.cancel()
    return found


async def _feed(producer: AIOKafkaProducer, bulk: Sequence[Record], per_second: float) -> None:
    begun = time.perf_counter()
    for number, (topic, key, value) in enumerate(bulk):
        early = begun + number / per_second - time.perf_counter()
        # Sleeping before each record would cost as much as sending it.
        if early > MOMENT_SECONDS:
            await asyncio.sleep(early)
        await producer.send(topic, value, key)


async def _listen(consumer: AIOKafkaConsumer, found: Latencies, openings: int) -> None:
    async for record in consumer:
        for tender in found.produced:
            if tender not in found.noticed and tender.encode() in record.value:
                found.noticed[tender] = time.perf_counter()
        if len(found.noticed) == openings:
            found.complete.set()
