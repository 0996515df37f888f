"""One record of a topic, as it came."""

from typing import NamedTuple

from streams.cluster.cloudevents_kafka import Headers
from streams.cluster.topics import Topic


class Delivery(NamedTuple):
    """A tuple, for one is made of every record."""

    topic: Topic
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
