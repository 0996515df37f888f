"""The events of a ledger as they stand in the database: rows, and what blocks hold."""

from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection

from infra.storage import event_rows
from infra.storage.database import look_into
from infra.storage.fact_block import FullRow, unpack
from infra.storage.fact_blocks import FACT_BLOCK_STREAMS, FACT_BLOCKS, rows_behind
from infra.transparency.rows import scan

_FACTS = "SELECT id, state FROM {schema}.stored_events WHERE topic LIKE 'tender-integrity.%%' AND id > %s"
_BLOCKS = "SELECT first_position, body FROM {schema}.fact_blocks WHERE last_position > %s"
_LAST = (
    "SELECT greatest((SELECT max(id) FROM {schema}.stored_events),"
    " (SELECT max(last_position) FROM {schema}.fact_blocks), 0)"
)


def events_in(where: Path | str, *, schema: str | None = None) -> list[FullRow]:
    """All events, in the order of the ledger."""
    with closing(look_into(where, schema=schema)) as database, database.read() as connection:
        return events_of(connection)


def events_of(connection: Connection) -> list[FullRow]:
    return list(scan(connection))


def unpacked(connection: Connection) -> None:
    """Put all facts in rows, as versions before blocks did."""
    events = list(rows_behind(connection, 0))
    for table in (FACT_BLOCKS, FACT_BLOCK_STREAMS):
        connection.execute(table.delete())
    for position, originator, version, topic, state in events:
        event_rows.append(connection, position, [(originator, version, topic, state)])


def facts_behind(
    connection: "psycopg.Connection[tuple[Any, ...]]", schema: str, position: int
) -> list[tuple[int, bytes]]:
    """Positions and states of the facts in one shard's ledger, in its order."""
    rows = connection.execute(_FACTS.format(schema=schema).encode(), (position,)).fetchall()
    blocks = connection.execute(_BLOCKS.format(schema=schema).encode(), (position,)).fetchall()
    packed = [(row[0], row[-1]) for first, body in blocks for row in unpack(first, body) if row[0] > position]
    return sorted([*((row[0], row[1]) for row in rows), *packed])


def last_position(connection: "psycopg.Connection[tuple[Any, ...]]", schema: str) -> int:
    row = connection.execute(_LAST.format(schema=schema).encode()).fetchone()
    return int(row[0]) if row else 0
