"""Reading the dead-letter topic of a cluster under test."""

import time
from typing import Any, NamedTuple

from confluent_kafka import Consumer

from streams.cluster.topics import DEAD_LETTERS
from tests.kafka.cluster import Cluster


class Letter(NamedTuple):
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]


def dead_letters(cluster: Cluster, count: int) -> list[Letter]:
    consumer = Consumer(
        {
            "bootstrap.servers": cluster.broker.address,
            "group.id": f"letters-{time.time_ns()}",
            "auto.offset.reset": "earliest",
            "log_level": 0,
        }
    )
    consumer.subscribe([DEAD_LETTERS.name])
    found: list[Letter] = []
    deadline = time.monotonic() + 60
    while len(found) < count:
        assert time.monotonic() < deadline, f"{len(found)} of {count} dead letters"
        found += [_letter(message) for message in consumer.consume(500, timeout=0.5) if message.error() is None]
    consumer.close()
    return found


def _letter(message: Any) -> Letter:
    return Letter(message.key(), message.value(), dict(message.headers()))
