"""The quarantine: refused messages, kept so that nothing is lost.

The bytes are sealed. In clear stand only which fields were wrong and why. The same message sent
again is the same entry, so a nightly file with one bad line adds one entry and not one a night.

An entry may also be about parts of a message whose rest was recorded (:mod:`streams.intake.unread_parts`).
It keeps the whole message as it was sent.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    Row,
    Select,
    String,
    Table,
    Text,
    false,
    func,
    select,
    text,
    update,
)

from domain.access import Actor, Role
from domain.errors import MonitorError
from domain.instants import instant_text
from domain.personal_data import holds_number
from projections.table_sums import summed
from projections.tables import METADATA
from streams.intake.prepared import FieldError, Refusal

_ENTRIES: Final = UUID("6a6f0c52-6a35-5b39-9a39-8d2f3e1c7b10")

QUARANTINE: Final = Table(
    "quarantine",
    METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("quarantine_id", String(36), nullable=False, unique=True),
    Column("source", Text, index=True),
    Column("external_id", Text),
    Column("errors", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("received_at", String(32), nullable=False),
    Column("last_received_at", String(32), nullable=False),
    Column("times_received", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("replaced_by", String(36)),
    Column("settled_at", String(32)),
    Column("partial", Boolean, nullable=False, server_default=false(), index=True),
)
"""``number`` is the order of arrival; ``source`` and ``external_id`` as far as they may be shown.
``partial`` is true where the rest of the message was recorded."""

_PUT: Final = text(
    "INSERT INTO quarantine (quarantine_id, source, external_id, errors, sealed, received_at, last_received_at,"
    " times_received, status, partial)"
    " VALUES (:quarantine_id, :source, :external_id, :errors, :sealed, :at, :at, 1, 'open', :partial)"
    " ON CONFLICT (quarantine_id) DO UPDATE"
    " SET times_received = quarantine.times_received + 1, last_received_at = :at, errors = :errors"
)
_AT_ONCE: Final = 1_000
_decode_errors: Final = msgspec.json.Decoder(tuple[FieldError, ...]).decode


def purpose_of(quarantine_id: str) -> str:
    """What the bytes of an entry are sealed for."""
    return f"quarantine:{quarantine_id}"


class Status(StrEnum):
    OPEN = "open"
    """Nobody has sent it again."""
    RESUBMITTED = "resubmitted"
    """Sent again in another form, which was refused too and is an entry of its own."""
    RESOLVED = "resolved"
    """Sent again and recorded, or corrected by its source."""


class NotQuarantined(MonitorError):
    """No such entry, or not one of that source."""

    def __init__(self, quarantine_id: str) -> None:
        super().__init__("no such message in quarantine")
        self.quarantine_id = quarantine_id


class Sealing(Protocol):
    """The vault, as far as the quarantine needs it."""

    def seal(self, content: bytes, purpose: str) -> bytes: ...

    def open(self, sealed: bytes, purpose: str) -> bytes: ...

    def digest(self, content: bytes) -> str:
        """A keyed digest: a bare one would let an ID number be guessed from the entry's id."""
        ...


@dataclass(frozen=True, slots=True)
class QuarantinedMessage:
    """One entry, without its bytes."""

    number: int
    quarantine_id: str
    source: str | None
    external_id: str | None
    errors: tuple[FieldError, ...]
    received_at: datetime
    last_received_at: datetime
    times_received: int
    status: Status
    replaced_by: str | None
    settled_at: datetime | None
    partial: bool


class Quarantine:
    """Keeps refused messages; every method works in the caller's transaction or snapshot.

    A feed reaches the entries of its own source, an operator all.
    """

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing

    def put(self, connection: Connection, refusals: Sequence[Refusal], at: datetime) -> list[tuple[Refusal, str]]:
        """Keep ``refusals`` and return each with the id of its entry."""
        kept = [(refusal, self.entry_id(refusal)) for refusal in refusals]
        for start in range(0, len(kept), _AT_ONCE):
            rows = [self._parameters(refusal, entry, at) for refusal, entry in kept[start : start + _AT_ONCE]]
            with summed(connection, QUARANTINE, QUARANTINE.c.quarantine_id.in_({row["quarantine_id"] for row in rows})):
                connection.execute(_PUT, rows)
        return kept

    def entry_id(self, refusal: Refusal) -> str:
        """The same for the same bytes under the same source and id."""
        digest = self._sealing.digest(refusal.raw)
        return str(uuid5(_ENTRIES, f"{refusal.source}\0{refusal.id}\0{digest}"))

    def entries(
        self,
        connection: Connection,
        actor: Actor,
        *,
        status: Status | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> list[QuarantinedMessage]:
        """The actor's entries in the order of arrival, behind the entry numbered ``after``."""
        query = _within_reach(actor).where(QUARANTINE.c.number > after)
        if status is not None:
            query = query.where(QUARANTINE.c.status == status)
        return [_message(row) for row in connection.execute(query.order_by(QUARANTINE.c.number).limit(limit))]

    def entry(self, connection: Connection, quarantine_id: str, actor: Actor) -> QuarantinedMessage:
        """Raises :class:`NotQuarantined`."""
        return _message(_row(connection, quarantine_id, actor))

    def opened(self, connection: Connection, quarantine_id: str, actor: Actor) -> bytes:
        """The message as it came; raises :class:`NotQuarantined`."""
        return self._sealing.open(_row(connection, quarantine_id, actor).sealed, purpose_of(quarantine_id))

    def resolve(self, connection: Connection, quarantine_id: str, at: datetime) -> None:
        """Close the entry: the message was recorded, corrected or as it was sent."""
        _settle(connection, quarantine_id, status=Status.RESOLVED, settled_at=instant_text(at))

    def replace(self, connection: Connection, quarantine_id: str, at: datetime, *, by: str) -> None:
        """Close the entry in favour of ``by``, the entry of the corrected message, which was refused too.

        Nothing happens where ``by`` is the entry itself: the same message was sent again.
        """
        if by != quarantine_id:
            _settle(connection, quarantine_id, status=Status.RESUBMITTED, settled_at=instant_text(at), replaced_by=by)

    def corrected(self, connection: Connection, facts: Collection[tuple[str, str]], at: datetime) -> None:
        """Close the entries about parts of ``facts`` (source, id), which their source has taken back."""
        if not facts:
            return
        # A delivery may correct very many facts, while few entries are about parts.
        still_open = select(QUARANTINE.c.quarantine_id, QUARANTINE.c.source, QUARANTINE.c.external_id).where(
            QUARANTINE.c.partial, QUARANTINE.c.status == Status.OPEN
        )
        for quarantine_id, source, external_id in connection.execute(still_open).all():
            if (source, external_id) in facts:
                self.resolve(connection, quarantine_id, at)

    def open_entries(self, connection: Connection) -> int:
        """The number of open entries."""
        query = select(func.count()).select_from(QUARANTINE).where(QUARANTINE.c.status == Status.OPEN)
        return connection.execute(query).scalar_one()

    def _parameters(self, refusal: Refusal, quarantine_id: str, at: datetime) -> dict[str, Any]:
        return {
            "quarantine_id": quarantine_id,
            "source": _shown(refusal.source),
            "external_id": _shown(refusal.id),
            "errors": msgspec.json.encode(refusal.errors).decode(),
            "sealed": self._sealing.seal(refusal.raw, purpose_of(quarantine_id)),
            "at": instant_text(at),
            "partial": refusal.partial,
        }


def _within_reach(actor: Actor) -> Select[Any]:
    """The entries of a feed's own source; an operator reaches all."""
    query = select(QUARANTINE)
    if actor.role is Role.OPERATOR:
        return query
    if actor.role is Role.SOURCE and actor.source is not None:
        return query.where(QUARANTINE.c.source == actor.source)
    return query.where(false())


def _row(connection: Connection, quarantine_id: str, actor: Actor) -> Row[Any]:
    query = _within_reach(actor).where(QUARANTINE.c.quarantine_id == quarantine_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotQuarantined(quarantine_id)
    return row


def _settle(connection: Connection, quarantine_id: str, **values: str) -> None:
    entry = QUARANTINE.c.quarantine_id == quarantine_id
    with summed(connection, QUARANTINE, entry):
        if not connection.execute(update(QUARANTINE).where(entry).values(**values)).rowcount:
            raise NotQuarantined(quarantine_id)


def _shown(attribute: str | None) -> str | None:
    """An attribute that hides no ID number: a feed may have built its ids from one."""
    if attribute is None or holds_number(attribute):
        return None
    return attribute


def _message(row: Row[Any]) -> QuarantinedMessage:
    return QuarantinedMessage(
        number=row.number,
        quarantine_id=row.quarantine_id,
        source=row.source,
        external_id=row.external_id,
        errors=_decode_errors(row.errors),
        received_at=datetime.fromisoformat(row.received_at),
        last_received_at=datetime.fromisoformat(row.last_received_at),
        times_received=row.times_received,
        status=Status(row.status),
        replaced_by=row.replaced_by,
        settled_at=datetime.fromisoformat(row.settled_at) if row.settled_at else None,
        partial=bool(row.partial),
    )
