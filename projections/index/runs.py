"""Sorted runs as the writer keeps them in memory: small ones whole, large ones by prefix.

What memory does not hold is handed in as ``segments``: first ask which are needed, then read them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from projections.index.shape import PREFIX_SPACE, Keys, Prefixes, Values, joined, no_entries
from projections.index.sieve import Sieve

Segments: TypeAlias = Mapping[int, tuple[Keys, Values]]
Places: TypeAlias = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Stretch:
    """One written segment of a run: where it is and how much it holds."""

    segment_id: int
    entries: int


@dataclass(frozen=True, slots=True, eq=False)
class HotRun:
    """A run held in memory whole; it needs no segments."""

    run_id: int
    level: int
    stretches: tuple[Stretch, ...]
    sieve: Sieve = field(repr=False)
    keys: Keys = field(repr=False)
    values: Values = field(repr=False)

    @property
    def entries(self) -> int:
        return len(self.keys)

    def may_hold(self, keys: Keys, prefixes: Prefixes) -> Places:
        """Indexes of those sorted ``keys`` that are here."""
        places = self.sieve.passing(prefixes)
        return places[_contains(self.keys, keys[places])]

    def segments_with(self, _keys: Keys) -> set[int]:
        return set()

    def values_of(self, key: np.uint64, _segments: Segments) -> Values:
        start, end = np.searchsorted(self.keys, key, "left"), np.searchsorted(self.keys, key, "right")
        return self.values[start:end]

    def segments_between(self, _low: int, _high: int) -> list[int]:
        return []

    def between(self, low: int, high: int, _segments: Segments) -> tuple[Keys, Values]:
        """Entries whose 32-bit prefix is at least ``low`` and below ``high``."""
        start = int(np.searchsorted(self.keys, np.uint64(low << 32)))
        end = self.entries if high >= PREFIX_SPACE else int(np.searchsorted(self.keys, np.uint64(high << 32)))
        return self.keys[start:end], self.values[start:end]


@dataclass(frozen=True, slots=True, eq=False)
class ColdRun:
    """A run of which only the upper halves of the keys are held in memory."""

    run_id: int
    level: int
    stretches: tuple[Stretch, ...]
    sieve: Sieve = field(repr=False)
    prefixes: Prefixes = field(repr=False)
    starts: npt.NDArray[np.int64] = field(repr=False)
    """Where in the run each stretch begins."""

    @property
    def entries(self) -> int:
        return len(self.prefixes)

    def may_hold(self, _keys: Keys, prefixes: Prefixes) -> Places:
        """Indexes of those sorted ``keys`` whose prefix is here."""
        places = self.sieve.passing(prefixes)
        return places[_contains(self.prefixes, prefixes[places])]

    def segments_with(self, keys: Keys) -> set[int]:
        return {stretch.segment_id for key in keys for stretch in self._stretches(*self._range(key))}

    def values_of(self, key: np.uint64, segments: Segments) -> Values:
        keys, values = self._entries(*self._range(key), segments)
        found: Values = values[keys == key]
        return found

    def segments_between(self, low: int, high: int) -> list[int]:
        return [stretch.segment_id for stretch in self._stretches(*self._bounds(low, high))]

    def between(self, low: int, high: int, segments: Segments) -> tuple[Keys, Values]:
        """Entries whose 32-bit prefix is at least ``low`` and below ``high``."""
        return self._entries(*self._bounds(low, high), segments)

    def _range(self, key: np.uint64) -> tuple[int, int]:
        prefix = int(key) >> 32
        return self._bounds(prefix, prefix + 1)

    def _bounds(self, low: int, high: int) -> tuple[int, int]:
        start = int(np.searchsorted(self.prefixes, np.uint32(low)))
        end = self.entries if high >= PREFIX_SPACE else int(np.searchsorted(self.prefixes, np.uint32(high)))
        return start, end

    def _stretches(self, start: int, end: int) -> tuple[Stretch, ...]:
        if start == end:
            return ()
        first, last = np.searchsorted(self.starts, [start, end - 1], "right") - 1
        return self.stretches[first : last + 1]

    def _entries(self, start: int, end: int, segments: Segments) -> tuple[Keys, Values]:
        stretches = self._stretches(start, end)
        if not stretches:
            return no_entries()
        keys, values = joined([segments[stretch.segment_id] for stretch in stretches])
        offset = int(self.starts[np.searchsorted(self.starts, start, "right") - 1])
        return keys[start - offset : end - offset], values[start - offset : end - offset]


Run: TypeAlias = HotRun | ColdRun


@dataclass(frozen=True, slots=True)
class RunPart:
    """A segment just written, and what the run it belongs to will keep of it in memory."""

    stretch: Stretch
    prefixes: Prefixes
    whole: tuple[Keys, Values] | None
    """The entries, if the run is to be hot."""

    @classmethod
    def of(cls, segment_id: int, entries: tuple[Keys, Values], *, hot: bool) -> "RunPart":
        keys, _ = entries
        return cls(Stretch(segment_id, len(keys)), upper_halves(keys), entries if hot else None)


def run_of(run_id: int, level: int, parts: Sequence[RunPart], sieve: Sieve) -> Run:
    """The run whose consecutive parts these are; ``sieve`` has all their prefixes."""
    stretches = tuple(part.stretch for part in parts)
    whole = [part.whole for part in parts if part.whole is not None]
    if whole:
        return HotRun(run_id, level, stretches, sieve, *joined(whole))
    lengths = [0, *(stretch.entries for stretch in stretches[:-1])]
    prefixes = np.concatenate([part.prefixes for part in parts])
    return ColdRun(run_id, level, stretches, sieve, prefixes, np.cumsum(lengths, dtype=np.int64))


def upper_halves(keys: Keys) -> Prefixes:
    return (keys >> np.uint64(32)).astype(np.uint32)


def _contains(ordered: Keys | Prefixes, wanted: Keys | Prefixes) -> npt.NDArray[np.bool_]:
    """Which of ``wanted`` are in ``ordered``, which is not empty."""
    places = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    found: npt.NDArray[np.bool_] = ordered[places] == wanted
    return found
