"""What stands still in a cluster: shards that no worker has, records that wait, messages that nobody sends."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
import structlog
from aiokafka.errors import KafkaError
from psycopg.sql import SQL, Identifier, Literal

from infra.cluster.cluster_view import ClusterView, opened_view
from infra.cluster.holding import workers_of
from infra.installation import shard_schema
from infra.settings import Kafka, Settings
from infra.storage.postgresql_engines import libpq_address
from streams.cluster.topics import FED

log = structlog.get_logger(__name__)

_MOST_ASKED: Final = 5
"""Partitions of which we ask how old the first record is that nobody has recorded."""
_PUT: Final = SQL("SELECT {shard}, min(put_at) FROM {schema}.outbox")


@dataclass(frozen=True, slots=True)
class Standing:
    """``unowned`` are shards without a worker; the seconds are how long the oldest has waited.

    ``behind`` are records that no worker has recorded, None where no broker says so.
    """

    unowned: tuple[int, ...] = ()
    outbox_seconds: float = 0.0
    behind: int | None = 0
    behind_seconds: float = 0.0

    def problems(self, kafka: Kafka) -> Iterator[str]:
        """In words, what is beyond the bounds of the settings."""
        if len(self.unowned) == kafka.shards:
            yield "no worker is running"
        elif self.unowned:
            yield f"no worker has shard {', '.join(map(str, self.unowned))}"
        if self.behind is None:
            yield "no broker answers"
        elif self.behind_seconds > kafka.overdue_seconds:
            yield f"{self.behind:,} records wait to be recorded, the first for {self.behind_seconds:.0f} s"
        if self.outbox_seconds > kafka.overdue_seconds:
            yield f"messages to topics have been waiting for {self.outbox_seconds:.0f} s: is a publisher running?"


async def look(settings: Settings) -> Standing:
    """Raises what PostgreSQL's client raises."""
    kafka, address = settings.kafka, libpq_address(str(settings.database))
    async with await psycopg.AsyncConnection.connect(address, autocommit=True, connect_timeout=10) as connection:
        unowned = tuple([shard for shard in range(kafka.shards) if not await workers_of(connection, shard)])
        try:
            outbox_seconds = await _outbox_seconds(connection, kafka)
        except psycopg.errors.UndefinedTable:  # Before the first start of a worker.
            return Standing(unowned)
    try:
        async with opened_view(settings) as view:
            behind, behind_seconds = await _behind(view)
    except (KafkaError, OSError) as error:
        log.debug("brokers_not_asked", error=type(error).__name__)
        return Standing(unowned, outbox_seconds, None)
    return Standing(unowned, outbox_seconds, behind, behind_seconds)


async def _outbox_seconds(connection: "psycopg.AsyncConnection[tuple[Any, ...]]", kafka: Kafka) -> float:
    queries = (
        _PUT.format(shard=Literal(shard), schema=Identifier(shard_schema(shard))) for shard in range(kafka.shards)
    )
    cursor = await connection.execute(SQL(" UNION ALL ").join(queries))
    oldest = [datetime.fromisoformat(put_at) for _, put_at in await cursor.fetchall() if put_at]
    return (datetime.now(UTC) - min(oldest)).total_seconds() if oldest else 0.0


async def _behind(view: ClusterView) -> tuple[int, float]:
    ends = await view.ends(*(topic.name for topic in FED))
    left = dict(await view.left(ends))
    oldest = time.time()
    for place, following in sorted(left.items())[:_MOST_ASKED]:
        record = await view.record(place, following, ends[place])
        if record is True:  # Nothing but markers of transactions.
            del left[place]
        elif record is not False:
            oldest = min(oldest, record.timestamp / 1_000)
    return sum(ends[place] - following for place, following in left.items()), time.time() - oldest
