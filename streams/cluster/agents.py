"""The agents: one shape for every topic.

An agent takes the records that have gathered, hands them to the dispatch of shards and waits.
Faust commits the offsets of a taken batch whatever happens in the body of the agent. So the body
ends with success or the process ends (:mod:`streams.cluster.dispatch`). Several agents at a time
would lose records, so ``concurrency`` is 1.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import faust
from faust.streams import Stream
from faust.types import EventT, StreamT

from streams.cluster.delivery import Delivery
from streams.cluster.kafka_feed import Recorded
from streams.cluster.topics import FED, URGENT, Topic

MOST_RECORDS: Final = 2_000
MOST_BULK_RECORDS: Final = 50
"""Of up to 100 events each."""
MOST_WAITING: Final = 16_384
MOST_BULK_WAITING: Final = 2_000
"""Records of one topic that a worker holds ready; with few of them Faust starts and stops fetching all the time."""
WITHIN_SECONDS: Final = 0.5
"""How long a batch may gather: the fixed price of a commit is shared by more events."""
BULK_WITHIN_SECONDS: Final = 2.0
"""Nobody waits for these, and of several shards each should get a full batch."""
AT_ONCE_SECONDS: Final = 0.02
"""For what somebody waits for."""


class Dispatch(Protocol):
    @property
    def shards(self) -> int: ...

    async def record(self, deliveries: Sequence[Delivery]) -> Recorded: ...


class Observer(Protocol):
    """Told of every batch."""

    def recorded(self, topic: Topic, deliveries: Sequence[Delivery], recorded: Recorded, seconds: float) -> None: ...


def add_agents(app: faust.App, dispatch: Dispatch, observer: Observer) -> None:
    """One agent for each topic that is fed."""
    for topic in FED:
        _add_agent(app, topic, dispatch, observer)


def most_records(topic: Topic, shards: int) -> int:
    """In one batch: each shard gets a share of it, and commits it by itself."""
    return shards * (MOST_BULK_RECORDS if topic.bulk else MOST_RECORDS)


def _add_agent(app: faust.App, topic: Topic, dispatch: Dispatch, observer: Observer) -> None:
    most = most_records(topic, dispatch.shards)
    within = AT_ONCE_SECONDS if topic in URGENT else BULK_WITHIN_SECONDS if topic.bulk else WITHIN_SECONDS
    channel = app.topic(topic.name, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    # ``app.topic`` takes a ``maxsize`` and drops it.
    channel.maxsize = MOST_BULK_WAITING if topic.bulk else MOST_WAITING

    async def receive(stream: StreamT[Any]) -> None:
        assert isinstance(stream, Stream)
        async for events in stream.take_events(most, within=within):
            deliveries = [delivery_of(topic, event) for event in events]
            started = app.loop.time()
            recorded = await dispatch.record(deliveries)
            observer.recorded(topic, deliveries, recorded, app.loop.time() - started)

    app.agent(channel, name=topic.name, concurrency=1)(receive)


def delivery_of(topic: Topic, event: EventT[Any]) -> Delivery:
    """A record as it came; a header without value is one with an empty value."""
    message = event.message
    headers = message.headers or ()
    listed = headers.items() if isinstance(headers, Mapping) else headers
    whole = tuple((name, value or b"") for name, value in listed)
    return Delivery(topic, message.partition, message.offset, message.key, message.value, whole)
