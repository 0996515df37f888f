"""The writer of an index: one per table pair, used by one thread."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from projections.index.log_reader import LogReader
from projections.index.merge import Merge, next_sources
from projections.index.runs import Run, RunPart, Stretch, run_of, upper_halves
from projections.index.shape import Keys, Shape, Values, by_key
from projections.index.sieve import Sieve
from projections.index.store import IndexStore
from projections.index.tables import IndexTables, RunState

FEW_KEYS = 8
"""Up to so many keys are quicker looked up one by one."""
DELETED_PER_WRITTEN = 2
"""Segments of merged runs that an append deletes at most for each one it writes."""


@dataclass(frozen=True, slots=True)
class Doomed:
    """A run that nobody reads any more, with the segments still to be deleted."""

    run_id: int
    segment_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What the writer knows of the tables; replaced as a whole, so that a rollback is easy."""

    runs: tuple[Run, ...] = ()
    merges: tuple[Merge, ...] = ()
    doomed: tuple[Doomed, ...] = ()
    next_run: int = 1
    next_segment: int = 1


class LogIndex:
    """Append-only map of 64-bit keys to values, with duplicates.

    Memory follows the caller's transaction: after appending, call :meth:`commit` once it is
    committed, or :meth:`rollback`. Look-ups see what has been appended in between, and need the
    transaction's own connection.
    """

    def __init__(self, tables: IndexTables, *, shape: Shape | None = None) -> None:
        self.reader = LogReader(tables)
        self._shape = shape or Shape()
        self._store = IndexStore(tables, cached=self._shape.cached)
        self._committed = self._state = State()

    def open(self, connection: Connection) -> None:
        """Read what is there; a merge that a crash interrupted will be begun anew."""
        stretches = {
            run_id: tuple(Stretch(segment_id, entries) for _, segment_id, entries in rows)
            for run_id, rows in groupby(self._store.stretches(connection), key=lambda row: row[0])
        }
        found = self._store.runs(connection)
        live = [(run_id, level) for run_id, level, state in found if state is RunState.LIVE]
        doomed = [run_id for run_id, _, state in found if state is not RunState.LIVE]
        self._store.forget()
        self._state = self._committed = State(
            runs=tuple(self._load(connection, run_id, level, stretches[run_id]) for run_id, level in live),
            doomed=tuple(
                Doomed(run_id, tuple(each.segment_id for each in stretches.get(run_id, ()))) for run_id in doomed
            ),
            next_run=1 + max((run_id for run_id, _, _ in found), default=0),
            next_segment=1 + max((each.segment_id for run in stretches.values() for each in run), default=0),
        )

    def append(self, connection: Connection, keys: Keys, values: Values) -> None:
        """Add entries as one run, and carry on the merges under way by their share."""
        if len(keys) == 0:
            return
        first_segment = self._state.next_segment
        run_id = self._new_run()
        self._store.add_run(connection, run_id, 0, RunState.LIVE)
        sieve = Sieve(len(keys))
        hot = len(keys) <= self._shape.hot_run
        parts = self._write(connection, run_id, [by_key(keys, values)], sieve, hot=hot)
        self._state = replace(self._state, runs=(*self._state.runs, run_of(run_id, 0, parts, sieve)))
        self._begin_merges(connection)
        for merge in self._state.merges:
            self._carry_on(connection, merge.after_append())
        self._delete_some(connection, DELETED_PER_WRITTEN * (self._state.next_segment - first_segment))

    def commit(self) -> None:
        """The transaction was committed."""
        self._committed = self._state

    def rollback(self) -> None:
        """The transaction was rolled back: forget what was appended in it."""
        self._state = self._committed
        self._store.forget()

    @property
    def entries(self) -> int:
        return sum(run.entries for run in self._state.runs)

    def lookup(self, connection: Connection, keys: Sequence[int]) -> list[Values]:
        """The values of each key, ascending; many keys at once cost few reads."""
        if len(keys) <= FEW_KEYS:
            return [self._lookup_one(connection, key) for key in keys]
        wanted: Keys = np.array(keys, np.uint64)
        order = np.argsort(wanted)
        found: list[list[Values]] = [[] for _ in keys]
        for place, values in self._found(connection, wanted[order]):
            found[order[place]].append(values)
        return [_ascending(values) for values in found]

    def first_hits(self, connection: Connection, keys: Keys) -> tuple[npt.NDArray[np.bool_], Values]:
        """Which of ``keys`` are here, and the smallest value of each that is (0 for the rest)."""
        hits, smallest = np.zeros(len(keys), np.bool_), np.zeros(len(keys), np.int64)
        order = np.argsort(keys)
        for place, values in self._found(connection, keys[order]):
            which, value = order[place], values.min()
            smallest[which] = min(smallest[which], value) if hits[which] else value
            hits[which] = True
        return hits, smallest

    def _lookup_one(self, connection: Connection, key: int) -> Values:
        prefix, wanted = key >> 32, np.array([key], np.uint64)
        found = []
        for run in self._state.runs:
            if run.sieve.passes(prefix):
                segments = self._store.read(connection, run.segments_with(wanted))
                found.append(run.values_of(wanted[0], segments))
        return _ascending(found)

    def _found(self, connection: Connection, ordered: Keys) -> Iterator[tuple[int, Values]]:
        """Index of a key among the ``ordered`` ones with its values in one run, for every such run."""
        prefixes = upper_halves(ordered)
        for run in self._state.runs:
            places = run.may_hold(ordered, prefixes)
            if len(places) == 0:
                continue
            segments = self._store.read(connection, run.segments_with(ordered[places]))
            for place in places:
                values = run.values_of(ordered[place], segments)
                if len(values):
                    yield int(place), values

    def _load(self, connection: Connection, run_id: int, level: int, stretches: tuple[Stretch, ...]) -> Run:
        entries = sum(each.entries for each in stretches)
        hot, sieve = entries <= self._shape.hot_run, Sieve(entries)
        parts = {}
        for segment_id, segment in self._store.stream(connection, [each.segment_id for each in stretches]):
            parts[segment_id] = part = RunPart.of(segment_id, segment, hot=hot)
            sieve.add(part.prefixes)
        return run_of(run_id, level, [parts[each.segment_id] for each in stretches], sieve)

    def _write(
        self, connection: Connection, run_id: int, slices: list[tuple[Keys, Values]], sieve: Sieve, *, hot: bool
    ) -> list[RunPart]:
        first = self._state.next_segment
        numbered = list(enumerate(self._segments(slices), first))
        self._store.add_segments(connection, run_id, numbered)
        self._state = replace(self._state, next_segment=first + len(numbered))
        parts = [RunPart.of(segment_id, entries, hot=hot) for segment_id, entries in numbered]
        for part in parts:
            sieve.add(part.prefixes)
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
        """At most one merge per level is under way."""
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

    def _carry_on(self, connection: Connection, merge: Merge) -> None:
        due = merge.slices_due()
        slices = [self._slice(connection, merge, number) for number in due]
        filled = [entries for entries in slices if len(entries[0])]
        parts = self._write(connection, merge.run_id, filled, merge.sieve, hot=merge.hot) if filled else []
        self._replace_merge(connection, merge.written(len(due), parts))

    def _slice(self, connection: Connection, merge: Merge, number: int) -> tuple[Keys, Values]:
        return merge.slice(number, self._store.read(connection, merge.segments_of(number)))

    def _replace_merge(self, connection: Connection, merge: Merge) -> None:
        others = tuple(each for each in self._state.merges if each.run_id != merge.run_id)
        if not merge.finished:
            self._state = replace(self._state, merges=(*others, merge))
            return
        self._store.swap(connection, merge.run_id, merge.sources)
        gone = {run.run_id for run in merge.sources}
        kept = tuple(run for run in self._state.runs if run.run_id not in gone)
        doomed = tuple(Doomed(run.run_id, tuple(each.segment_id for each in run.stretches)) for run in merge.sources)
        self._state = replace(
            self._state, runs=(*kept, merge.result()), merges=others, doomed=(*self._state.doomed, *doomed)
        )

    def _delete_some(self, connection: Connection, budget: int) -> None:
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
