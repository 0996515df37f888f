"""What ``doctor`` checks of a cluster: brokers, topics, partitions, key hashing, clocks, the shards' places."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from infra.cluster.parts import cluster_of, placement_of
from infra.cluster.standing import look
from infra.cluster.topic_setup import LIMIT, POLICY, compacted, too_narrow
from infra.settings import Kafka, Settings
from streams.cluster.topics import CLEANUP, FED, TOPICS, Flow, Topic

MOST_SKEW_SECONDS: Final = 5.0
SAMPLED_RECORDS: Final = 50
"""Of each partition, the newest."""
_ANSWER_SECONDS: Final = 10
_FAREWELL_SECONDS: Final = 0.25
"""TLS says goodbye before it closes, and aiokafka does not wait for that where it was refused."""


@dataclass(frozen=True, slots=True)
class ClusterCheck:
    check: str
    right: bool
    detail: str


def cluster_checks(settings: Settings) -> Iterator[ClusterCheck]:
    """Nothing where the settings name no brokers."""
    if not settings.kafka.brokers:
        return
    yield from asyncio.run(_kafka_checks(settings.kafka))
    if settings.database is not None:
        yield _clock(settings.database)
        yield _standing(settings)


async def _kafka_checks(kafka: Kafka) -> list[ClusterCheck]:
    admin = AIOKafkaAdminClient(**cluster_of(kafka).client_options, request_timeout_ms=_ANSWER_SECONDS * 1_000)
    try:
        await admin.start()
    except KafkaError as error:
        await asyncio.sleep(_FAREWELL_SECONDS)
        return [ClusterCheck("brokers", right=False, detail=f"none answers ({type(error).__name__})")]
    try:
        brokers = await admin.describe_cluster()
        described = await admin.describe_topics([topic.name for topic in TOPICS])
        partitions = {each["topic"]: len(each["partitions"]) for each in described}
        made = [name for name, count in partitions.items() if count]
        narrow, dropping = await too_narrow(admin, made), await compacted(admin, made)
    finally:
        await admin.close()
    answer = ClusterCheck("brokers", right=True, detail=f"{len(brokers['brokers'])} answer")
    checks = [answer, _topics(partitions), _partitions(partitions, kafka), _record_sizes(narrow), _policies(dropping)]
    if checks[1].right and checks[2].right:
        checks.append(await _key_hashing(kafka))
    return checks


def _topics(partitions: dict[str, int]) -> ClusterCheck:
    missing = [topic.name for topic in TOPICS if not partitions.get(topic.name)]
    told = f"missing: {', '.join(missing)}; tender-monitor topics create" if missing else f"{len(TOPICS)} are there"
    return ClusterCheck("topics", not missing, told)


def _partitions(partitions: dict[str, int], kafka: Kafka) -> ClusterCheck:
    """Those that are fed must all have as many as the settings say: a subject's shard follows from it."""
    wrong = [
        f"{topic.name} has {partitions[topic.name]}"
        for topic in FED
        if partitions.get(topic.name) and partitions[topic.name] != kafka.partitions
    ]
    return ClusterCheck("partitions", not wrong, f"{kafka.partitions} each; {'; '.join(wrong) or 'as in the settings'}")


def _record_sizes(narrow: dict[str, int]) -> ClusterCheck:
    """A message that its topic does not take is set aside by the publisher."""
    told = "; ".join(f"{name}: {LIMIT} is {limit}" for name, limit in narrow.items())
    return ClusterCheck("record sizes", not narrow, told or "every topic takes what we may send")


def _policies(dropping: list[str]) -> ClusterCheck:
    """A topic of an older version drops a notice when another one has its key."""
    told = f"compacted: {', '.join(dropping)}; tender-monitor topics create" if dropping else f"{POLICY} is {CLEANUP}"
    return ClusterCheck("compaction", not dropping, told)


async def _key_hashing(kafka: Kafka) -> ClusterCheck:
    """Whether the newest records lie where murmur2 puts their keys."""
    placement = placement_of(kafka)
    wrong: dict[str, int] = {}
    async for topic, key, partition in _sampled(kafka):
        if placement.partition(key) != partition:
            wrong[topic] = wrong.get(topic, 0) + 1
    told = "; ".join(f"{topic}: {count} keys hashed otherwise" for topic, count in wrong.items())
    return ClusterCheck("key hashing", not wrong, told or "murmur2, as far as keys were sampled")


async def _sampled(kafka: Kafka) -> AsyncIterator[tuple[str, bytes, int]]:
    """Keys of the newest records of what sources write."""
    options: dict[str, Any] = cluster_of(kafka).client_options
    async with AIOKafkaConsumer(**options, enable_auto_commit=False) as consumer:
        places = [
            _place(topic, number) for topic in FED if topic.flow is Flow.INBOUND for number in range(kafka.partitions)
        ]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        beginnings = await consumer.beginning_offsets(places)
        for place in places:
            consumer.seek(place, max(beginnings[place], ends[place] - SAMPLED_RECORDS))
        waiting = sum(min(SAMPLED_RECORDS, ends[place] - beginnings[place]) for place in places)
        while waiting > 0:
            batches = await consumer.getmany(timeout_ms=_ANSWER_SECONDS * 1_000)
            if not batches:
                return
            for place, records in batches.items():
                waiting -= len(records)
                for record in records:
                    if record.key is not None:
                        yield place.topic, record.key, place.partition


def _place(topic: Topic, number: int) -> TopicPartition:
    return TopicPartition(topic.name, number)


def _standing(settings: Settings) -> ClusterCheck:
    """Whether shards, records and messages move on."""
    try:
        problems = list(asyncio.run(look(settings)).problems(settings.kafka))
    except psycopg.Error as error:
        problems = [f"the shards do not say ({type(error).__name__})"]
    return ClusterCheck("standing still", not problems, "; ".join(problems) or "nothing: every shard has a worker")


def _clock(database: str) -> ClusterCheck:
    """Ours against the database's: recording times of several workers should agree."""
    address = database.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(address, connect_timeout=_ANSWER_SECONDS) as connection:
        row = connection.execute("SELECT extract(epoch FROM clock_timestamp())").fetchone()
    skew = abs(float(row[0]) - time.time()) if row else 0.0
    return ClusterCheck("cluster clock", skew <= MOST_SKEW_SECONDS, f"{skew:.1f} s from the database's")
