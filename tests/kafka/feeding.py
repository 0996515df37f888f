"""A small synthetic city for the cluster: its records, and the clues one machine finds in it."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from confluent_kafka import Producer

from infra.identity.keys import open_keys
from infra.identity.vault import Vault
from infra.installation import KEYS_FOLDER
from infra.simulation import simulate
from streams.cluster.topics import ATTENDANCE_BULK, BULK_LINES, INBOUND_KINDS, REGISTRATIONS
from streams.intake.intake import Intake
from tests.kafka.one_machine import OneMachine


@dataclass(frozen=True, slots=True)
class Record:
    """One record to be produced."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class City:
    """Its messages in the order of arrival, some of them twice; ``folder`` holds the keys of all who hear of it."""

    lines: tuple[bytes, ...]
    folder: Path

    @classmethod
    def founded(cls, folder: Path, *, people: int, months: int, lots: int) -> "City":
        simulate(2018, people, months, lots, date(2025, 6, 30), folder)
        return cls(tuple((folder / "facts.ndjson").read_bytes().splitlines()), folder)

    @property
    def keys(self) -> Path:
        return self.folder / KEYS_FOLDER

    @property
    def messages(self) -> int:
        """How many different ones there are."""
        return len(set(self.lines))

    def facts(self, first: int) -> set[tuple[str, str]]:
        """Sources and ids of so many messages."""
        return facts_of(self.lines[:first])

    @property
    def clues(self) -> bytes:
        """The export of the open clues that one machine finds."""
        return self._found[0]

    @property
    def notices(self) -> int:
        """How many notices one machine tells."""
        return self._found[1]

    @cached_property
    def _found(self) -> tuple[bytes, int]:
        with closing(OneMachine(self.keys, self.folder / "embedded")) as machine:
            for first in range(0, len(self.lines), 2_000):
                machine.feed(self.lines[first : first + 2_000])
            machine.settle()
            return machine.clues(), machine.notices()

    def records(self, *, own_keys: bool = False) -> list[Record]:
        """In binary and structured mode in turn; with ``own_keys`` the source's, which know no pseudonym."""
        names = [_foreign_key(line) for line in self.lines] if own_keys else self._subjects()
        return [
            _binary(line, key) if number % 2 else _structured(line, key)
            for number, (line, key) in enumerate(zip(self.lines, names, strict=True))
        ]

    def with_bulk(self, records: Sequence[Record], partition_of: Any) -> list[Record]:
        """The same, all check-ins in bulk records of people of one partition."""
        bulk: dict[int, list[Record]] = {}
        others = []
        for record in records:
            if record.topic == INBOUND_KINDS["attendance-recorded"].name and not record.headers[1:]:
                bulk.setdefault(partition_of(record.key), []).append(record)
            else:
                others.append(record)
        packed = [
            Record(ATTENDANCE_BULK.name, part[0].key, b"\n".join(each.value or b"" for each in part))
            for waiting in bulk.values()
            for first in range(0, len(waiting), BULK_LINES)
            if (part := waiting[first : first + BULK_LINES])
        ]
        return [*others, *packed]

    def _subjects(self) -> list[bytes]:
        """What a source knows that has our pseudonyms."""
        intake = Intake(Vault(open_keys(self.keys)).pseudonymiser(), names_subjects=True)
        prepared = intake.prepare(self.lines)
        assert prepared.subjects is not None
        keys = [b""] * len(self.lines)
        for name, row in reversed(list(zip(prepared.subjects, prepared.subject_rows.tolist(), strict=True))):
            keys[row] = name.encode()
        return keys


def facts_of(lines: Sequence[bytes]) -> set[tuple[str, str]]:
    """Sources and ids."""
    return {(message["source"], message["id"]) for message in map(json.loads, lines)}


def produce(address: str, records: Sequence[Record], **options: Any) -> None:
    """By a plain client, which hashes keys as Java's does."""
    asyncio.run(_produce(address, records, options))


def produce_by_librdkafka(address: str, records: Sequence[Record]) -> None:
    producer = Producer({"bootstrap.servers": address, "partitioner": "murmur2_random", "log_level": 0})
    for record in records:
        producer.produce(record.topic, record.value, record.key, headers=list(record.headers))
        producer.poll(0)
    assert producer.flush(60) == 0


async def _produce(address: str, records: Sequence[Record], options: dict[str, Any]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=address, acks="all", linger_ms=5, **options) as producer:
        sent = [
            await producer.send(record.topic, record.value, record.key, headers=list(record.headers))
            for record in records
        ]
        await asyncio.gather(*sent)


def _structured(line: bytes, key: bytes) -> Record:
    return Record(_topic(json.loads(line)), key, line, (("content-type", b"application/cloudevents+json"),))


def _binary(line: bytes, key: bytes) -> Record:
    message = json.loads(line)
    data = json.dumps(message.pop("data"), ensure_ascii=False).encode()
    topic = _topic(message)
    media = message.pop("datacontenttype", "application/json")
    headers = [(f"ce_{name}", str(value).encode()) for name, value in message.items()]
    return Record(topic, key, data, (("content-type", media.encode()), *headers))


def _topic(message: dict[str, Any]) -> str:
    """A source corrects itself where it likes."""
    kind = message["type"].removeprefix("tender-integrity.").removesuffix(".v1")
    return INBOUND_KINDS.get(kind, REGISTRATIONS).name


def _foreign_key(line: bytes) -> bytes:
    data = json.loads(line)["data"]
    person = data.get("person") or data.get("holder") or data.get("lead") or data
    return hashlib.sha256(json.dumps(person, sort_keys=True).encode()).hexdigest()[:16].encode()
