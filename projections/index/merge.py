"""A merge in progress: several runs of one level becoming one of the next, slice by slice."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from projections.index.runs import Run, RunPart, Segments, run_of
from projections.index.shape import PREFIX_SPACE, Keys, Shape, Values, by_key, joined
from projections.index.sieve import Sieve

HASTE = 4
"""How much sooner a merge ends than the next one of its level can begin."""


@dataclass(frozen=True, slots=True)
class Merge:
    """The key space is cut into ``slices`` of equal width, since keys are hashes; ``done`` are written.

    ``due`` grows with every append by ``pace`` slices, so that a merge costs each append the same.
    """

    run_id: int
    sources: tuple[Run, ...]
    hot: bool
    sieve: Sieve = field(repr=False)
    slices: int
    pace: float
    done: int = 0
    due: float = 0.0
    parts: tuple[RunPart, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, run_id: int, sources: tuple[Run, ...], shape: Shape) -> "Merge":
        entries = sum(run.entries for run in sources)
        slices = -(-entries // shape.slice)
        appends = len(sources) * shape.fan_in ** sources[0].level
        return cls(run_id, sources, entries <= shape.hot_run, Sieve(entries), slices, HASTE * slices / appends)

    @property
    def level(self) -> int:
        return self.sources[0].level + 1

    @property
    def finished(self) -> bool:
        return self.done == self.slices

    def after_append(self) -> "Merge":
        return replace(self, due=min(self.due + self.pace, float(self.slices)))

    def slices_due(self) -> range:
        return range(self.done, int(self.due))

    def segments_of(self, number: int) -> list[int]:
        """Ids of the segments that have to be read for slice ``number``."""
        return [segment_id for run in self.sources for segment_id in run.segments_between(*self._edges(number))]

    def slice(self, number: int, segments: Segments) -> tuple[Keys, Values]:
        """Entries of slice ``number`` in key order; may be empty, or large where one key is frequent."""
        return by_key(*joined([run.between(*self._edges(number), segments) for run in self.sources]))

    def written(self, slices: int, parts: Iterable[RunPart]) -> "Merge":
        return replace(self, done=self.done + slices, parts=(*self.parts, *parts))

    def result(self) -> Run:
        return run_of(self.run_id, self.level, self.parts, self.sieve)

    def _edges(self, number: int) -> tuple[int, int]:
        return PREFIX_SPACE * number // self.slices, PREFIX_SPACE * (number + 1) // self.slices


def next_sources(runs: Iterable[Run], shape: Shape) -> tuple[Run, ...]:
    """The oldest runs of one level that are ripe for merging, or none.

    Ripe are ``fan_in`` of them, or fewer if one more would exceed the cap.
    """
    chosen: list[Run] = []
    entries = 0
    for run in runs:
        entries += run.entries
        if entries > shape.run_cap:
            return tuple(chosen)
        chosen.append(run)
        if len(chosen) == shape.fan_in:
            return tuple(chosen)
    return ()
