"""The made-up city's messages as records: one each, or a hundred in one."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from aiokafka import AIOKafkaProducer

from bench.city import City
from infra.identity.keys import open_keys
from infra.identity.vault import Vault
from streams.cluster.placement import Placement
from streams.cluster.topics import ATTENDANCE_BULK, BULK_LINES, INBOUND_KINDS, Topic
from streams.intake.intake import Intake

Record = tuple[str, bytes, bytes]
"""Topic, key, value."""
STRUCTURED = [("content-type", b"application/cloudevents+json")]
TOPICS_USED = ("tender.insurance-payments.v1", "tender.attendance.v1", "tender.certificates.v1")
"""Where the city's bulk kinds belong."""
SOURCE, GATES, LATENCY = "urn:bench:city", "urn:bench:gates", "urn:bench:latency"
_AT_ONCE = 5_000
_KIND = re.compile(rb'"type":"tender-integrity\.([a-z-]+)\.v1"')


def messages(count: int, *, name: str) -> list[bytes]:
    """What the authorities send of everybody."""
    return [line.rstrip("\n").encode() for line in islice(City(name, source=SOURCE).bulk(), count)]


def check_ins(count: int, *, name: str) -> list[bytes]:
    """What gates send of everybody: all that the bulk topic takes."""
    city = City(name, source=GATES)
    attended = (line for line in city.bulk() if "attendance-recorded" in line)
    return [line.rstrip("\n").encode() for line in islice(attended, count)]


def keyed(lines: Sequence[bytes], keys: Path) -> Iterator[tuple[bytes, bytes]]:
    """Each message with the key of a source that knows our pseudonyms: its first subject."""
    intake = Intake(Vault(open_keys(keys)).pseudonymiser(), names_subjects=True)
    for first in range(0, len(lines), _AT_ONCE):
        part = lines[first : first + _AT_ONCE]
        prepared = intake.prepare(part)
        assert prepared.subjects is not None
        subjects: dict[int, str] = {}
        for subject, row in zip(prepared.subjects, prepared.subject_rows.tolist(), strict=True):
            subjects.setdefault(row, subject)
        yield from ((subjects[row].encode(), line) for row, line in enumerate(part))


def single(messages: Sequence[tuple[bytes, bytes]]) -> list[Record]:
    """A record for each message, on the topic of its kind."""
    return [(topic_of(value).name, key, value) for key, value in messages]


def topic_of(message: bytes) -> Topic:
    found = _KIND.search(message)
    assert found is not None
    return INBOUND_KINDS[found[1].decode()]


def packed(messages: Sequence[tuple[bytes, bytes]], placement: Placement) -> list[Record]:
    """Bulk records, each of people of one partition."""
    partitions = placement.partitions_of([key for key, _ in messages]).tolist()
    waiting: defaultdict[int, list[tuple[bytes, bytes]]] = defaultdict(list)
    for partition, message in zip(partitions, messages, strict=True):
        waiting[partition].append(message)
    return [
        (ATTENDANCE_BULK.name, part[0][0], b"\n".join(value for _, value in part))
        for found in waiting.values()
        for first in range(0, len(found), BULK_LINES)
        if (part := found[first : first + BULK_LINES])
    ]


def produce(address: str, records: Sequence[Record]) -> None:
    asyncio.run(_produce(address, records))


async def _produce(address: str, records: Sequence[Record]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=address, linger_ms=20, max_batch_size=512 * 1024) as producer:
        for first in range(0, len(records), _AT_ONCE):
            part = records[first : first + _AT_ONCE]
            sent = [
                await producer.send(topic, value, key, headers=STRUCTURED if topic != ATTENDANCE_BULK.name else None)
                for topic, key, value in part
            ]
            await asyncio.gather(*sent)
