"""Sorted runs as the writer keeps them in memory: small runs whole, of large runs only the prefixes.

What is not in memory is passed in as ``segments``: a caller first asks a run which segments it needs, then
reads these, then asks again with them. So runs do no input or output.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from projections.index.prefix_filter import PrefixFilter
from projections.index.shape import PREFIX_SPACE, Keys, Prefixes, Values, joined, no_entries

Segments: TypeAlias = Mapping[int, tuple[Keys, Values]]
"""Segment id → keys and values, both sorted by key."""
Places: TypeAlias = npt.NDArray[np.intp]
"""Indexes into an array."""


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """A written segment of a run: its id, and its number of entries."""

    segment_id: int
    entries: int


@dataclass(frozen=True, slots=True, eq=False)
class HotRun:
    """A run that is in memory as a whole; it needs no segments."""

    run_id: int
    level: int
    segment_refs: tuple[SegmentRef, ...]
    prefix_filter: PrefixFilter = field(repr=False)
    keys: Keys = field(repr=False)
    values: Values = field(repr=False)

    @property
    def entries(self) -> int:
        return len(self.keys)

    def may_hold(self, keys: Keys, prefixes: Prefixes) -> Places:
        """The indexes of those of the sorted ``keys`` that are in the run; ``prefixes`` are theirs."""
        places = self.prefix_filter.passing(prefixes)
        return places[_contains(self.keys, keys[places])]

    def segments_with(self, _keys: Keys) -> set[int]:
        return set()

    def values_of(self, key: np.uint64, _segments: Segments) -> Values:
        """The values of ``key`` in the run; empty where it is absent."""
        start, end = np.searchsorted(self.keys, key, "left"), np.searchsorted(self.keys, key, "right")
        return self.values[start:end]

    def segments_between(self, _low: int, _high: int) -> list[int]:
        return []

    def between(self, low: int, high: int, _segments: Segments) -> tuple[Keys, Values]:
        """The entries whose 32-bit prefix is at least ``low`` and below ``high``."""
        start = int(np.searchsorted(self.keys, np.uint64(low << 32)))
        # The end of the key space is 2 ** 64, which no unsigned integer of 64 bits can hold.
        end = self.entries if high >= PREFIX_SPACE else int(np.searchsorted(self.keys, np.uint64(high << 32)))
        return self.keys[start:end], self.values[start:end]


@dataclass(frozen=True, slots=True, eq=False)
class ColdRun:
    """A run of which only the prefixes of the keys are in memory, half of their size."""

    run_id: int
    level: int
    segment_refs: tuple[SegmentRef, ...]
    prefix_filter: PrefixFilter = field(repr=False)
    prefixes: Prefixes = field(repr=False)
    starts: npt.NDArray[np.int64] = field(repr=False)
    """The place in the run at which each segment begins, ascending."""

    @property
    def entries(self) -> int:
        return len(self.prefixes)

    def may_hold(self, _keys: Keys, prefixes: Prefixes) -> Places:
        """The indexes of those of the sorted keys whose prefix is in the run; the key may still be absent."""
        places = self.prefix_filter.passing(prefixes)
        return places[_contains(self.prefixes, prefixes[places])]

    def segments_with(self, keys: Keys) -> set[int]:
        """The ids of the segments that may contain ``keys``."""
        return {ref.segment_id for key in keys for ref in self._refs_between(*self._range(key))}

    def values_of(self, key: np.uint64, segments: Segments) -> Values:
        """The values of ``key`` in the run; empty where it is absent."""
        keys, values = self._entries(*self._range(key), segments)
        # The range has all keys with this prefix, and keys may differ in their lower halves.
        matching: Values = values[keys == key]
        return matching

    def segments_between(self, low: int, high: int) -> list[int]:
        """The ids of the segments that :meth:`between` needs, in the order of their keys."""
        return [ref.segment_id for ref in self._refs_between(*self._bounds(low, high))]

    def between(self, low: int, high: int, segments: Segments) -> tuple[Keys, Values]:
        """The entries whose 32-bit prefix is at least ``low`` and below ``high``."""
        return self._entries(*self._bounds(low, high), segments)

    def _range(self, key: np.uint64) -> tuple[int, int]:
        prefix = int(key) >> 32
        return self._bounds(prefix, prefix + 1)

    def _bounds(self, low: int, high: int) -> tuple[int, int]:
        start = int(np.searchsorted(self.prefixes, np.uint32(low)))
        end = self.entries if high >= PREFIX_SPACE else int(np.searchsorted(self.prefixes, np.uint32(high)))
        return start, end

    def _refs_between(self, start: int, end: int) -> tuple[SegmentRef, ...]:
        if start == end:
            return ()
        first, last = np.searchsorted(self.starts, [start, end - 1], "right") - 1
        return self.segment_refs[first : last + 1]

    def _entries(self, start: int, end: int, segments: Segments) -> tuple[Keys, Values]:
        segment_refs = self._refs_between(start, end)
        if not segment_refs:
            return no_entries()
        keys, values = joined([segments[ref.segment_id] for ref in segment_refs])
        # The joined arrays begin with the first segment, not with the run.
        offset = int(self.starts[np.searchsorted(self.starts, start, "right") - 1])
        return keys[start - offset : end - offset], values[start - offset : end - offset]


Run: TypeAlias = HotRun | ColdRun


@dataclass(frozen=True, slots=True)
class RunPart:
    """A segment that was just written, and what its run will keep of it in memory."""

    ref: SegmentRef
    prefixes: Prefixes
    whole: tuple[Keys, Values] | None
    """The entries, if the run will be a :class:`HotRun`; else None."""

    @classmethod
    def of(cls, segment_id: int, entries: tuple[Keys, Values], *, hot: bool) -> "RunPart":
        keys, _ = entries
        return cls(SegmentRef(segment_id, len(keys)), upper_halves(keys), entries if hot else None)


def run_of(run_id: int, level: int, parts: Sequence[RunPart], prefix_filter: PrefixFilter) -> Run:
    """The run that consists of ``parts``, in their order; ``prefix_filter`` has marks for all of them."""
    segment_refs = tuple(part.ref for part in parts)
    whole = [part.whole for part in parts if part.whole is not None]
    if whole:
        return HotRun(run_id, level, segment_refs, prefix_filter, *joined(whole))
    lengths = [0, *(ref.entries for ref in segment_refs[:-1])]
    prefixes = np.concatenate([part.prefixes for part in parts])
    return ColdRun(run_id, level, segment_refs, prefix_filter, prefixes, np.cumsum(lengths, dtype=np.int64))


def upper_halves(keys: Keys) -> Prefixes:
    """The prefixes of ``keys``: their upper 32 bits."""
    return (keys >> np.uint64(32)).astype(np.uint32)


def _contains(ordered: Keys | Prefixes, wanted: Keys | Prefixes) -> npt.NDArray[np.bool_]:
    """For each of ``wanted``, whether it is in ``ordered``, which is sorted and not empty."""
    # A value above all others would be placed behind the end; the last element is not equal to it either.
    places = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    present: npt.NDArray[np.bool_] = ordered[places] == wanted
    return present
