"""The events of records, and which of them are prepared together."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import structlog

from streams.cluster.cloudevents_kafka import messages_of, messages_of_bulk
from streams.cluster.delivery import Delivery
from streams.cluster.handed_in import Answering, HandedInFor
from streams.cluster.signatures import Signatures, delivery_id
from streams.cluster.topics import Flow

log = structlog.get_logger(__name__)


class Event(NamedTuple):
    """One event of a record; ``place`` counts them from 0, and ``ends`` on the last."""

    delivery: Delivery
    message: bytes
    ends: bool
    place: int = 0


class Part(NamedTuple):
    """Events that come in one way: ``handed_in`` where somebody waits for them, then of one record.

    ``forged`` are on a topic between shards, and this installation has not signed them.
    """

    events: list[Event]
    handed_in: HandedInFor | None = None
    delivery_id: str | None = None
    forged: bool = False


def events_of(records: Iterable[Delivery]) -> list[Event]:
    events: list[Event] = []
    for record in records:
        messages = _messages(record)
        last = len(messages) - 1
        events += [Event(record, message, place == last, place) for place, message in enumerate(messages)]
    return events


def parts_of(events: Sequence[Event], answering: Answering, signatures: Signatures) -> list[Part]:
    """Events of one topic by the way they come, each part in their order."""
    parts: dict[object, Part] = {}
    known: dict[tuple[int, int], tuple[object, Part]] = {}
    for event in events:
        record = event.delivery
        place = (record.partition, record.offset)
        if place not in known:
            known[place] = _way(record, answering, signatures)
        way, part = known[place]
        parts.setdefault(way, part).events.append(event)
    return list(parts.values())


def _way(record: Delivery, answering: Answering, signatures: Signatures) -> tuple[object, Part]:
    """What the events of one way have in common, and the part for them if they are the first."""
    if record.topic.flow is Flow.INTERNAL:
        if not signatures.is_ours(record):
            return False, Part([], forged=True)
        named = delivery_id(record.headers)
        return named, Part([], delivery_id=named)
    handed_in = answering.waits(record)
    if handed_in is None:
        return None, Part([])
    return (record.partition, record.offset), Part([], handed_in, handed_in.delivery_id)


def _messages(record: Delivery) -> list[bytes]:
    """The events of a record. Where they cannot be told apart, its bytes are one message, which intake refuses."""
    try:
        if record.topic.bulk:
            return messages_of_bulk(record.value)
        return messages_of(record.headers, record.value)
    except Exception as error:  # noqa: BLE001 - no record stops a worker
        place = {"partition": record.partition, "offset": record.offset}
        log.warning("record_unreadable", error=type(error).__name__, **place)
        return [record.value or b""]
