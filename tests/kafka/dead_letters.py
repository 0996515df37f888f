"""Reading the topics that a cluster under test has written."""

import time
from typing import Any, NamedTuple

from confluent_kafka import Consumer, TopicPartition

from streams.cluster.topics import DEAD_LETTERS, Topic
from tests.kafka.broker import Broker
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


class Reading:
    """Counts the records of a topic as they come, each once."""

    def __init__(self, broker: Broker, topic: Topic, partitions: int) -> None:
        self._broker = broker
        self._following = {TopicPartition(topic.name, number): 0 for number in range(partitions)}
        self._ids: list[bytes] = []

    def different(self) -> int:
        """How many different ids those bear that were counted."""
        return len(set(self._ids))

    def counted(self) -> int:
        """How many there are now."""
        settings = {"bootstrap.servers": self._broker.address, "group.id": "reading", "log_level": 0}
        consumer = Consumer({**settings, "enable.auto.commit": False})
        for place, following in self._following.items():
            _, end = consumer.get_watermark_offsets(place, timeout=30)
            if following < end:
                self._read(consumer, TopicPartition(place.topic, place.partition, following), end)
                self._following[place] = end
        consumer.close()
        return len(self._ids)

    def _read(self, consumer: Consumer, place: TopicPartition, end: int) -> None:
        consumer.assign([place])
        offset = place.offset
        while offset < end:
            for message in consumer.consume(500, timeout=0.2):
                assert message.error() is None, message.error()
                offset = self._take(message)

    def _take(self, message: Any) -> int:
        """Returns the offset that comes next."""
        self._ids.append(dict(message.headers() or ()).get("ce_id", b""))
        return int(message.offset()) + 1


def _letter(message: Any) -> Letter:
    return Letter(message.key(), message.value(), dict(message.headers()))
