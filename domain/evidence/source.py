"""A source 数据源 as a case: which of its message numbers are missing, and how long it has been silent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from domain.policy import Policy

Numbers = tuple[int, int]
"""The first and the last of a range of message numbers, both inclusive."""


@dataclass(frozen=True, slots=True)
class SourceCase:
    """What is known of the messages of one source.

    ``heard`` are the ranges of numbers that arrived, sorted and without touching each other.
    ``said_last`` is the last number that the source says it has given. ``interval_seconds`` is the
    longest time for which it promises to be silent. ``heard_at`` is when its last message arrived.
    """

    source: str
    heard: tuple[Numbers, ...]
    said_last: int | None
    interval_seconds: int | None
    heard_at: datetime
    now: datetime
    policy: Policy

    @property
    def subject(self) -> str:
        return f"source:{self.source}"

    @property
    def missing(self) -> tuple[Numbers, ...]:
        """The ranges of numbers that are missing, from the first number that arrived to the last one given."""
        # Nothing is missing before the first number: a source may have numbered messages before it
        # was connected.
        holes = [(before[1] + 1, after[0] - 1) for before, after in pairwise(self.heard)]
        last = self.heard[-1][1] if self.heard else None
        if last is not None and self.said_last is not None and self.said_last > last:
            holes.append((last + 1, self.said_last))
        return tuple(holes)

    @property
    def missing_count(self) -> int:
        return sum(last - first + 1 for first, last in self.missing)

    @property
    def silent_for(self) -> timedelta:
        return self.now - self.heard_at
