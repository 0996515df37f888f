"""The ledger: eventsourcing's recorder on our own transactions.

Facts and decisions share one numbering, the position in the ledger: 1, 2, 3 … without gaps on both
databases, so that position minus one is the leaf index of the transparency log. What is appended stands
as a row; facts are packed into blocks as soon as there are enough of them, decisions stay rows
(docs/decisions/0064-facts-in-blocks.md).
"""

from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import islice
from operator import itemgetter
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
from sqlalchemy import Column, Connection, Table, Text, select, text

from infra.storage import event_rows, fact_blocks
from infra.storage.database import Database
from infra.storage.event_rows import LARGEST, STORED_EVENTS, LedgerRow, Row
from infra.storage.fact_block import FullRow
from infra.storage.library_errors import library_errors
from infra.storage.originators import BigInt
from projections.evidence.recorded_facts import FACT_TOPIC_PREFIX
from projections.tables import METADATA

SMALLEST_BATCH: Final = 64
"""So many facts appended at once become blocks at once, together with the facts that still stand as rows."""
MOST_ROWS: Final = 1_024
"""So many facts stand as rows at most, until the next facts are appended."""
_MOST_PACKED: Final = 4_096
"""So many older rows are packed at once at most: the ledger of an older version moves into blocks little by little."""

TRACKING: Final = Table(
    "tracking",
    METADATA,
    Column("application_name", Text, primary_key=True),
    Column("notification_id", BigInt, nullable=False),
)

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
        self._unpacked: int | None = None

    def append_rows(self, connection: Connection, rows: Sequence[Row]) -> int:
        """Append in order and return the position of the first; the others follow without gaps.

        Raises the library's ``IntegrityError`` when an originator already has such a version.
        """
        with library_errors():
            if connection.dialect.name == "postgresql":
                # Alone until the commit: otherwise a reader would pass over positions that are committed later.
                # There is no NOTIFY here: it would make the commits of all shards on one server wait for each other.
                connection.exec_driver_sql("LOCK TABLE stored_events IN EXCLUSIVE MODE")
            first = self.last_position(connection) + 1
            if not (facts := sum(topic.startswith(FACT_TOPIC_PREFIX) for _, _, topic, _ in rows)):
                event_rows.append(connection, first, rows)
            elif facts == len(rows) and self._make_blocks(connection, first, rows):
                self._unpacked = 0
            else:
                self._append_facts(connection, first, rows)
            return first

    def _append_facts(self, connection: Connection, first: int, rows: Sequence[Row]) -> None:
        for originator in {originator for originator, *_ in rows}:
            _refuse_before(fact_blocks.last_version(connection, originator), originator, rows)
        event_rows.append(connection, first, rows)
        if self._unpacked is not None:
            self._unpacked += len(rows)

    def _make_blocks(self, connection: Connection, first: int, rows: Sequence[Row]) -> bool:
        """Pack the facts that stand as rows, and ``rows`` with them; False where ``rows`` must stand as rows."""
        behind = fact_blocks.last_position(connection)
        if self._unpacked is None:
            self._unpacked = event_rows.count_facts(connection, FACT_TOPIC_PREFIX, behind=behind)
        if len(rows) < SMALLEST_BATCH and self._unpacked + len(rows) < MOST_ROWS:
            return False
        for originator in {originator for originator, *_ in rows}:
            _refuse_before(self.last_version(connection, originator), originator, rows)
        older = event_rows.take_facts(connection, FACT_TOPIC_PREFIX, behind=behind, limit=_MOST_PACKED)
        if len(older) == _MOST_PACKED:
            fact_blocks.write_blocks(connection, older)
            self._unpacked = None
            return False
        fact_blocks.write_blocks(connection, [*older, *_numbered(first, rows)])
        return True

    def read(self, connection: Connection, positions: Iterable[SupportsInt]) -> list[LedgerRow]:
        """The events at those positions, in the order of the ledger."""
        wanted = [int(position) for position in positions]
        rows = event_rows.at(connection, wanted)
        missing = set(wanted).difference(row[0] for row in rows)
        if not missing:
            return rows
        packed = [(position, topic, state) for position, _, _, topic, state in fact_blocks.rows_at(connection, missing)]
        return sorted([*rows, *packed]) if rows else packed

    def scan(self, connection: Connection, *, after: int, limit: int) -> list[LedgerRow]:
        """Up to ``limit`` events behind a position, in the order of the ledger."""
        packed = [
            (position, topic, state)
            for position, _, _, topic, state in islice(fact_blocks.rows_behind(connection, after), limit)
        ]
        upto = packed[-1][0] if len(packed) == limit else LARGEST
        rows = event_rows.between(connection, after=after, upto=upto, limit=limit)
        return list(islice(merge(packed, rows, key=itemgetter(0)), limit))

    def scan_stream(
        self, connection: Connection, originator: UUID, *, after: int, limit: int, topics: tuple[str, ...]
    ) -> list[LedgerRow]:
        """Up to ``limit`` events of one stream with these ``topics``, behind a version: version, topic, state."""
        packed = (
            (version, topic, state)
            for _, _, version, topic, state in fact_blocks.rows_of_stream(connection, originator, after=after)
            if topic in topics
        )
        found = list(islice(packed, limit))
        rows = event_rows.of_stream(connection, originator, after=after, limit=limit - len(found), topics=topics)
        return [*found, *rows]

    def last_position(self, connection: Connection) -> int:
        """0 while nothing is recorded."""
        return max(event_rows.last_position(connection), fact_blocks.last_position(connection))

    def last_version(self, connection: Connection, originator_id: UUID | str) -> int:
        """0 while the originator has no event."""
        return max(
            event_rows.last_version(connection, originator_id), fact_blocks.last_version(connection, originator_id)
        )

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
        after, upto = -1 if gt is None else gt, LARGEST if lte is None else lte
        events, version = STORED_EVENTS.c, STORED_EVENTS.c.originator_version
        query = select(events.originator_id, version, events.topic, events.state)
        query = query.where(events.originator_id == originator_id, version > after, version <= upto)
        query = query.order_by(version.desc() if desc else version).limit(limit)
        with library_errors(), self.database.read() as connection:
            rows = [StoredEvent(*row) for row in connection.execute(query)]
            blocks = fact_blocks.rows_of_stream(connection, originator_id, after=after, upto=upto, desc=desc)
            packed = [StoredEvent(*row[1:]) for row in islice(blocks, limit)]
        # Facts are packed in their order: what stands as a row is the newer part of a stream.
        return [*rows, *packed][:limit] if desc else [*packed, *rows][:limit]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = 0 if start is None else start - inclusive_of_start
        upto = LARGEST if stop is None else stop
        events = STORED_EVENTS.c
        query = select(events.originator_id, events.originator_version, events.topic, events.state, events.id)
        query = query.where(events.id > after, events.id <= upto)
        if topics:
            query = query.where(events.topic.in_(topics))
        with library_errors(), self.database.read() as connection:
            packed = list(islice(_notifications(connection, after, upto, topics), limit))
            if len(packed) == limit:
                query = query.where(events.id <= packed[-1].id) if packed else query
            rows = [Notification(*row) for row in connection.execute(query.order_by(events.id).limit(limit))]
            return list(islice(merge(packed, rows, key=lambda event: event.id), limit))

    def max_notification_id(self) -> int | None:
        with library_errors(), self.database.read() as connection:
            return self.last_position(connection) or None

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


def _notifications(connection: Connection, after: int, upto: int, topics: Sequence[str]) -> Iterator[Notification]:
    """The facts in blocks as the library's notifications."""
    if topics and not any(topic.startswith(FACT_TOPIC_PREFIX) for topic in topics):
        return
    for position, originator, version, topic, state in fact_blocks.rows_behind(connection, after, upto=upto):
        if not topics or topic in topics:
            yield Notification(originator, version, topic, state, position)


def _numbered(first: int, rows: Sequence[Row]) -> Iterator[FullRow]:
    for position, (originator, version, topic, state) in enumerate(rows, first):
        yield position, originator if isinstance(originator, UUID) else UUID(originator), version, topic, state


def _refuse_before(last_version: int, originator: UUID | str, rows: Sequence[Row]) -> None:
    """Raises ``IntegrityError`` where a version of ``originator`` does not follow those before it."""
    for each, version, _, _ in rows:
        if each == originator:
            if version <= last_version:
                raise IntegrityError(f"version {version} of {originator} does not follow version {last_version}")
            last_version = version
