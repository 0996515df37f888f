"""A source 数据源 as a case: which of its numbers are missing, and whether it has fallen silent."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from domain.policy import Policy

Numbers = tuple[int, int]
"""From the first to the last, both inclusive."""


@dataclass(frozen=True, slots=True)
class SourceCase:
    """What is known of one source's messages.

    ``heard`` are the numbers that came, in order, apart from each other. ``said_last`` is the
    last number the source says it has given, ``interval_seconds`` how often it wants to be heard.
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
        """The holes: between the first number that came and the last that there must be."""
        ends = self.heard
        between = [(one[1] + 1, other[0] - 1) for one, other in pairwise(ends)]
        last = ends[-1][1] if ends else None
        if last is not None and self.said_last is not None and self.said_last > last:
            between.append((last + 1, self.said_last))
        return tuple(between)

    @property
    def missing_count(self) -> int:
        return sum(last - first + 1 for first, last in self.missing)

    @property
    def silent_for(self) -> timedelta:
        return self.now - self.heard_at
