"""When everything that lies in the topics is recorded, so that notices need wait for no data any more.

A fact reaches the shard that needs it in two steps at most: it is recorded by the shard whose partition it came by,
and sent on from there through the outbox. So we wait for three things in a row: what sources have written is
recorded by every shard; the outboxes have sent what they held by then; and that is recorded too.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import psycopg
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from psycopg.sql import SQL, Composed, Identifier, Literal

from infra.cluster.parts import cluster_of
from infra.installation import shard_schema
from infra.settings import Settings
from infra.storage.postgresql_engines import libpq_address
from streams.cluster.offsets import offset_name
from streams.cluster.topics import FED, FOLLOW_UPS, Flow

log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 0.1
_AGAIN_SECONDS: Final = 1.0
_MARKERS_SECONDS: Final = 0.2
"""How long we wait for a record behind what is recorded, before we take what is there for markers of transactions."""
_INBOUND: Final = tuple(topic.name for topic in FED if topic.flow is Flow.INBOUND)
_RECORDED: Final = SQL("SELECT application_name, notification_id FROM {}.tracking")
_WAITING: Final = SQL("SELECT {shard}, min(number), max(number) FROM {schema}.outbox WHERE topic = {topic}")

Offsets = Mapping[TopicPartition, int]


class Waiters(Protocol):
    """The shards of this worker, as far as their notices wait."""

    @property
    def notices_wait(self) -> asyncio.Event: ...

    async def complete(self, moment: datetime) -> None: ...


async def tell_when_complete(settings: Settings, waiters: Waiters) -> None:
    """Until cancelled: whenever notices wait, tell their shards the moment up to which everything is recorded."""
    while True:
        await waiters.notices_wait.wait()
        try:
            async with _opened(settings) as completeness:
                while waiters.notices_wait.is_set():
                    moment = datetime.now(UTC)
                    await completeness.wait()
                    await waiters.complete(moment)
        except (KafkaError, psycopg.Error, OSError) as error:
            # Nothing is lost by it: notices wait for a bounded time.
            log.warning("completeness_unknown", error=type(error).__name__)
            await asyncio.sleep(_AGAIN_SECONDS)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator["Completeness"]:
    options: dict[str, Any] = cluster_of(settings.kafka).client_options
    consumer = AIOKafkaConsumer(
        **options, isolation_level="read_committed", enable_auto_commit=False, auto_offset_reset="earliest"
    )
    address = libpq_address(str(settings.database))
    async with consumer, await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        yield Completeness(settings, consumer, connection)


class Completeness:
    """Looks at the topics, and at what the shards have recorded of them."""

    def __init__(self, settings: Settings, consumer: AIOKafkaConsumer, connection: psycopg.AsyncConnection) -> None:
        self._kafka = settings.kafka
        self._consumer = consumer
        self._connection = connection

    async def wait(self) -> None:
        """Until everything that lies in the topics now is recorded wherever it belongs."""
        await self._recorded(await self._ends(*_INBOUND))
        held = {shard: last for shard, (_, last) in (await self._outboxes()).items()}
        while held:
            await asyncio.sleep(_LOOK_SECONDS)
            now = await self._outboxes()
            held = {shard: last for shard, last in held.items() if shard in now and now[shard][0] <= last}
        await self._recorded(await self._ends(FOLLOW_UPS.name))

    async def _ends(self, *topics: str) -> Offsets:
        """The ends of the partitions in which there ever was a record."""
        places = [TopicPartition(topic, number) for topic in topics for number in range(self._kafka.partitions)]
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(places)
        return {place: end for place, end in ends.items() if end}

    async def _recorded(self, ends: Offsets) -> None:
        left = dict(await self._left(ends))
        while left:
            await asyncio.sleep(_LOOK_SECONDS)
            now = dict(await self._left({place: ends[place] for place in left}))
            standing = [place for place, recorded in now.items() if recorded == left[place]]
            left = now
            for place in standing:
                if await self._only_markers(place, left[place], ends[place]):
                    del left[place]

    async def _left(self, ends: Offsets) -> Offsets:
        """The partitions that are not recorded to their ends, with the offset that comes next."""
        shards = (Identifier(shard_schema(shard)) for shard in range(self._kafka.shards))
        rows = await self._rows(_RECORDED.format(shard) for shard in shards)
        known = {str(name): int(last) + 1 for name, last in rows}
        following = {
            place: known.get(offset_name(place.topic, self._kafka.epoch, place.partition), 0) for place in ends
        }
        return {place: offset for place, offset in following.items() if offset < ends[place]}

    async def _only_markers(self, place: TopicPartition, following: int, end: int) -> bool:
        """Whether nothing but markers of transactions, and what these took back, lies between the offsets."""
        self._consumer.assign([place])
        self._consumer.seek(place, following)
        records = await self._consumer.getmany(place, timeout_ms=round(_MARKERS_SECONDS * 1_000), max_records=1)
        return not records and await self._consumer.position(place) >= end

    async def _outboxes(self) -> dict[int, tuple[int, int]]:
        """The first and the last message for other shards that each shard has not sent yet."""
        topic = Literal(FOLLOW_UPS.name)
        rows = await self._rows(
            _WAITING.format(shard=Literal(shard), schema=Identifier(shard_schema(shard)), topic=topic)
            for shard in range(self._kafka.shards)
        )
        return {int(shard): (int(first), int(last)) for shard, first, last in rows if first is not None}

    async def _rows(self, queries: Iterator[Composed]) -> list[tuple[Any, ...]]:
        cursor = await self._connection.execute(SQL(" UNION ALL ").join(queries))
        return await cursor.fetchall()
