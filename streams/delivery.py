"""One record of a topic, as it came."""

from dataclasses import dataclass

from streams.cloudevents_kafka import Headers
from streams.topics import Topic


@dataclass(frozen=True, slots=True)
class Delivery:
    topic: Topic
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
