"""What lies in the topics, and what the shards have recorded of it and still have to send."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import psycopg
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from psycopg.sql import SQL, Composed, Identifier, Literal

from infra.cluster.parts import cluster_of
from infra.installation import shard_schema
from infra.settings import Kafka, Settings
from infra.storage.postgresql_engines import libpq_address
from streams.cluster.offsets import offset_name

_RECORD_SECONDS: Final = 0.2
"""How long we wait for a record behind what is recorded, before we take what is there for markers of transactions."""
_ANSWER_SECONDS: Final = 10
_RECORDED: Final = SQL("SELECT application_name, notification_id FROM {}.tracking")
_WAITING: Final = SQL("SELECT {shard}, min(number), max(number) FROM {schema}.outbox WHERE topic = {topic}")

Offsets = Mapping[TopicPartition, int]


@asynccontextmanager
async def opened_view(settings: Settings) -> AsyncIterator["ClusterView"]:
    """Raises what the brokers' client or PostgreSQL's raises."""
    options: dict[str, Any] = cluster_of(settings.kafka).client_options
    consumer = AIOKafkaConsumer(
        **options,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=_ANSWER_SECONDS * 1_000,
    )
    address = libpq_address(str(settings.database))
    try:
        await consumer.start()
        async with await psycopg.AsyncConnection.connect(
            address, autocommit=True, connect_timeout=_ANSWER_SECONDS
        ) as connection:
            yield ClusterView(settings.kafka, consumer, connection)
    finally:
        await consumer.stop()


class ClusterView:
    """Of all shards, whoever has them."""

    def __init__(
        self, kafka: Kafka, consumer: AIOKafkaConsumer, connection: psycopg.AsyncConnection[tuple[Any, ...]]
    ) -> None:
        self._kafka = kafka
        self._consumer = consumer
        self._connection = connection

    async def ends(self, *topics: str) -> Offsets:
        """The ends of the partitions in which there ever was a record."""
        places = [TopicPartition(topic, number) for topic in topics for number in range(self._kafka.partitions)]
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(places)
        return {place: end for place, end in ends.items() if end}

    async def left(self, ends: Offsets) -> Offsets:
        """The partitions that are not recorded to these ends, with the offset that comes next."""
        shards = (Identifier(shard_schema(shard)) for shard in range(self._kafka.shards))
        rows = await self._rows(_RECORDED.format(shard) for shard in shards)
        known = {str(name): int(last) + 1 for name, last in rows}
        epoch = self._kafka.epoch
        following = {place: known.get(offset_name(place.topic, epoch, place.partition), 0) for place in ends}
        return {place: offset for place, offset in following.items() if offset < ends[place]}

    async def record(self, place: TopicPartition, offset: int, end: int) -> "ConsumerRecord[bytes, bytes] | bool":
        """The first record from ``offset`` on.

        True where only markers of transactions, and what these took back, lie before ``end``; False where that is
        not known yet.
        """
        self._consumer.assign([place])
        self._consumer.seek(place, offset)
        found = await self._consumer.getmany(place, timeout_ms=round(_RECORD_SECONDS * 1_000), max_records=1)
        for records in found.values():
            return records[0]
        position: int = await self._consumer.position(place)
        return position >= end

    async def outboxes(self, topic: str) -> dict[int, tuple[int, int]]:
        """The first and the last message for a topic that each shard has not sent yet."""
        rows = await self._rows(
            _WAITING.format(shard=Literal(shard), schema=Identifier(shard_schema(shard)), topic=Literal(topic))
            for shard in range(self._kafka.shards)
        )
        return {int(shard): (int(first), int(last)) for shard, first, last in rows if first is not None}

    async def _rows(self, queries: Iterator[Composed]) -> list[tuple[Any, ...]]:
        cursor = await self._connection.execute(SQL(" UNION ALL ").join(queries))
        return await cursor.fetchall()
