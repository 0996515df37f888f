"""Reading an index through any connection: no state in memory, so it is safe in every thread and process."""

from collections.abc import Iterator

import numpy as np
from sqlalchemy import Connection, bindparam, func, select

from projections.index.shape import Keys, Values, by_key, joined
from projections.index.tables import IndexTables, RunState, keys_of_blob, sortable, values_of_blob


class LogReader:
    """Sees what the connection's transaction sees."""

    def __init__(self, tables: IndexTables) -> None:
        runs, segments = tables.runs, tables.segments
        self._joined = segments.join(runs, segments.c.run_id == runs.c.run_id)
        self._live = runs.c.state == RunState.LIVE.value
        self._overlapping = (
            select(segments.c.entry_keys, segments.c.entry_values)
            .select_from(self._joined)
            .where(self._live, segments.c.first_key <= bindparam("last"), segments.c.last_key >= bindparam("first"))
        )
        self._entries = segments.c.entries

    def lookup(self, connection: Connection, key: int) -> Values:
        """Values of ``key``, ascending."""
        keys, values = self._between(connection, key, key)
        found: Values = np.sort(values[keys == np.uint64(key)])
        return found

    def entries(self, connection: Connection) -> int:
        total = select(func.coalesce(func.sum(self._entries), 0)).select_from(self._joined).where(self._live)
        return int(connection.execute(total).scalar_one())

    def content(self, connection: Connection, *, slice_entries: int = 65_536) -> Iterator[tuple[Keys, Values]]:
        """All entries ordered by key and value, in slices of about ``slice_entries``.

        The same entries give the same arrays, whatever has been merged so far.
        """
        slices = 1 + self.entries(connection) // slice_entries
        for number in range(slices):
            first, end = ((1 << 64) * edge // slices for edge in (number, number + 1))
            keys, values = self._between(connection, first, end - 1)
            order = np.lexsort((values, keys))
            yield keys[order], values[order]

    def _between(self, connection: Connection, first: int, last: int) -> tuple[Keys, Values]:
        fences = {"first": sortable(first), "last": sortable(last)}
        pieces = []
        for keys_blob, values_blob in connection.execute(self._overlapping, fences):
            keys = keys_of_blob(keys_blob)
            start = np.searchsorted(keys, np.uint64(first), "left")
            end = np.searchsorted(keys, np.uint64(last), "right")
            if start < end:
                pieces.append((keys[start:end], values_of_blob(values_blob)[start:end]))
        return by_key(*joined(pieces))
