"""The events of the ledger that stand as rows: all decisions, and the newest facts."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, Connection, LargeBinary, Table, Text, UniqueConstraint, func, select, text

from infra.storage.copying import copy_rows
from infra.storage.fact_block import FullRow
from infra.storage.originators import BigInt, OriginatorId, originator_key
from projections.tables import METADATA

Row = tuple[UUID | str, int, str, bytes]
"""One event to append: originator (a UUID or its text), version, topic, state."""
LedgerRow = tuple[int, str, bytes]
"""One event as read back: position, topic, state."""
LARGEST: Final = 2**63 - 1

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
_MARKS: Final = {"sqlite": "?", "postgresql": "%s"}
_SCAN: Final = {
    dialect: f"SELECT id, topic, state FROM stored_events WHERE id > {mark} AND id <= {mark}"  # noqa: S608 - the marks are ours
    f" ORDER BY id LIMIT {mark}"
    for dialect, mark in _MARKS.items()
}
_SCAN_STREAM: Final = {
    dialect: f"SELECT originator_version, topic, state FROM stored_events WHERE originator_id = {mark}"  # noqa: S608
    f" AND originator_version > {mark} AND topic IN ({{topics}}) ORDER BY originator_version LIMIT {mark}"
    for dialect, mark in _MARKS.items()
}
_LAST_POSITION: Final = text("SELECT max(id) FROM stored_events")


def append(connection: Connection, first: int, rows: Sequence[Row]) -> None:
    """Append ``rows`` at ``first`` and the positions behind it."""
    keyed = _keyed(rows, connection.dialect.name)
    numbered = ((position, *row) for position, row in enumerate(keyed, first))
    if connection.dialect.name == "postgresql":
        copy_rows(connection, "stored_events", _COPIED, numbered)
    elif rows:
        connection.exec_driver_sql("INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", list(numbered))


def take_facts(connection: Connection, prefix: str, *, behind: int, limit: int) -> list[FullRow]:
    """Remove up to ``limit`` of the first facts behind a position, and return them in their order."""
    events = STORED_EVENTS.c
    facts = (events.id > behind, events.topic.startswith(prefix, autoescape=True))
    query = select(events.id, events.originator_id, events.originator_version, events.topic, events.state)
    found = [
        (row[0], row[1], row[2], row[3], bytes(row[4]))
        for row in connection.execute(query.where(*facts).order_by(events.id).limit(limit))
    ]
    if found:
        connection.execute(STORED_EVENTS.delete().where(*facts, events.id <= found[-1][0]))
    return found


def count_facts(connection: Connection, prefix: str, *, behind: int) -> int:
    """How many facts behind a position stand as rows."""
    events = STORED_EVENTS.c
    query = select(func.count()).where(events.id > behind, events.topic.startswith(prefix, autoescape=True))
    return connection.execute(query).scalar_one()


def at(connection: Connection, positions: Iterable[int]) -> list[LedgerRow]:
    """The events at those positions that are rows, in the order of the ledger."""
    wanted = list(positions)
    dialect = connection.dialect.name
    return _fetched(connection, _READ[dialect], (json.dumps(wanted) if dialect == "sqlite" else wanted,))


def between(connection: Connection, *, after: int, upto: int, limit: int) -> list[LedgerRow]:
    """Up to ``limit`` rows at positions above ``after`` and not above ``upto``, in order."""
    return _fetched(connection, _SCAN[connection.dialect.name], (after, upto, limit))


def of_stream(
    connection: Connection, originator: UUID, *, after: int, limit: int, topics: tuple[str, ...]
) -> list[LedgerRow]:
    """Up to ``limit`` rows of one stream with these ``topics``, behind a version: version, topic, state."""
    dialect = connection.dialect.name
    parameters = (originator_key(originator, dialect), after, *topics, limit)
    marks = ", ".join([_MARKS[dialect]] * len(topics))
    return _fetched(connection, _SCAN_STREAM[dialect].format(topics=marks), parameters)


def last_position(connection: Connection) -> int:
    """0 while there is no row."""
    return connection.execute(_LAST_POSITION).scalar() or 0


def last_version(connection: Connection, originator: UUID | str) -> int:
    """0 while no row belongs to the originator."""
    newest = select(func.max(STORED_EVENTS.c.originator_version)).where(STORED_EVENTS.c.originator_id == originator)
    return connection.execute(newest).scalar() or 0


def _keyed(rows: Iterable[Row], dialect: str) -> Iterator[tuple[UUID | bytes, int, str, bytes]]:
    """The rows with originators as the database keeps them; neighbours often share theirs."""
    last: UUID | str | None = None
    key: UUID | bytes = b""
    for originator, version, topic, state in rows:
        if originator is not last:
            last, key = originator, originator_key(originator, dialect)
        yield key, version, topic, state


def _fetched(connection: Connection, query: str, parameters: tuple[Any, ...]) -> list[LedgerRow]:
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
