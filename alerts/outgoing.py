"""What is to be sent to people and robots: one row for each notice, account and channel.

Rows are written in the transaction that causes them (:func:`queue`). Their ids follow from what they tell, so
writing one twice changes nothing. A row says what kind, which lot and where to look, and nothing about a person:
the account's address is asked for when the row is sent, so it stands nowhere in clear.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import Column, Connection, Integer, String, Table, Text, select
from sqlalchemy import Index as TableIndex
from sqlalchemy.dialects import postgresql, sqlite

from alerts.tables import METADATA
from domain.errors import MonitorError
from domain.instants import instant_text

OUTGOING: Final = Table(
    "outgoing",
    METADATA,
    Column("row_id", String(36), primary_key=True),
    Column("notice", String(100), nullable=False, index=True),
    Column("channel", String(40), nullable=False),
    Column("account_id", String(36)),
    Column("occasion", String(30), nullable=False),
    Column("content", Text, nullable=False),
    Column("language", String(2), nullable=False),
    Column("queued_at", String(32), nullable=False),
    Column("due_at", String(32), nullable=False),
    Column("state", String(10), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", String(32)),
    Column("error", String(200)),
    Column("accepted_at", String(32)),
    TableIndex("outgoing_waiting", "channel", "state", "next_try_at"),
)
"""``notice`` is the id of what the row tells, as its writer names it: every row of a notice is found by it.

``next_try_at`` is at first ``due_at``, and None once the row was accepted or has failed for good. ``error`` is a short
code, never what the other side wrote.
"""
_ROWS: Final = UUID("6f0a7d9b-52c4-5c3e-9a8e-0b8f6d1f7a55")
_AT_ONCE: Final = 500
MOST_CONTENT_BYTES: Final = 16 * 1024


class State(StrEnum):
    """How a row stands."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    """The channel has it. What happens behind the channel, nobody tells us."""
    FAILED = "failed"
    """For good; somebody may send it again."""


class Telling(StrEnum):
    """What a row tells: each has templates of its own."""

    RAISED = "raised"
    REVISED = "revised"
    WITHDRAWN = "withdrawn"
    ESCALATED = "escalated"
    DIGEST = "digest"
    REMINDER = "reminder"
    SUSPENDED = "suspended"
    RESTORED = "restored"
    TEST = "test"


class ContentTooLarge(MonitorError):
    """What a row would say is longer than any channel carries."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to say to one account by one channel; ``account_id`` is None where the channel is a robot.

    ``content`` in plain JSON types, and no personal data in it: ``clue_id``, ``matter_id``, ``case_id``, ``lot_id``,
    ``rule``, ``severity``, ``jurisdiction``, ``link``, and ``items`` of a digest. It is sent from ``due_at`` on.
    """

    notice: str
    channel: str
    account_id: str | None
    occasion: Telling
    due_at: datetime
    content: Mapping[str, Any] = field(default_factory=dict)
    language: str = "zh"

    @property
    def row_id(self) -> str:
        """The same for the same notice, account, channel and occasion."""
        return str(uuid5(_ROWS, "\n".join((self.notice, self.account_id or "", self.channel, self.occasion))))


def queue(connection: Connection, rows: Sequence[Row], at: datetime) -> None:
    """Write ``rows``, which are sent after the commit; what is there already stays as it is."""
    for start in range(0, len(rows), _AT_ONCE):
        written = {row.row_id: _columns(row, at) for row in rows[start : start + _AT_ONCE]}
        connection.execute(_insert(connection), list(written.values()))


def told_by(connection: Connection, notice: str) -> list[tuple[str, str | None]]:
    """The channels and accounts that a notice went to or waits for: who must hear when it is withdrawn."""
    rows = select(OUTGOING.c.channel, OUTGOING.c.account_id).where(OUTGOING.c.notice == notice)
    return [(channel, account_id) for channel, account_id in connection.execute(rows.order_by(OUTGOING.c.row_id))]


def _columns(row: Row, at: datetime) -> dict[str, Any]:
    content = json.dumps(dict(row.content), ensure_ascii=False, sort_keys=True)
    if len(content.encode()) > MOST_CONTENT_BYTES:
        raise ContentTooLarge(f"a row of {row.channel} says more than {MOST_CONTENT_BYTES} bytes")
    return {
        "row_id": row.row_id,
        "notice": row.notice,
        "channel": row.channel,
        "account_id": row.account_id,
        "occasion": str(row.occasion),
        "content": content,
        "language": row.language,
        "queued_at": instant_text(at),
        "due_at": instant_text(row.due_at),
        "state": State.WAITING,
        "tries": 0,
        "next_try_at": instant_text(row.due_at),
    }


def _insert(connection: Connection) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(OUTGOING).on_conflict_do_nothing(index_elements=["row_id"])
