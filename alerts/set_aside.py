"""Messages that can never be sent: taken out of the outbox, kept, listed, and sent again or dropped by command."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    Row,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from alerts.outbox import OUTBOX, Unfit, Waiting
from alerts.tables import METADATA, message_columns
from domain.errors import NotAllowed, NotFound
from domain.instants import instant_text

SET_ASIDE: Final = Table(
    "outbox_set_aside",
    METADATA,
    *message_columns(),
    Column("size", Integer),
    Column("error", String(60), nullable=False),
    Column("set_aside_at", String(32), nullable=False),
    Column("status", String(12), nullable=False, index=True),
    Column("settled_at", String(32)),
    Column("settled_by", String(2_000)),
    Column("reason", Text),
)
"""``content`` as in the outbox, and empty once somebody has decided; ``size`` where it can be read.

``error`` is the kind of error that named the message unfit; who settled it, when and why stays on record.
"""


class Status(StrEnum):
    KEPT = "kept"
    RESENT = "resent"
    """Put into the outbox again, behind what waits there."""
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class SetAside:
    """One message that was set aside, without its content."""

    number: int
    topic: str
    partition: int | None
    size: int | None
    error: str
    put_at: datetime
    set_aside_at: datetime
    status: Status
    settled_at: datetime | None
    settled_by: str | None
    reason: str | None


_MOVED: Final = (OUTBOX.c.topic, OUTBOX.c.partition, OUTBOX.c.sealed, OUTBOX.c.content, OUTBOX.c.put_at)
_SHOWN: Final = tuple(column for column in SET_ASIDE.c if column is not SET_ASIDE.c.content)


def take(connection: Connection, number: int, unfit: Unfit, at: datetime) -> bool:
    """Take a row out of the outbox and keep it; False where another publisher has taken it."""
    taken = connection.execute(delete(OUTBOX).where(OUTBOX.c.number == number).returning(*_MOVED)).one_or_none()
    if taken is not None:
        connection.execute(insert(SET_ASIDE), {**taken._mapping, **_about(unfit, at)})
    return taken is not None


def keep(connection: Connection, row: Waiting, content: bytes, unfit: Unfit, at: datetime) -> None:
    """Keep a message that never stood in the outbox; ``content`` as the outbox would have it, not sealed."""
    message = {"topic": row.topic, "partition": row.partition, "sealed": False, "content": content}
    connection.execute(insert(SET_ASIDE), {**message, "put_at": instant_text(at), **_about(unfit, at)})


def kept(connection: Connection) -> int:
    """The number of messages about which nobody has decided yet."""
    query = select(func.count()).select_from(SET_ASIDE).where(SET_ASIDE.c.status == Status.KEPT)
    return connection.execute(query).scalar_one()


def listed(connection: Connection, *, settled: bool = False) -> list[SetAside]:
    """In the order of setting aside; with ``settled`` also those that somebody has decided about."""
    query = select(*_SHOWN).order_by(SET_ASIDE.c.number)
    if not settled:
        query = query.where(SET_ASIDE.c.status == Status.KEPT)
    return [_set_aside(row) for row in connection.execute(query)]


def resend(connection: Connection, number: int, *, by: str, reason: str, at: datetime) -> None:
    """Put it into the outbox again, as the last; raises NotFound, or NotAllowed where it was settled before."""
    message = select(SET_ASIDE.c.topic, SET_ASIDE.c.partition, SET_ASIDE.c.sealed, SET_ASIDE.c.content)
    row = connection.execute(message.where(SET_ASIDE.c.number == number)).one_or_none()
    _settle(connection, number, Status.RESENT, by, reason, at)
    if row is not None:
        connection.execute(insert(OUTBOX), {**row._mapping, "put_at": instant_text(at)})


def drop(connection: Connection, number: int, *, by: str, reason: str, at: datetime) -> None:
    """It will never be sent, and its content is gone; raises as :func:`resend` does."""
    _settle(connection, number, Status.DROPPED, by, reason, at)


def _settle(connection: Connection, number: int, status: Status, by: str, reason: str, at: datetime) -> None:
    row = SET_ASIDE.c.number == number
    settled = {
        "status": status,
        "settled_at": instant_text(at),
        "settled_by": by,
        "reason": reason,
        "content": b"",
    }
    waiting = row & (SET_ASIDE.c.status == Status.KEPT)
    if connection.execute(update(SET_ASIDE).where(waiting).values(**settled)).rowcount:
        return
    known = connection.execute(select(SET_ASIDE.c.status).where(row)).scalar()
    if known is None:
        raise NotFound("message that was set aside")
    raise NotAllowed(f"this message was {known} before")


def _about(unfit: Unfit, at: datetime) -> dict[str, object]:
    return {"size": unfit.size, "error": unfit.error, "set_aside_at": instant_text(at), "status": Status.KEPT}


def _set_aside(row: Row[Any]) -> SetAside:
    return SetAside(
        row.number,
        row.topic,
        row.partition,
        row.size,
        row.error,
        datetime.fromisoformat(row.put_at),
        datetime.fromisoformat(row.set_aside_at),
        Status(row.status),
        datetime.fromisoformat(row.settled_at) if row.settled_at else None,
        row.settled_by,
        row.reason,
    )
