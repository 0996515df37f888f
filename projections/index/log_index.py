"""The writer of an index: one for each pair of tables, used by one thread."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from projections.index.log_reader import LogReader
from projections.index.merge import Merge, next_sources
from projections.index.prefix_filter import PrefixFilter
from projections.index.runs import Run, RunPart, SegmentRef, run_of, upper_halves
from projections.index.shape import Keys, Shape, Values, by_key
from projections.index.store import IndexStore
from projections.index.tables import IndexTables, RunState

FEW_KEYS = 8
"""Up to so many keys, looking them up one by one is faster than with arrays."""
DELETED_PER_WRITTEN = 2
"""How many segments of merged runs an append deletes at most for each segment it writes."""


@dataclass(frozen=True, slots=True)
class Doomed:
    """A run that nobody reads any more, with its segments that are still to be deleted."""

    run_id: int
    segment_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What the writer knows about the tables. It is immutable, so that a rollback restores the earlier one."""

    runs: tuple[Run, ...] = ()
    merges: tuple[Merge, ...] = ()
    doomed: tuple[Doomed, ...] = ()
    next_run: int = 1
    next_segment: int = 1


class LogIndex:
    """An append-only map of 64-bit keys to 64-bit values; a key may have many values.

    The caller owns the transaction. After :meth:`append` it must call :meth:`commit` once the
    transaction is committed, or else :meth:`rollback`, so that memory agrees with the tables. Look-ups
    need the connection of that transaction, and see what it has appended.
    """

    def __init__(self, tables: IndexTables, *, shape: Shape | None = None) -> None:
        self.reader = LogReader(tables)
        self._shape = shape or Shape()
        self._store = IndexStore(tables, cached=self._shape.cached)
        self._committed = self._state = State()

    def open(self, connection: Connection) -> None:
        """Load the index from the tables; a merge that a crash interrupted begins again from its start."""
        segment_refs = {
            run_id: tuple(SegmentRef(segment_id, entries) for _, segment_id, entries in rows)
            for run_id, rows in groupby(self._store.segment_refs(connection), key=lambda row: row[0])
        }
        recorded = self._store.runs(connection)
        live = [(run_id, level) for run_id, level, state in recorded if state is RunState.LIVE]
        # The half-written run of an interrupted merge is deleted like a merged one: its sources are
        # still live, so nothing is lost.
        doomed = [run_id for run_id, _, state in recorded if state is not RunState.LIVE]
        self._store.forget()
        self._state = self._committed = State(
            runs=tuple(self._load(connection, run_id, level, segment_refs[run_id]) for run_id, level in live),
            doomed=tuple(
                Doomed(run_id, tuple(ref.segment_id for ref in segment_refs.get(run_id, ()))) for run_id in doomed
            ),
            next_run=1 + max((run_id for run_id, _, _ in recorded), default=0),
            next_segment=1 + max((ref.segment_id for refs in segment_refs.values() for ref in refs), default=0),
        )

    def append(self, connection: Connection, keys: Keys, values: Values) -> None:
        """Write entries as one run, and do a share of the merges under way.

        ``keys`` and ``values`` have the same length, in any order.
        """
        if len(keys) == 0:
            return
        first_segment = self._state.next_segment
        run_id = self._new_run()
        self._store.add_run(connection, run_id, 0, RunState.LIVE)
        prefix_filter = PrefixFilter(len(keys))
        hot = len(keys) <= self._shape.hot_run
        parts = self._write(connection, run_id, [by_key(keys, values)], prefix_filter, hot=hot)
        self._state = replace(self._state, runs=(*self._state.runs, run_of(run_id, 0, parts, prefix_filter)))
        self._begin_merges(connection)
        for merge in self._state.merges:
            self._continue_merge(connection, merge.after_append())
        # Deleting is bounded by what this append wrote: one append must not pay for deleting all
        # segments of a large merged run.
        self._delete_some(connection, DELETED_PER_WRITTEN * (self._state.next_segment - first_segment))

    def commit(self) -> None:
        """Keep what was appended: the transaction was committed."""
        self._committed = self._state

    def rollback(self) -> None:
        """Forget what was appended: the transaction was rolled back."""
        # Prefix filters are shared by both states and keep the marks of the lost entries. That is
        # harmless: a mark too many costs a look-up and changes no answer.
        self._state = self._committed
        self._store.forget()

    @property
    def entries(self) -> int:
        """The number of entries."""
        return sum(run.entries for run in self._state.runs)

    def lookup(self, connection: Connection, keys: Sequence[int]) -> list[Values]:
        """The values of each key, in the order of ``keys``; each array is ascending, empty for an absent key."""
        if len(keys) <= FEW_KEYS:
            return [self._lookup_one(connection, key) for key in keys]
        wanted: Keys = np.array(keys, np.uint64)
        # Sorted keys make the binary searches run through memory in one direction. ``order`` leads
        # from a place among the sorted keys back to the place in ``keys``.
        order = np.argsort(wanted)
        by_key_place: list[list[Values]] = [[] for _ in keys]
        for place, values in self._matches(connection, wanted[order]):
            by_key_place[order[place]].append(values)
        return [_ascending(values) for values in by_key_place]

    def first_hits(self, connection: Connection, keys: Keys) -> tuple[npt.NDArray[np.bool_], Values]:
        """``(present, smallest)``, two arrays with one element for each of ``keys``.

        ``present`` tells whether the key is in the index; ``smallest`` is its smallest value, or 0 for an
        absent key.
        """
        present, smallest = np.zeros(len(keys), np.bool_), np.zeros(len(keys), np.int64)
        order = np.argsort(keys)
        for place, values in self._matches(connection, keys[order]):
            which, value = order[place], values.min()
            smallest[which] = min(smallest[which], value) if present[which] else value
            present[which] = True
        return present, smallest

    def _lookup_one(self, connection: Connection, key: int) -> Values:
        prefix, wanted = key >> 32, np.array([key], np.uint64)
        pieces = []
        for run in self._state.runs:
            if run.prefix_filter.passes(prefix):
                segments = self._store.read(connection, run.segments_with(wanted))
                pieces.append(run.values_of(wanted[0], segments))
        return _ascending(pieces)

    def _matches(self, connection: Connection, ordered: Keys) -> Iterator[tuple[int, Values]]:
        """For each run and each of the ``ordered`` keys in it: the key's place in ``ordered``, and its values there."""
        prefixes = upper_halves(ordered)
        for run in self._state.runs:
            places = run.may_hold(ordered, prefixes)
            if len(places) == 0:
                continue
            # All segments of a run that are needed are read in one query, whatever the number of keys.
            segments = self._store.read(connection, run.segments_with(ordered[places]))
            for place in places:
                values = run.values_of(ordered[place], segments)
                if len(values):
                    yield int(place), values

    def _load(self, connection: Connection, run_id: int, level: int, segment_refs: tuple[SegmentRef, ...]) -> Run:
        entries = sum(ref.entries for ref in segment_refs)
        hot, prefix_filter = entries <= self._shape.hot_run, PrefixFilter(entries)
        parts = {}
        # Segments are streamed and not cached: together they would push everything out of the cache.
        for segment_id, segment in self._store.stream(connection, [ref.segment_id for ref in segment_refs]):
            parts[segment_id] = part = RunPart.of(segment_id, segment, hot=hot)
            prefix_filter.add(part.prefixes)
        return run_of(run_id, level, [parts[ref.segment_id] for ref in segment_refs], prefix_filter)

    def _write(
        self,
        connection: Connection,
        run_id: int,
        slices: list[tuple[Keys, Values]],
        prefix_filter: PrefixFilter,
        *,
        hot: bool,
    ) -> list[RunPart]:
        first = self._state.next_segment
        numbered = list(enumerate(self._segments(slices), first))
        self._store.add_segments(connection, run_id, numbered)
        self._state = replace(self._state, next_segment=first + len(numbered))
        parts = [RunPart.of(segment_id, entries, hot=hot) for segment_id, entries in numbered]
        for part in parts:
            prefix_filter.add(part.prefixes)
        return parts

    def _segments(self, slices: list[tuple[Keys, Values]]) -> Iterator[tuple[Keys, Values]]:
        for keys, values in slices:
            for start in range(0, len(keys), self._shape.segment):
                end = start + self._shape.segment
                yield keys[start:end], values[start:end]

    def _new_run(self) -> int:
        run_id = self._state.next_run
        self._state = replace(self._state, next_run=run_id + 1)
        return run_id

    def _begin_merges(self, connection: Connection) -> None:
        """Begin the merges that are due, at most one for each level at a time."""
        # The sources of a merge under way stay live until it ends. A second merge of the level would
        # take the same runs again, and every entry of them would be there twice.
        busy = {merge.level - 1 for merge in self._state.merges}
        small = sorted(
            (run for run in self._state.runs if not self._shape.is_final(run.entries)), key=lambda run: run.level
        )
        for level, runs in groupby(small, key=lambda run: run.level):
            sources = () if level in busy else next_sources(runs, self._shape)
            if sources:
                merge = Merge.of(self._new_run(), sources, self._shape)
                self._store.add_run(connection, merge.run_id, merge.level, RunState.BUILDING)
                self._state = replace(self._state, merges=(*self._state.merges, merge))

    def _continue_merge(self, connection: Connection, merge: Merge) -> None:
        due = merge.slices_due()
        slices = [self._slice(connection, merge, number) for number in due]
        # A slice of the key space may hold no key at all, and a segment has a first and a last key.
        filled = [entries for entries in slices if len(entries[0])]
        parts = self._write(connection, merge.run_id, filled, merge.prefix_filter, hot=merge.hot) if filled else []
        self._replace_merge(connection, merge.written(len(due), parts))

    def _slice(self, connection: Connection, merge: Merge, number: int) -> tuple[Keys, Values]:
        return merge.slice(number, self._store.read(connection, merge.segments_of(number)))

    def _replace_merge(self, connection: Connection, merge: Merge) -> None:
        """Put ``merge`` in the place of its earlier state; a finished one replaces its sources."""
        others = tuple(other for other in self._state.merges if other.run_id != merge.run_id)
        if not merge.finished:
            self._state = replace(self._state, merges=(*others, merge))
            return
        # Readers see the result or its sources, and never both, because the states of all these runs
        # change in one transaction.
        self._store.swap(connection, merge.run_id, merge.sources)
        merged = {run.run_id for run in merge.sources}
        kept = tuple(run for run in self._state.runs if run.run_id not in merged)
        doomed = tuple(Doomed(run.run_id, tuple(ref.segment_id for ref in run.segment_refs)) for run in merge.sources)
        self._state = replace(
            self._state, runs=(*kept, merge.result()), merges=others, doomed=(*self._state.doomed, *doomed)
        )

    def _delete_some(self, connection: Connection, budget: int) -> None:
        """Delete up to ``budget`` segments of doomed runs; a run without segments counts as one."""
        while self._state.doomed and budget > 0:
            first, *rest = self._state.doomed
            now, later = first.segment_ids[:budget], first.segment_ids[budget:]
            if now:
                self._store.delete_segments(connection, now)
            budget -= max(1, len(now))
            if later:
                rest.insert(0, Doomed(first.run_id, later))
            else:
                self._store.delete_run(connection, first.run_id)
            self._state = replace(self._state, doomed=tuple(rest))


def _ascending(pieces: list[Values]) -> Values:
    return np.sort(np.concatenate(pieces)) if pieces else np.empty(0, np.int64)
