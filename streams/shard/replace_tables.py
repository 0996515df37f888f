"""Replacing damaged tables by rebuilt ones, in one transaction."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, Table, delete, insert, select

from projections.index.subject_index import SEEN_TABLES, SUBJECT_TABLES

INDEXES: Final[tuple[Table, ...]] = tuple(
    table for index in (SUBJECT_TABLES, SEEN_TABLES) for table in (index.runs, index.segments)
)
_AT_ONCE: Final = 500


def replace_tables(live: Connection, rebuilt: Connection, boards: Sequence[Table]) -> None:
    """Replace the rows of ``boards`` and of both indexes by those of ``rebuilt``; no writer may be running."""
    for table in (*boards, *INDEXES):
        live.execute(delete(table))
        found = rebuilt.execution_options(yield_per=_AT_ONCE).execute(select(table))
        for rows in found.mappings().partitions():
            live.execute(insert(table), [dict(row) for row in rows])
