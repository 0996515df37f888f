"""What must be right before a process of a cluster starts; each command says it in the same words."""

import asyncio
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Final

import psycopg
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError
from psycopg.sql import SQL, Identifier
from sqlalchemy.exc import OperationalError

from domain.errors import Unusable
from infra.cluster.parts import check_cluster, cluster_of
from infra.identity.keys import LOG
from infra.identity.known_keys import check_recorded_keys
from infra.installation import KEYS_FOLDER, database_of, place_in
from infra.settings import Kafka, Settings
from infra.storage.place import Place, WrongPlace
from infra.storage.postgresql_engines import libpq_address
from streams.cluster.topics import FED

_SHARDS: Final = (
    "SELECT table_schema FROM information_schema.tables WHERE table_name = 'place' AND table_schema ~ '^shard_[0-9]+$'"
)
_PLACE: Final = SQL("SELECT shard, shards, partitions FROM {}.place")
_ANSWER_SECONDS: Final = 10
_PAIRS: Final = 5
"""A pooler gives a free connection to whoever asks next: the second of a pair gets what the first had."""


class OtherTopics(Unusable):
    """Topics were made with other numbers of partitions than the settings say."""

    def __init__(self, counts: dict[str, int], wanted: int) -> None:
        told = ", ".join(f"{name} was made with {count} partitions" for name, count in sorted(counts.items()))
        super().__init__(f"{told}; the settings say {wanted}. These numbers never change")
        self.counts = counts


class PooledByTransaction(Unusable):
    """A pooler gives each transaction another connection, so what we set for a session would meet other shards."""

    def __init__(self) -> None:
        super().__init__(
            "the database is reached through a pooler that changes connections between transactions;"
            " name the database itself, or a pool in session mode"
        )


def check_before_start(settings: Settings) -> None:
    """Raises NotACluster, :class:`PooledByTransaction`, WrongPlace, KeyUnusable or :class:`OtherTopics`.

    A database or brokers that do not answer are no error here: a process of a cluster waits for them.
    """
    check_cluster(settings)
    check_database(settings)
    check_keys(settings)
    check_topics(settings.kafka)


def check_database(settings: Settings) -> None:
    """That sessions are ours, and that shards which were made have the numbers of the settings."""
    address = libpq_address(str(settings.database))
    try:
        with closing(psycopg.connect(address, autocommit=True)) as one:
            with closing(psycopg.connect(address, autocommit=True)) as other:
                _check_sessions(one, other)
            for place in _places(one):
                wanted = place_in(settings.kafka, place.shard)
                if place != wanted:
                    raise WrongPlace(place, wanted)
    except psycopg.OperationalError:
        return


def check_keys(settings: Settings) -> None:
    """That the keys are those which the shards were filled with, before a process is started for each of them."""
    with suppress(OperationalError):
        for shard in range(settings.kafka.shards):
            check_recorded_keys(*database_of(settings, shard), settings.data / KEYS_FOLDER, without=(LOG,))


def check_topics(kafka: Kafka) -> None:
    """That topics which were made have as many partitions as the settings say."""
    counts = asyncio.run(_partitions(kafka))
    wrong = {name: count for name, count in counts.items() if count != kafka.partitions}
    if wrong:
        raise OtherTopics(wrong, kafka.partitions)


def _check_sessions(one: "psycopg.Connection[tuple[int]]", other: "psycopg.Connection[tuple[int]]") -> None:
    pairs = [(_backend(one), _backend(other)) for _ in range(_PAIRS)]
    if len(set(pairs)) > 1 or any(first == second for first, second in pairs):
        raise PooledByTransaction


def _backend(connection: "psycopg.Connection[tuple[int]]") -> int:
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    return row[0]


def _places(connection: "psycopg.Connection[tuple[int]]") -> Iterator[Place]:
    for (schema,) in connection.execute(_SHARDS).fetchall():
        for row in connection.execute(_PLACE.format(Identifier(str(schema)))).fetchall():
            yield Place(*row)


async def _partitions(kafka: Kafka) -> dict[str, int]:
    """Of the topics that are fed and that there are."""
    admin = AIOKafkaAdminClient(**cluster_of(kafka).client_options, request_timeout_ms=_ANSWER_SECONDS * 1_000)
    try:
        await admin.start()
    except KafkaConnectionError:
        return {}
    try:
        described = await admin.describe_topics([topic.name for topic in FED])
    finally:
        await admin.close()
    return {each["topic"]: len(each["partitions"]) for each in described if each["partitions"]}
