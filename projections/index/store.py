"""The rows of an index: written, deleted, and read through a cache of recent segments."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from cachetools import LRUCache
from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select, update

from projections.index.runs import Run
from projections.index.shape import Keys, Values
from projections.index.tables import (
    IndexTables,
    RunState,
    keys_blob,
    keys_of_blob,
    sortable,
    values_blob,
    values_of_blob,
)


class IndexStore:
    """The writer's access to the tables; its cache holds at most ``cached`` entries of segments."""

    def __init__(self, tables: IndexTables, *, cached: int) -> None:
        runs, segments = tables.runs, tables.segments
        self._recent: LRUCache[int, tuple[Keys, Values]] = LRUCache(cached, getsizeof=_entries)
        self._insert_run, self._insert_segments = insert(runs), insert(segments)
        self._set_state = update(runs).where(runs.c.run_id == bindparam("run")).values(state=bindparam("new_state"))
        wanted: BindParameter[int] = bindparam("wanted", expanding=True)
        self._select = select(segments.c.segment_id, segments.c.entry_keys, segments.c.entry_values).where(
            segments.c.segment_id.in_(wanted)
        )
        self._delete_segments = delete(segments).where(segments.c.segment_id.in_(wanted))
        self._delete_run = delete(runs).where(runs.c.run_id == bindparam("run"))
        self._select_runs = select(runs.c.run_id, runs.c.level, runs.c.state).order_by(runs.c.run_id)
        self._select_segment_refs = select(segments.c.run_id, segments.c.segment_id, segments.c.entries).order_by(
            segments.c.run_id, segments.c.segment_id
        )

    def runs(self, connection: Connection) -> list[tuple[int, int, RunState]]:
        """``(run id, level, state)`` of every run, oldest first."""
        return [(row.run_id, row.level, RunState(row.state)) for row in connection.execute(self._select_runs)]

    def segment_refs(self, connection: Connection) -> list[tuple[int, int, int]]:
        """``(run id, segment id, entries)`` of every segment, sorted by run and key."""
        # Segments of a run are numbered in the order of their keys, so sorting by number is enough.
        return [(row.run_id, row.segment_id, row.entries) for row in connection.execute(self._select_segment_refs)]

    def add_run(self, connection: Connection, run_id: int, level: int, state: RunState) -> None:
        connection.execute(self._insert_run, {"run_id": run_id, "level": level, "state": state.value})

    def add_segments(
        self, connection: Connection, run_id: int, written: Sequence[tuple[int, tuple[Keys, Values]]]
    ) -> None:
        """Write segments, each ``(segment id, (keys, values))`` with keys sorted and not empty."""
        rows = [
            {
                "segment_id": segment_id,
                "run_id": run_id,
                "first_key": sortable(int(keys[0])),
                "last_key": sortable(int(keys[-1])),
                "entries": len(keys),
                "entry_keys": keys_blob(keys),
                "entry_values": values_blob(values),
            }
            for segment_id, (keys, values) in written
        ]
        connection.execute(self._insert_segments, rows)

    def swap(self, connection: Connection, merged: int, sources: Iterable[Run]) -> None:
        """Make the run ``merged`` live and its ``sources`` dead, so that readers read it instead of them."""
        states = [{"run": run.run_id, "new_state": RunState.DEAD.value} for run in sources]
        connection.execute(self._set_state, [{"run": merged, "new_state": RunState.LIVE.value}, *states])

    def delete_segments(self, connection: Connection, segment_ids: Sequence[int]) -> None:
        connection.execute(self._delete_segments, {"wanted": list(segment_ids)})

    def delete_run(self, connection: Connection, run_id: int) -> None:
        connection.execute(self._delete_run, {"run": run_id})

    def read(self, connection: Connection, segment_ids: Collection[int]) -> dict[int, tuple[Keys, Values]]:
        """The segments by id, from the cache where it has them."""
        segments = {segment_id: self._recent[segment_id] for segment_id in segment_ids if segment_id in self._recent}
        missing = [segment_id for segment_id in segment_ids if segment_id not in segments]
        for segment_id, entries in self.stream(connection, missing):
            segments[segment_id] = entries
            self._recent[segment_id] = entries
        return segments

    def stream(self, connection: Connection, segment_ids: Sequence[int]) -> Iterator[tuple[int, tuple[Keys, Values]]]:
        """``(segment id, (keys, values))`` of each segment, in no particular order and not through the cache."""
        # Databases limit the number of parameters of a statement, and large answers need memory.
        for start in range(0, len(segment_ids), 500):
            wanted = {"wanted": list(segment_ids[start : start + 500])}
            for segment_id, keys, values in connection.execute(self._select, wanted):
                yield segment_id, (keys_of_blob(keys), values_of_blob(values))

    def forget(self) -> None:
        """Empty the cache. After a rollback the same ids are given again, to other segments."""
        self._recent.clear()


def _entries(segment: tuple[Keys, Values]) -> int:
    return len(segment[0])
