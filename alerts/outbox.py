"""The outbox: messages for topics, written in the transaction that causes them, and sent after its commit.

A row is deleted when the broker has the message. So a message may be sent twice, and is never lost; its id is
the same each time, and receivers recognise duplicates by it. A row that can never be sent is set aside
(:mod:`alerts.set_aside`), so that the rows behind it do not wait.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    delete,
    func,
    insert,
    select,
    true,
)

from alerts.tables import METADATA, message_columns
from domain.errors import MonitorError
from domain.instants import instant_text

OUTBOX: Final = Table(
    "outbox",
    METADATA,
    *message_columns(),
)
"""``number`` is the order of putting, with gaps."""

PAGE_BYTES: Final = 8 * 1024 * 1024
"""The most that is read into memory at once. One row may be a fourth of it."""
PURPOSE: Final = "outbox"
_COLUMNS: Final = (OUTBOX.c.number, OUTBOX.c.topic, OUTBOX.c.partition, OUTBOX.c.sealed, OUTBOX.c.content)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record for a topic.

    Where ``partition`` is None, the key decides. With ``personal`` the record is kept sealed.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    partition: int | None = None
    personal: bool = False

    @property
    def size(self) -> int:
        """Bytes of key, headers and value."""
        named = sum(len(name) + len(value) for name, value in self.headers)
        return len(self.key or b"") + len(self.value or b"") + named


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message to be sent, under its number.

    ``message`` is None where the row cannot be read; then ``unreadable`` is the kind of error.
    """

    number: int
    topic: str
    partition: int | None
    message: Outgoing | None
    unreadable: str = ""


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a message can never be sent: the kind of error; ``size`` in bytes, where it can be read."""

    error: str
    size: int | None


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
        """Write ``messages``, which are sent after the commit of this transaction."""
        put_at = instant_text(at)
        rows = [
            {
                "topic": message.topic,
                "partition": message.partition,
                "sealed": message.personal,
                "content": self.packed(message),
                "put_at": put_at,
            }
            for message in messages
        ]
        if rows:
            connection.execute(insert(OUTBOX), rows)

    def waiting(
        self, connection: Connection, *, limit: int, most_bytes: int = PAGE_BYTES, without: Collection[str] = ()
    ) -> list[Waiting]:
        """The next messages to be sent to topics other than ``without``, in the order of putting.

        At most ``limit`` rows and ``most_bytes`` bytes, but always one row where there is one.
        """
        wanted = OUTBOX.c.topic.not_in(without) if without else true()
        last = _last_of_page(connection, wanted, limit, most_bytes)
        if last is None:
            return []
        rows = select(*_COLUMNS).where(wanted, OUTBOX.c.number <= last).order_by(OUTBOX.c.number)
        return [self._waiting(*row) for row in connection.execute(rows)]

    def sent(self, connection: Connection, numbers: Collection[int]) -> None:
        """Delete the rows of messages that have arrived."""
        connection.execute(delete(OUTBOX).where(OUTBOX.c.number.in_(numbers)))

    def packed(self, message: Outgoing) -> bytes:
        """The content of the row that keeps a message."""
        content = _encode(_Content(message.key, message.headers, message.value))
        return self._sealing.seal(content, PURPOSE) if message.personal else content

    def _waiting(self, number: int, topic: str, partition: int | None, sealed: bool, content: bytes) -> Waiting:
        try:
            kept = _decode(self._sealing.open(content, PURPOSE) if sealed else content)
        except (MonitorError, msgspec.MsgspecError) as error:
            return Waiting(number, topic, partition, None, type(error).__name__)
        message = Outgoing(topic, kept.key, kept.value, kept.headers, partition, personal=sealed)
        return Waiting(number, topic, partition, message)


def _last_of_page(connection: Connection, wanted: ColumnElement[bool], limit: int, most_bytes: int) -> int | None:
    """The number of the last row of a page; None where nothing waits.

    Sizes are asked first, because a page of large rows would fill the memory.
    """
    sizes = select(OUTBOX.c.number, func.length(OUTBOX.c.content)).where(wanted)
    last, total = None, 0
    for number, size in connection.execute(sizes.order_by(OUTBOX.c.number).limit(limit)):
        total += size
        if last is not None and total > most_bytes:
            break
        last = number
    return last


def backlog(connection: Connection) -> tuple[int, datetime | None]:
    """How many messages wait, and since when the oldest does."""
    count, oldest = connection.execute(select(func.count(), func.min(OUTBOX.c.put_at))).one()
    return count, datetime.fromisoformat(oldest) if oldest else None
