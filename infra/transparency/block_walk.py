"""Whether the tables of blocks say what the blocks hold.

That the facts in them are those that were recorded, their leaves tell (:mod:`infra.transparency.audit`).
"""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, select

from infra.storage.fact_block import unpack
from infra.storage.fact_blocks import FACT_BLOCK_STREAMS, FACT_BLOCKS, StreamPart, stream_parts
from infra.transparency.tampered import Tampered

_AT_ONCE = 100


def check_blocks(connection: Connection) -> None:
    """Raises :class:`Tampered`, and :class:`infra.storage.fact_block.BlockDamaged`."""
    streams = _streams(connection)
    for first, last, count, body in _blocks(connection):
        rows = list(unpack(first, body))
        if (rows[0][0], rows[-1][0], len(rows)) != (first, last, count):
            raise Tampered(first, "the block that begins here holds other positions than its row says")
        begins, parts = next(streams, (first, []))
        if begins != first or sorted(parts) != sorted(stream_parts(rows)):
            raise Tampered(first, "the block that begins here holds other streams than its rows say")
    beyond, _ = next(streams, (None, []))
    if beyond is not None:
        raise Tampered(beyond, "versions of a stream are said to stand in a block that is not there")


def _blocks(connection: Connection) -> Iterator[tuple[int, int, int, bytes]]:
    query, begin = select(FACT_BLOCKS).order_by(FACT_BLOCKS.c.first_position).limit(_AT_ONCE), -1
    while found := connection.execute(query.where(FACT_BLOCKS.c.first_position > begin)).all():
        yield from (tuple(row) for row in found)
        begin = found[-1].first_position


def _streams(connection: Connection) -> Iterator[tuple[int, list[StreamPart]]]:
    rows: Any = connection.execute(select(FACT_BLOCK_STREAMS).order_by(FACT_BLOCK_STREAMS.c.first_position))
    for first, parts in groupby(rows, key=itemgetter(3)):
        yield first, [tuple(part) for part in parts]
