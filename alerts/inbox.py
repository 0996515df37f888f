"""The inbox: one row for each notice, written in the transaction of the event that it tells of.

There is one row for each clue, revision, recipient and channel, so webhooks and topics are served from the same rows.
Rows follow from the ledger alone: the same events give the same rows, to the byte and with the same
numbers. Who has read what does not follow from the ledger, and has a table of its own.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from eventsourcing.domain import AggregateEvent
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
)

from alerts.addressing import addressed_to, told_already
from alerts.content import Content
from alerts.notices import rule_url, write
from alerts.recipients import Occasion, Recipient, news
from alerts.tables import NOTICES, READINGS
from domain.access import Actor, Role
from domain.clues.changed_by_history import LoadSummary
from domain.clues.clue import Clue
from domain.clues.events import CandidacyChanged, ClueEvent, Decided, JudgedAnew, Raised
from domain.instants import instant_text

INBOX: Final = "inbox"
Happened = Sequence[tuple[Clue, AggregateEvent]]
"""Clues with the event that happened to each; the clue is as the event left it."""
_LOADS: Final = UUID("0d6c1a1e-7f5e-5d0b-9a57-2a0f3c1e6b40")
"""The namespace of the ids that summaries of loads have instead of a clue's."""
_TOLD: Final = (
    select(NOTICES.c.clue_id, NOTICES.c.recipient_role, NOTICES.c.recipient_key, NOTICES.c.occasion)
    .where(NOTICES.c.clue_id.in_(bindparam("clues", expanding=True)))
    .order_by(NOTICES.c.notice_id)
)
_LAST: Final = select(func.max(NOTICES.c.notice_id))
_INSERT: Final = insert(NOTICES)
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice as its recipient gets it.

    ``clue_id`` is an id of its own where the notice is the summary of a load of history.
    """

    notice_id: int
    clue_id: UUID
    revision: int
    recipient: Recipient
    occasion: Occasion
    content: Content
    created_at: datetime
    read_at: datetime | None

    def document(self, *, person: str = "") -> dict[str, Any]:
        """In plain JSON types; ``person`` is the masked name, if the reader may see it."""
        words = write(self.occasion, self.recipient.role, self.content, person=person)
        return {
            "notice_id": self.notice_id,
            "clue_id": None if self.content.load else str(self.clue_id),
            "revision": self.revision,
            "occasion": str(self.occasion),
            "recipient": {"role": str(self.recipient.role), "key": self.recipient.key},
            **self.content.document(),
            "rule_url": rule_url(self.content.rule) if self.content.rule else None,
            "subject": {"zh": words.zh.subject, "en": words.en.subject},
            "body": {"zh": words.zh.body, "en": words.en.body},
            "created_at": instant_text(self.created_at),
            "read_at": instant_text(self.read_at) if self.read_at else None,
        }


def tell(connection: Connection, happened: Happened) -> dict[UUID, list[Role]]:
    """Write the notices that follow from the one event just recorded of each clue, in their order.

    Each clue is as its event left it. Returns the roles that are told, by clue.
    """
    if any(event.originator_version != clue.version for clue, event in happened):
        raise ValueError("notices are written after every single event of a clue")
    known = told(connection, [clue.id for clue, _ in happened])
    rows = [
        row
        for clue, event in happened
        if isinstance(event, Raised | JudgedAnew | CandidacyChanged | Decided)
        for row in _rows(clue, event, known.get(clue.id, {}))
    ]
    put(connection, rows)
    roles: dict[UUID, list[Role]] = {}
    for row in rows:
        roles.setdefault(UUID(row["clue_id"]), []).append(Role(row["recipient_role"]))
    return roles


def tell_of_load(connection: Connection, summary: LoadSummary, at: datetime) -> None:
    """Write the one notice about a load of history, to the supervisor of its place."""
    recipient = Recipient(Role.SUPERVISOR, summary.jurisdiction)
    identity = uuid5(_LOADS, f"{summary.jurisdiction}/{instant_text(at)}")
    put(connection, [row_of(identity, 1, recipient, Occasion.HISTORY_LOADED, Content.of_load(summary).text(), at)])


def told(connection: Connection, clue_ids: Sequence[UUID]) -> dict[UUID, dict[Recipient, Occasion]]:
    """The last thing each recipient was told, by clue."""
    known: dict[UUID, dict[Recipient, Occasion]] = {}
    for start in range(0, len(clue_ids), _AT_ONCE):
        asked = [str(clue_id) for clue_id in clue_ids[start : start + _AT_ONCE]]
        for clue_id, role, key, occasion in connection.execute(_TOLD, {"clues": asked}):
            known.setdefault(UUID(clue_id), {})[Recipient(Role(role), key)] = Occasion(occasion)
    return known


def sent(connection: Connection, clue_id: UUID) -> list[Notice]:
    """Every notice about a clue, in the order of telling: for whoever may see them all."""
    return _notices(connection.execute(_read().where(NOTICES.c.clue_id == str(clue_id))))


def inbox(
    connection: Connection, reader: Actor, *, after: int = 0, limit: int = 100, unread_to: int = 0
) -> list[Notice]:
    """The reader's own notices numbered above ``after``, in order, at most ``limit``.

    Of those numbered up to ``unread_to`` only the ones that nobody has read. A clue may lie in
    several places; whose jurisdiction holds more than one of them is told once.
    """
    wanted = and_(NOTICES.c.notice_id > after, or_(NOTICES.c.notice_id > unread_to, READINGS.c.read_at.is_(None)))
    return _notices(connection.execute(_read().where(_own(reader), wanted).limit(limit)))


def loads_told(connection: Connection, reader: Actor, *, since: datetime) -> list[Notice]:
    """The summaries of loads of history that the reader was sent from ``since`` on, the newest first."""
    loads = and_(NOTICES.c.occasion == str(Occasion.HISTORY_LOADED), NOTICES.c.created_at >= instant_text(since))
    return _notices(connection.execute(_read().where(_own(reader), loads)))[::-1]


def own_among(connection: Connection, reader: Actor, numbers: Collection[int]) -> dict[int, Notice]:
    """Those of the notices of these numbers that the reader's inbox holds, by number."""
    if not numbers:
        return {}
    found = connection.execute(_read().where(_own(reader), NOTICES.c.notice_id.in_(numbers)))
    return {notice.notice_id: notice for notice in _notices(found)}


def told_after(connection: Connection, after: int) -> tuple[int, list[Recipient]]:
    """The number of the newest notice, ``after`` where none came later; and who was told anything since."""
    newest = func.max(NOTICES.c.notice_id)
    asked = select(NOTICES.c.recipient_role, NOTICES.c.recipient_key, newest).where(NOTICES.c.notice_id > after)
    rows = connection.execute(asked.group_by(NOTICES.c.recipient_role, NOTICES.c.recipient_key)).all()
    return max((row[2] for row in rows), default=after), [Recipient(Role(row[0]), row[1]) for row in rows]


def all_after(connection: Connection, after: int, *, limit: int) -> list[Notice]:
    """Everybody's notices numbered above ``after``, in order: for the publisher."""
    return _notices(connection.execute(_read().where(NOTICES.c.notice_id > after).limit(limit)))


def notices_where(connection: Connection, condition: ColumnElement[bool]) -> list[Notice]:
    """Everybody's notices for which ``condition`` holds, in order."""
    return _notices(connection.execute(_read().where(condition)))


def last_notice_id(connection: Connection) -> int:
    """The number of the newest notice to anyone; 0 before the first."""
    return connection.execute(_LAST).scalar() or 0


def put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write notices under the next numbers, in their order."""
    if rows:
        first = last_notice_id(connection) + 1
        connection.execute(_INSERT, [{"notice_id": first + number, **row} for number, row in enumerate(rows)])


def _rows(clue: Clue, event: ClueEvent, known: Mapping[Recipient, Occasion]) -> list[dict[str, Any]]:
    """The notices of one event, still without numbers."""
    content = Content.of(clue).text()
    return [
        row_of(clue.id, event.originator_version, recipient, occasion, content, event.timestamp)
        for recipient, occasion in news(event, clue, known).items()
    ]


def row_of(
    about: UUID, revision: int, recipient: Recipient, occasion: Occasion, content: str, at: datetime
) -> dict[str, Any]:
    """One notice, still without a number."""
    return {
        "clue_id": str(about),
        "revision": revision,
        "recipient_role": str(recipient.role),
        "recipient_key": recipient.key,
        "channel": INBOX,
        "occasion": str(occasion),
        "content": content,
        "created_at": instant_text(at),
    }


def _own(reader: Actor) -> ColumnElement[bool]:
    return and_(addressed_to(reader, NOTICES), ~told_already(reader, NOTICES))


def _read() -> Select[Any]:
    joined = NOTICES.outerjoin(READINGS, READINGS.c.notice_id == NOTICES.c.notice_id)
    return select(NOTICES, READINGS.c.read_at).select_from(joined).order_by(NOTICES.c.notice_id)


def _notices(rows: Iterable[Row[Any]]) -> list[Notice]:
    return [_notice(row) for row in rows]


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        notice_id=row.notice_id,
        clue_id=UUID(row.clue_id),
        revision=row.revision,
        recipient=Recipient(Role(row.recipient_role), row.recipient_key),
        occasion=Occasion(row.occasion),
        content=Content.read(row.content),
        created_at=datetime.fromisoformat(row.created_at),
        read_at=datetime.fromisoformat(row.read_at) if row.read_at else None,
    )
