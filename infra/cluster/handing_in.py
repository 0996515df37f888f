"""The console's side of deliveries: their messages go by the topics as those of others do, and are waited for.

A message goes to the partition of its first subject, where its source would have put it. Those of one partition travel
together. What cannot be read travels alone: it would make the others of a batch unreadable.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, Final, NamedTuple, Protocol
from uuid import uuid4

import numpy as np
import structlog
from aiokafka.errors import KafkaError
from msgspec import structs

from domain.facts.messages import KINDS, TYPES
from infra.cluster.commands import Done
from infra.identity.vault import Vault
from projections.index.fact_codes import TYPES_BY_CODE
from streams.cluster.cloudevents_kafka import BATCH_TYPE, CONTENT_TYPE, STRUCTURED_TYPE
from streams.cluster.handed_in import HandedInFor, sealed_header
from streams.cluster.placement import Placement
from streams.cluster.topics import BULK_LINES, DELIVERIES, INBOUND_KINDS
from streams.intake.intake import Intake
from streams.intake.prepared import PreparedBatch
from streams.intake.refusals import TOO_LARGE
from streams.intake.sizes import MESSAGE_BYTES
from streams.node.node import IngestReceipt, Rejection
from streams.threads import in_thread

log = structlog.get_logger(__name__)

_AGAIN_SECONDS: Final = 2.0
_TOGETHER_BYTES: Final = MESSAGE_BYTES // 2
_TOPICS: Final = {type: INBOUND_KINDS.get(kind, DELIVERIES).name for type, kind in zip(TYPES, KINDS, strict=True)}


class Producer(Protocol):
    """Kafka's producer, as far as it is needed."""

    async def send(
        self, topic: str, value: bytes, key: bytes, partition: int, *, headers: list[tuple[str, bytes]]
    ) -> "asyncio.Future[Any]": ...


OpenProducer = Callable[[], AbstractAsyncContextManager[Producer]]


class Waits(Protocol):
    """Waits for what workers answer."""

    async def answered(self, answer_id: str) -> Done: ...


class Record(NamedTuple):
    """``places`` are those of its messages in the call."""

    topic: str
    key: bytes
    partition: int
    value: bytes
    content_type: bytes
    places: tuple[int, ...]


class HandingIn:
    """For the event loop."""

    def __init__(
        self,
        placement: Placement,
        intake: Callable[[], Intake],
        vault: Vault,
        shards: Mapping[int, Waits],
        open_producer: OpenProducer,
    ) -> None:
        self._placement = placement
        self._make_intake = intake
        self._intake: Intake | None = None
        self._vault = vault
        self._shards = shards
        self._open_producer = open_producer
        self._opened = AsyncExitStack()
        self._producer: Producer | None = None
        self._one = asyncio.Lock()

    async def stop(self) -> None:
        await self._opened.aclose()

    async def ingest(self, messages: Sequence[bytes], said: HandedInFor) -> IngestReceipt:
        """Committed when it returns, however long that takes: whoever asks may be away meanwhile."""
        async with self._one:
            records = await in_thread(self._records, messages, said.allowed_source)
        receipts = await asyncio.gather(*(self._handed_in(each, said) for each in records))
        whole = IngestReceipt(rejected=tuple(_too_large(messages)))
        for receipt in receipts:
            whole = whole.joined(receipt)
        return whole

    def _records(self, messages: Sequence[bytes], allowed_source: str | None) -> list[Record]:
        if self._intake is None:
            self._intake = self._make_intake()
        prepared = self._intake.prepare(messages, allowed_source=allowed_source)
        return list(records_of(messages, prepared, self._placement))

    async def _handed_in(self, record: Record, said: HandedInFor) -> IngestReceipt:
        answer_id = str(uuid4())
        header = sealed_header(structs.replace(said, answer_id=answer_id), record.value, self._vault)
        headers = [(CONTENT_TYPE, record.content_type), header]
        await self._sent(record, headers)
        done = await self._shards[self._placement.shard_of(record.partition)].answered(answer_id)
        return IngestReceipt(done.accepted, done.duplicates, done.rejected, untold=done.opened).at(record.places)

    async def _sent(self, record: Record, headers: list[tuple[str, bytes]]) -> None:
        while True:
            try:
                producer = await self._opened_producer()
                await (await producer.send(record.topic, record.value, record.key, record.partition, headers=headers))
                return
            except (KafkaError, OSError) as error:
                log.warning("not_handed_in", error=type(error).__name__, topic=record.topic)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _opened_producer(self) -> Producer:
        async with self._one:
            if self._producer is None:
                self._producer = await self._opened.enter_async_context(self._open_producer())
            return self._producer


def records_of(messages: Sequence[bytes], prepared: PreparedBatch, placement: Placement) -> Iterator[Record]:
    """``messages`` as records, each message in one of them but those that are too large for any."""
    assert prepared.subjects is not None
    firsts = np.searchsorted(prepared.subject_rows, np.arange(len(prepared))).tolist()
    keys = [_first_subject(prepared, row, first) for row, first in enumerate(firsts)]
    partitions = placement.partitions_of(keys).tolist() if keys else []
    together: dict[tuple[str, int], list[int]] = {}
    for row, (kind, partition) in enumerate(zip(prepared.kinds.tolist(), partitions, strict=True)):
        together.setdefault((_TOPICS[TYPES_BY_CODE[kind]], partition), []).append(row)
    for (topic, partition), rows in together.items():
        for some in _portions(rows, [len(messages[prepared.indices[row]]) for row in rows]):
            places = tuple(prepared.indices[row] for row in some)
            value = b"[" + b",".join(messages[place] for place in places) + b"]"
            yield Record(topic, keys[some[0]], partition, value, BATCH_TYPE, places)
    for place in sorted({refusal.index for refusal in prepared.refusals} - set(prepared.indices)):
        if len(messages[place]) <= MESSAGE_BYTES:
            partition = placement.partition(messages[place])
            yield Record(DELIVERIES.name, b"", partition, messages[place], STRUCTURED_TYPE, (place,))


def _first_subject(prepared: PreparedBatch, row: int, first: int) -> bytes:
    assert prepared.subjects is not None
    named = first < len(prepared.subjects) and int(prepared.subject_rows[first]) == row
    return prepared.subjects[first].encode() if named else b""


def _portions(rows: Sequence[int], sizes: Sequence[int]) -> Iterator[list[int]]:
    some: list[int] = []
    weight = 0
    for row, size in zip(rows, sizes, strict=True):
        if some and (len(some) == BULK_LINES or weight + size > _TOGETHER_BYTES):
            yield some
            some, weight = [], 0
        some.append(row)
        weight += size
    yield some


def _too_large(messages: Sequence[bytes]) -> Iterator[Rejection]:
    """No topic takes them, and so no quarantine has them: whoever sent them keeps them."""
    for place, message in enumerate(messages):
        if len(message) > MESSAGE_BYTES:
            yield Rejection(place, None, "", (TOO_LARGE,))
