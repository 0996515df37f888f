"""The ledger: eventsourcing's recorder on our own transactions.

Facts and decisions share one table, whose ``id`` is the position in the ledger: 1, 2, 3 …
without gaps on both databases, so that position minus one is the leaf index of the
transparency log.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final, SupportsInt
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Subscription,
    Tracking,
)
from sqlalchemy import Column, Connection, LargeBinary, Table, Text, UniqueConstraint, func, select, text

from infra.storage.copying import copy_rows
from infra.storage.database import Database
from infra.storage.library_errors import library_errors
from infra.storage.originators import BigInt, OriginatorId, originator_key
from projections.tables import METADATA

Row = tuple[UUID | str, int, str, bytes]
"""One event to append: originator (a UUID or its text), version, topic, state."""
LedgerRow = tuple[int, str, bytes]
"""One event as read back: position, topic, state."""
_KeyedRow = tuple[UUID | bytes, int, str, bytes]

STORED_EVENTS: Final = Table(
    "stored_events",
    METADATA,
    Column("id", BigInt, primary_key=True, autoincrement=False),
    Column("originator_id", OriginatorId, nullable=False),
    Column("originator_version", BigInt, nullable=False),
    Column("topic", Text, nullable=False),
    Column("state", LargeBinary, nullable=False),
    UniqueConstraint("originator_id", "originator_version"),
)
TRACKING: Final = Table(
    "tracking",
    METADATA,
    Column("application_name", Text, primary_key=True),
    Column("notification_id", BigInt, nullable=False),
)

_COPIED: Final = {
    "id": "int8",
    "originator_id": "uuid",
    "originator_version": "int8",
    "topic": "text",
    "state": "bytea",
}
_READ: Final = {
    "sqlite": "SELECT id, topic, state FROM stored_events WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
    "postgresql": "SELECT id, topic, state FROM stored_events WHERE id = ANY(%s) ORDER BY id",
}
_SCAN: Final = {
    dialect: f"SELECT id, topic, state FROM stored_events WHERE id > {mark} ORDER BY id LIMIT {mark}"  # noqa: S608
    for dialect, mark in (("sqlite", "?"), ("postgresql", "%s"))
}
_MARKS: Final = {"sqlite": "?", "postgresql": "%s"}
_SCAN_STREAM: Final = {
    dialect: f"SELECT originator_version, topic, state FROM stored_events WHERE originator_id = {mark}"  # noqa: S608
    f" AND originator_version > {mark} AND topic IN ({{topics}}) ORDER BY originator_version LIMIT {mark}"
    for dialect, mark in _MARKS.items()
}
_LAST_POSITION: Final = text("SELECT max(id) FROM stored_events")
_ADVANCE_TRACKING: Final = text(
    "INSERT INTO tracking (application_name, notification_id) VALUES (:name, :id)"
    " ON CONFLICT (application_name) DO UPDATE SET notification_id = :id WHERE tracking.notification_id < :id"
    " RETURNING notification_id"
)
_TRACKED: Final = text("SELECT notification_id FROM tracking WHERE application_name = :name")


class LedgerRecorder(ProcessRecorder):
    """The ledger of one shard; every method joins the transaction its thread is in."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._events = STORED_EVENTS.c

    def append_rows(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Append in order and return the position of the first; the others follow without gaps.

        Raises the library's ``IntegrityError`` when an originator already has such a version.
        """
        keyed = self._with_keys(rows)
        with library_errors():
            if self.database.dialect == "sqlite":
                return _append_to_sqlite(connection, keyed)
            return _append_to_postgresql(connection, keyed)

    def read(self, connection: Connection, positions: Iterable[SupportsInt]) -> list[LedgerRow]:
        """The events at those positions, in the order of the ledger."""
        wanted = [int(position) for position in positions]
        dialect = self.database.dialect
        parameter: Any = json.dumps(wanted) if dialect == "sqlite" else wanted
        return _rows(connection, _READ[dialect], (parameter,))

    def scan(self, connection: Connection, *, after: int, limit: int) -> list[LedgerRow]:
        """Up to ``limit`` events behind a position, in the order of the ledger."""
        return _rows(connection, _SCAN[self.database.dialect], (after, limit))

    def scan_stream(
        self, connection: Connection, originator: UUID, *, after: int, limit: int, topics: tuple[str, ...]
    ) -> list[LedgerRow]:
        """Up to ``limit`` events of one stream with these ``topics``, behind a version: version, topic, state."""
        dialect = self.database.dialect
        parameters = (originator_key(originator, dialect), after, *topics, limit)
        return _rows(
            connection, _SCAN_STREAM[dialect].format(topics=", ".join([_MARKS[dialect]] * len(topics))), parameters
        )

    def last_position(self, connection: Connection) -> int:
        """0 while nothing is recorded."""
        return connection.execute(_LAST_POSITION).scalar() or 0

    def last_version(self, connection: Connection, originator_id: UUID | str) -> int:
        """0 while the originator has no event."""
        of_originator = self._events.originator_id == originator_id
        return connection.execute(select(func.max(self._events.originator_version)).where(of_originator)).scalar() or 0

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Append with the library's types, together with a ``tracking`` mark; returns the positions."""
        tracking: Tracking | None = kwargs.get("tracking")
        with library_errors(), self.database.transaction() as connection:
            if tracking is not None:
                self.insert_tracking(tracking)
            if not stored_events:
                return []
            rows = [(e.originator_id, e.originator_version, e.topic, e.state) for e in stored_events]
            first = self.append_rows(connection, rows)
            return list(range(first, first + len(rows)))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        events, version = self._events, self._events.originator_version
        query = select(events.originator_id, version, events.topic, events.state)
        query = query.where(events.originator_id == originator_id)
        if gt is not None:
            query = query.where(version > gt)
        if lte is not None:
            query = query.where(version <= lte)
        query = query.order_by(version.desc() if desc else version).limit(limit)
        with library_errors(), self.database.read() as connection:
            return [StoredEvent(*row) for row in connection.execute(query)]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        events = self._events
        query = select(events.originator_id, events.originator_version, events.topic, events.state, events.id)
        if start is not None:
            query = query.where(events.id >= start if inclusive_of_start else events.id > start)
        if stop is not None:
            query = query.where(events.id <= stop)
        if topics:
            query = query.where(events.topic.in_(topics))
        with library_errors(), self.database.read() as connection:
            return [Notification(*row) for row in connection.execute(query.order_by(events.id).limit(limit))]

    def max_notification_id(self) -> int | None:
        with library_errors(), self.database.read() as connection:
            return connection.execute(_LAST_POSITION).scalar()

    def insert_tracking(self, tracking: Tracking) -> None:
        """Move an upstream's mark forward; ``IntegrityError`` when it stands there or further already."""
        mark = {"name": tracking.application_name, "id": tracking.notification_id}
        with library_errors(), self.database.transaction() as connection:
            if connection.execute(_ADVANCE_TRACKING, mark).scalar() is None:
                raise IntegrityError("the upstream's mark stands there or further already")

    def max_tracking_id(self, application_name: str) -> int | None:
        with library_errors(), self.database.read() as connection:
            return connection.execute(_TRACKED, {"name": application_name}).scalar()

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """As with the library's recorder for SQLite: who follows the ledger reads its notification log again."""
        raise NotImplementedError("the ledger has no subscriptions; read its notification log")

    def _with_keys(self, rows: Sequence[Row]) -> list[_KeyedRow]:
        """The rows with originators as the database keeps them; neighbours often share theirs."""
        dialect = self.database.dialect
        keyed: list[_KeyedRow] = []
        last: UUID | str | None = None
        key: UUID | bytes = b""
        for originator, version, topic, state in rows:
            if originator is not last:
                last, key = originator, originator_key(originator, dialect)
            keyed.append((key, version, topic, state))
        return keyed


def _rows(connection: Connection, query: str, parameters: tuple[Any, ...]) -> list[LedgerRow]:
    """The driver's own tuples: building SQLAlchemy's rows would take most of the time."""
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        found: list[LedgerRow] = driver.execute(query, parameters, binary=True).fetchall()
        return found
    result = connection.exec_driver_sql(query, parameters)
    cursor: Any = result.cursor
    rows: list[LedgerRow] = cursor.fetchall()
    result.close()
    return rows


def _append_to_sqlite(connection: Connection, rows: list[_KeyedRow]) -> int:
    if rows:
        connection.exec_driver_sql(
            "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?)", rows
        )
    # SQLite gives the next id after the largest, and nobody else is writing: the ids are contiguous.
    last: int = connection.execute(_LAST_POSITION).scalar() or 0
    return last - len(rows) + 1


def _append_to_postgresql(connection: Connection, rows: list[_KeyedRow]) -> int:
    # Alone until the commit: otherwise a reader would pass over positions that are committed later.
    # There is no NOTIFY here, for it would make the commits of all shards on one server wait for each other.
    connection.exec_driver_sql("LOCK TABLE stored_events IN EXCLUSIVE MODE")
    first: int = (connection.execute(_LAST_POSITION).scalar() or 0) + 1
    copy_rows(connection, "stored_events", _COPIED, ((position, *row) for position, row in enumerate(rows, first)))
    return first
