"""The reader of an index. It keeps no state in memory, so that any thread and process may use it."""

from collections.abc import Iterator
from typing import Final, Literal

import numpy as np
from sqlalchemy import BindParameter, Connection, bindparam, func, select

from projections.index.shape import Keys, Values, by_key, joined, no_entries
from projections.index.tables import IndexTables, RunState, keys_of_blob, sortable, values_of_blob

_SIDES: Final[tuple[Literal["left", "right"], ...]] = ("left", "right")


class LogReader:
    """Reads an index through any connection, and sees what the connection's transaction sees."""

    def __init__(self, tables: IndexTables) -> None:
        runs, segments = tables.runs, tables.segments
        self._segments_of_runs = segments.join(runs, segments.c.run_id == runs.c.run_id)
        self._live = runs.c.state == RunState.LIVE.value
        self._overlapping = (
            select(segments.c.entry_keys, segments.c.entry_values)
            .select_from(self._segments_of_runs)
            .where(self._live, segments.c.first_key <= bindparam("last"), segments.c.last_key >= bindparam("first"))
        )
        key: BindParameter[int] = bindparam("key")
        before = segments.alias("before")
        beginning = (
            select(func.max(before.c.first_key))
            .where(before.c.run_id == runs.c.run_id, before.c.first_key < key)
            .correlate(runs)
            .scalar_subquery()
        )
        # A key may begin in the last segment of a run that begins before it, and go on in segments that
        # begin with it. ``first_key <= key`` alone would be right as well, but would make the database
        # walk half of the run's rows. So the beginning is found first, and gives a narrow range.
        self._keys = (
            select(segments.c.segment_id, segments.c.entry_keys)
            .select_from(self._segments_of_runs)
            .where(
                self._live,
                segments.c.first_key.between(func.coalesce(beginning, key), key),
                segments.c.last_key >= key,
            )
        )
        self._values = select(segments.c.segment_id, segments.c.entry_values).where(
            segments.c.segment_id.in_(bindparam("segments", expanding=True))
        )
        self._entries = segments.c.entries

    def lookup(self, connection: Connection, key: int) -> Values:
        """The values of ``key``, ascending; empty for an absent key."""
        # Keys first, then the values of those segments that have the key: a range that covers the key
        # need not contain it, and values are half of a segment's bytes.
        hits: dict[int, slice] = {}
        for segment_id, blob in connection.execute(self._keys, {"key": sortable(key)}):
            keys = keys_of_blob(blob)
            start, end = (int(np.searchsorted(keys, np.uint64(key), side)) for side in _SIDES)
            if start < end:
                hits[segment_id] = slice(start, end)
        pieces = [no_entries()[1]]
        if hits:
            for segment_id, blob in connection.execute(self._values, {"segments": list(hits)}):
                pieces.append(values_of_blob(blob)[hits[segment_id]])
        return np.sort(np.concatenate(pieces))

    def entries(self, connection: Connection) -> int:
        """The number of entries."""
        total = select(func.coalesce(func.sum(self._entries), 0)).select_from(self._segments_of_runs).where(self._live)
        return int(connection.execute(total).scalar_one())

    def content(self, connection: Connection, *, slice_entries: int = 65_536) -> Iterator[tuple[Keys, Values]]:
        """All entries, sorted by key and then by value, in slices of about ``slice_entries``.

        The same entries give the same arrays, whatever has been merged so far.
        """
        # Keys are hashes and so evenly spread: equal shares of the key space hold about equally many.
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
