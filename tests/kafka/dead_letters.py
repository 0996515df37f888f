"""Reading the topics that a cluster under test has written."""

import time
from typing import Any, NamedTuple

from confluent_kafka import Consumer

from streams.cluster.topics import DEAD_LETTERS, Topic
from tests.kafka.cluster import Cluster


class Letter(NamedTuple):
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]


def dead_letters(cluster: Cluster, count: int) -> list[Letter]:
    return written(cluster, DEAD_LETTERS, count)


def written(cluster: Cluster, topic: Topic, count: int, *, linger_seconds: float = 0) -> list[Letter]:
    """The records of a topic, as soon as there are so many, and what comes in ``linger_seconds`` more."""
    consumer = Consumer(
        {
            "bootstrap.servers": cluster.broker.address,
            "group.id": f"letters-{time.time_ns()}",
            "auto.offset.reset": "earliest",
            "log_level": 0,
        }
    )
    consumer.subscribe([topic.name])
    found: list[Letter] = []
    deadline = time.monotonic() + 60
    while len(found) < count:
        assert time.monotonic() < deadline, f"{len(found)} of {count} records"
        found += [_letter(message) for message in consumer.consume(500, timeout=0.5) if message.error() is None]
    late = consumer.consume(500, timeout=linger_seconds) if linger_seconds else []
    found += [_letter(message) for message in late if message.error() is None]
    consumer.close()
    return found


def _letter(message: Any) -> Letter:
    return Letter(message.key(), message.value(), dict(message.headers()))
