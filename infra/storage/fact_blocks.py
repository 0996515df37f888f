"""The tables of blocks: where each block of facts begins and ends, and which versions of which streams it holds.

Blocks do not overlap and stand in the order of the ledger. Positions between two facts of a block may
belong to decisions, which stay rows.
"""

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, Connection, LargeBinary, Table, func, select, text

from infra.storage.copying import copy_rows
from infra.storage.event_rows import LARGEST
from infra.storage.fact_block import MOST_FACTS, Block, FullRow, pack, unpack
from infra.storage.originators import BigInt, OriginatorId
from projections.tables import METADATA

FACT_BLOCKS: Final = Table(
    "fact_blocks",
    METADATA,
    Column("first_position", BigInt, primary_key=True, autoincrement=False),
    Column("last_position", BigInt, nullable=False),
    Column("facts", BigInt, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
FACT_BLOCK_STREAMS: Final = Table(
    "fact_block_streams",
    METADATA,
    Column("originator_id", OriginatorId, primary_key=True),
    Column("first_version", BigInt, primary_key=True, autoincrement=False),
    Column("last_version", BigInt, nullable=False),
    Column("first_position", BigInt, nullable=False),
    sqlite_with_rowid=False,
)
"""Versions of one stream in one block; ``first_position`` is that of the block."""

StreamPart = tuple[UUID, int, int, int]
"""Originator, first version, last version, first position of the block."""

_AT_ONCE: Final = 16
_BLOCKS_OF: Final = {
    dialect: "SELECT first_position, body FROM fact_blocks WHERE first_position IN (SELECT (SELECT max(first_position)"  # noqa: S608 - the values are ours
    f" FROM fact_blocks WHERE first_position <= wanted.value) FROM {values}) ORDER BY first_position"
    for dialect, values in (
        ("sqlite", "json_each(?) AS wanted"),
        ("postgresql", "unnest(%s::bigint[]) AS wanted (value)"),
    )
}
_LAST: Final = text("SELECT last_position FROM fact_blocks ORDER BY first_position DESC LIMIT 1")
_COPIED_BLOCKS: Final = {"first_position": "int8", "last_position": "int8", "facts": "int8", "body": "bytea"}
_COPIED_PARTS: Final = {
    "originator_id": "uuid",
    "first_version": "int8",
    "last_version": "int8",
    "first_position": "int8",
}


def write_blocks(connection: Connection, rows: Sequence[FullRow]) -> None:
    """Write ``rows``, which stand behind all blocks, as blocks of about the same size."""
    count = -(-len(rows) // MOST_FACTS)
    cuts = [len(rows) * number // count for number in range(count + 1)]
    groups = [rows[begin:end] for begin, end in pairwise(cuts)]
    blocks = [(group[0][0], group[-1][0], len(group), pack(group)) for group in groups]
    parts = [part for group in groups for part in stream_parts(group)]
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO fact_blocks VALUES (?, ?, ?, ?)", blocks)
        keyed = [(originator.bytes, *rest) for originator, *rest in parts]
        connection.exec_driver_sql("INSERT INTO fact_block_streams VALUES (?, ?, ?, ?)", keyed)
        return
    copy_rows(connection, "fact_blocks", _COPIED_BLOCKS, blocks)
    copy_rows(connection, "fact_block_streams", _COPIED_PARTS, parts)


def stream_parts(rows: Iterable[FullRow]) -> list[StreamPart]:
    """Which versions of which streams one block of ``rows`` holds."""
    found: dict[UUID, tuple[int, int]] = {}
    first_position = 0
    for position, originator, version, *_ in rows:
        first_position = first_position or position
        first, _ = found.get(originator, (version, version))
        found[originator] = (first, version)
    return [(originator, first, last, first_position) for originator, (first, last) in found.items()]


def last_position(connection: Connection) -> int:
    """0 while there is no block."""
    return connection.execute(_LAST).scalar() or 0


def last_version(connection: Connection, originator: UUID | str) -> int:
    """0 while no block holds anything of the stream."""
    parts = FACT_BLOCK_STREAMS.c
    newest = select(func.max(parts.last_version)).where(parts.originator_id == originator)
    return connection.execute(newest).scalar() or 0


def rows_at(connection: Connection, positions: Iterable[int]) -> list[FullRow]:
    """The facts at those positions that are in blocks, in the order of the ledger."""
    wanted = set(positions)
    dialect = connection.dialect.name
    parameter: Any = json.dumps(sorted(wanted)) if dialect == "sqlite" else sorted(wanted)
    blocks = [_opened(*found) for found in _fetched(connection, _BLOCKS_OF[dialect], (parameter,))]
    begins = [block.first_position for block in blocks]
    of_positions = ((blocks[bisect_right(begins, position) - 1], position) for position in sorted(wanted) if blocks)
    return [row for block, position in of_positions if (row := block.at(position))]


def rows_behind(connection: Connection, after: int, *, upto: int = LARGEST) -> Iterator[FullRow]:
    """The facts in blocks at positions above ``after`` and not above ``upto``, in order."""
    blocks = FACT_BLOCKS.c
    containing = select(func.max(blocks.first_position)).where(blocks.first_position <= after)
    begin = connection.execute(containing).scalar()
    begin = after if begin is None else begin
    query = select(blocks.first_position, blocks.body).where(blocks.first_position <= upto).limit(_AT_ONCE)
    query = query.order_by(blocks.first_position)
    while found := connection.execute(query.where(blocks.first_position >= begin)).all():
        for first, body in found:
            yield from (row for row in unpack(first, body) if after < row[0] <= upto)
        begin = found[-1].first_position + 1


def rows_of_stream(
    connection: Connection, originator: UUID | str, *, after: int, upto: int = LARGEST, desc: bool = False
) -> Iterator[FullRow]:
    """The facts of one stream in blocks with versions above ``after`` and not above ``upto``, by version."""
    wanted = originator if isinstance(originator, UUID) else UUID(originator)
    parts = FACT_BLOCK_STREAMS.c
    query = select(parts.first_position, parts.first_version, parts.last_version, FACT_BLOCKS.c.body).limit(_AT_ONCE)
    query = query.join(FACT_BLOCKS, FACT_BLOCKS.c.first_position == parts.first_position)
    query = query.where(parts.originator_id == wanted)
    query = query.order_by(parts.first_version.desc() if desc else parts.first_version)
    low, high = after, upto
    while found := connection.execute(query.where(parts.last_version > low, parts.first_version <= high)).all():
        for first, _, _, body in found:
            rows = (row for row in _opened(first, bytes(body)).of_stream(wanted) if after < row[2] <= upto)
            yield from reversed(list(rows)) if desc else rows
        if desc:
            high = found[-1].first_version - 1
        else:
            low = found[-1].last_version


def _fetched(connection: Connection, query: str, parameters: tuple[Any, ...]) -> list[tuple[int, bytes]]:
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        found: list[tuple[int, bytes]] = driver.execute(query, parameters, binary=True).fetchall()
        return found
    result = connection.exec_driver_sql(query, parameters)
    cursor: Any = result.cursor
    rows: list[tuple[int, bytes]] = cursor.fetchall()
    result.close()
    return rows


# The key holds the bytes, and not the position alone: after a rollback other facts may stand at the same positions.
@lru_cache(maxsize=256)
def _opened(first_position: int, body: bytes) -> Block:
    return unpack(first_position, body)
