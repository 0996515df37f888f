"""What became of the rows that go out: those that failed, and sending them again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, func, select, true, update
from sqlalchemy import Row as Found

from alerts.outgoing import OUTGOING, Row, State, Telling, queue
from domain.errors import NotAllowed, NotFound
from domain.instants import instant_text

_SHOWN: Final = tuple(column for column in OUTGOING.c if column is not OUTGOING.c.content)


@dataclass(frozen=True, slots=True)
class Receipt:
    """How one row stands; what it says is left out."""

    row_id: str
    notice: str
    channel: str
    account_id: str | None
    occasion: str
    state: State
    tries: int
    error: str | None
    queued_at: datetime
    due_at: datetime
    next_try_at: datetime | None
    accepted_at: datetime | None


def receipts(
    connection: Connection, *, state: State | None = None, channel: str | None = None, skip: int = 0, limit: int
) -> Sequence[Receipt]:
    """Rows in the order of writing."""
    wanted = _wanted(state, channel)
    rows = select(*_SHOWN).where(wanted).order_by(OUTGOING.c.queued_at, OUTGOING.c.row_id)
    return [_receipt(row) for row in connection.execute(rows.offset(skip).limit(limit))]


def receipt(connection: Connection, row_id: str) -> Receipt:
    """Raises NotFound."""
    row = connection.execute(select(*_SHOWN).where(OUTGOING.c.row_id == row_id)).one_or_none()
    if row is None:
        raise NotFound("notification")
    return _receipt(row)


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """How many rows there are, by channel and state."""
    by = OUTGOING.c.channel, OUTGOING.c.state
    rows = connection.execute(select(*by, func.count()).group_by(*by).order_by(*by))
    return {(channel, state): count for channel, state, count in rows}


def resend(connection: Connection, row_id: str, at: datetime) -> Receipt:
    """Send one failed row again, under its id. Raises NotFound, or NotAllowed where it has not failed."""
    if not _again(connection, OUTGOING.c.row_id == row_id, at):
        found = receipt(connection, row_id)
        raise NotAllowed(f"only what failed is sent again; this one is {found.state}")
    return receipt(connection, row_id)


def resend_all(connection: Connection, channel: str, at: datetime) -> int:
    """Send all failed rows of a channel again; returns how many."""
    return _again(connection, OUTGOING.c.channel == channel, at)


def queue_test(connection: Connection, channel: str, account_id: str | None, language: str, at: datetime) -> str:
    """Write a test message; returns the id of its row."""
    row = Row(f"test:{uuid4().hex}", channel, account_id, Telling.TEST, at, language=language)
    queue(connection, [row], at)
    return row.row_id


def _again(connection: Connection, which: ColumnElement[bool], at: datetime) -> int:
    now = instant_text(at)
    # Due from now on: a row that waited for three days would otherwise fail again at its first refusal.
    fresh = {"state": State.WAITING, "tries": 0, "error": None, "due_at": now, "next_try_at": now}
    failed = OUTGOING.c.state == State.FAILED
    return connection.execute(update(OUTGOING).where(which, failed).values(**fresh)).rowcount


def _wanted(state: State | None, channel: str | None) -> ColumnElement[bool]:
    of_state = true() if state is None else OUTGOING.c.state == state
    return of_state if channel is None else of_state & (OUTGOING.c.channel == channel)


def _receipt(row: Found[Any]) -> Receipt:
    return Receipt(
        row.row_id,
        row.notice,
        row.channel,
        row.account_id,
        row.occasion,
        State(row.state),
        row.tries,
        row.error,
        datetime.fromisoformat(row.queued_at),
        datetime.fromisoformat(row.due_at),
        datetime.fromisoformat(row.next_try_at) if row.next_try_at else None,
        datetime.fromisoformat(row.accepted_at) if row.accepted_at else None,
    )
