"""The outbox: what is to be sent, written in the transaction it follows from, and sent after.

A row leaves when the broker has it, so a message may be sent twice and never not at all;
ids are stable, and receivers tell duplicates by them.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    func,
    insert,
    select,
)

from alerts.inbox import METADATA

OUTBOX: Final = Table(
    "outbox",
    METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("topic", String(200), nullable=False),
    Column("partition", Integer),
    Column("sealed", Boolean, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("put_at", String(32), nullable=False),
)
"""``number`` is the order of putting, with gaps; ``content`` is key, headers and value, sealed where personal."""

_PURPOSE: Final = "outbox"
_COLUMNS: Final = (OUTBOX.c.number, OUTBOX.c.topic, OUTBOX.c.partition, OUTBOX.c.sealed, OUTBOX.c.content)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record for a topic; without ``partition`` its key decides. ``personal``: never lies open in a table."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    partition: int | None = None
    personal: bool = False


class Sealing(Protocol):
    """The vault, as far as the outbox needs it."""

    def seal(self, content: bytes, purpose: str) -> bytes: ...

    def open(self, sealed: bytes, purpose: str) -> bytes: ...


class _Content(msgspec.Struct, array_like=True):
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Content).decode


class Outbox:
    """Every method works in the caller's transaction."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing

    def put(self, connection: Connection, messages: Iterable[Outgoing], at: datetime) -> None:
        """Have ``messages`` sent once this transaction is committed."""
        put_at = at.astimezone(UTC).isoformat(timespec="microseconds")
        rows = [
            {
                "topic": message.topic,
                "partition": message.partition,
                "sealed": message.personal,
                "content": self._packed(message),
                "put_at": put_at,
            }
            for message in messages
        ]
        if rows:
            connection.execute(insert(OUTBOX), rows)

    def waiting(self, connection: Connection, *, limit: int) -> list[tuple[int, Outgoing]]:
        """What is to be sent next, each with its number."""
        rows = connection.execute(select(*_COLUMNS).order_by(OUTBOX.c.number).limit(limit))
        return [
            (number, self._unpacked(topic, partition, content, sealed=sealed))
            for number, topic, partition, sealed, content in rows
        ]

    def sent(self, connection: Connection, numbers: Collection[int]) -> None:
        """These have arrived."""
        connection.execute(delete(OUTBOX).where(OUTBOX.c.number.in_(numbers)))

    def _packed(self, message: Outgoing) -> bytes:
        content = _encode(_Content(message.key, message.headers, message.value))
        return self._sealing.seal(content, _PURPOSE) if message.personal else content

    def _unpacked(self, topic: str, partition: int | None, content: bytes, *, sealed: bool) -> Outgoing:
        kept = _decode(self._sealing.open(content, _PURPOSE) if sealed else content)
        return Outgoing(topic, kept.key, kept.value, kept.headers, partition, personal=sealed)


def backlog(connection: Connection) -> tuple[int, datetime | None]:
    """How many messages wait, and since when the oldest does."""
    count, oldest = connection.execute(select(func.count(), func.min(OUTBOX.c.put_at))).one()
    return count, datetime.fromisoformat(oldest) if oldest else None


def numbers_of(waiting: Sequence[tuple[int, Outgoing]]) -> list[int]:
    return [number for number, _ in waiting]
