"""A merge in progress: several runs of one level become one run of the next level, slice by slice."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from projections.index.prefix_filter import PrefixFilter
from projections.index.runs import Run, RunPart, Segments, run_of
from projections.index.shape import PREFIX_SPACE, Keys, Shape, Values, by_key, joined

HASTE = 4
"""A merge ends this many times sooner than the next merge of its level can begin."""


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge of ``sources`` into the run ``run_id``, of which ``done`` of the ``slices`` are written.

    The key space is cut into slices of equal width; keys are hashes, so slices hold about equally many.
    With every append, ``due`` grows by ``pace`` slices, so that a merge costs every append the same.
    """

    run_id: int
    sources: tuple[Run, ...]
    hot: bool
    prefix_filter: PrefixFilter = field(repr=False)
    slices: int
    pace: float
    done: int = 0
    due: float = 0.0
    parts: tuple[RunPart, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, run_id: int, sources: tuple[Run, ...], shape: Shape) -> "Merge":
        entries = sum(run.entries for run in sources)
        slices = -(-entries // shape.slice)
        # After so many appends the level has as many new runs, and its next merge could begin.
        appends = len(sources) * shape.fan_in ** sources[0].level
        return cls(run_id, sources, entries <= shape.hot_run, PrefixFilter(entries), slices, HASTE * slices / appends)

    @property
    def level(self) -> int:
        return self.sources[0].level + 1

    @property
    def finished(self) -> bool:
        return self.done == self.slices

    def after_append(self) -> "Merge":
        """The merge with the share of one more append due."""
        return replace(self, due=min(self.due + self.pace, float(self.slices)))

    def slices_due(self) -> range:
        return range(self.done, int(self.due))

    def segments_of(self, number: int) -> list[int]:
        """The ids of the segments that must be read for slice ``number``."""
        return [segment_id for run in self.sources for segment_id in run.segments_between(*self._edges(number))]

    def slice(self, number: int, segments: Segments) -> tuple[Keys, Values]:
        """The entries of slice ``number``, sorted by key.

        A slice may be empty. It may also be large, because the entries of one key are never divided.
        """
        return by_key(*joined([run.between(*self._edges(number), segments) for run in self.sources]))

    def written(self, slices: int, parts: Iterable[RunPart]) -> "Merge":
        """The merge after ``slices`` more slices were written as ``parts``."""
        return replace(self, done=self.done + slices, parts=(*self.parts, *parts))

    def result(self) -> Run:
        """The merged run, once the merge is finished."""
        return run_of(self.run_id, self.level, self.parts, self.prefix_filter)

    def _edges(self, number: int) -> tuple[int, int]:
        return PREFIX_SPACE * number // self.slices, PREFIX_SPACE * (number + 1) // self.slices


def next_sources(runs: Iterable[Run], shape: Shape) -> tuple[Run, ...]:
    """The oldest runs of one level that should be merged now; empty while there are too few.

    ``runs`` are those of the level, oldest first. They are ``fan_in``, or fewer if one more would make
    the result larger than the cap.
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
