"""Back-filling 补录: steps that a source recorded in bulk, long after they happened."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.approval.entries import Entry


class Bulk(NamedTuple):
    """What counts as a bulk of entries.

    At least ``fewest`` entries were recorded ``within`` this time (inclusive), although they happened
    more than ``together`` apart.
    """

    fewest: int
    within: timedelta
    together: timedelta

    @property
    def minutes(self) -> int:
        return int(self.within.total_seconds()) // 60


def back_filled(entries: Sequence[Entry], bulk: Bulk) -> list[Entry]:
    """The entries of the largest bulk; the first of several equal ones; empty where there is none.

    What counts is when the *source* recorded an entry.
    """
    # Our own time of recording would not do: a history loaded from a file is recorded in one go, and
    # every such history would look like a bulk.
    stamped = [(recorded, entry) for entry in entries if (recorded := entry.fact.fact.recordedtime) is not None]
    stamped.sort(key=lambda pair: (pair[0], pair[1].at, pair[1].fact.identity))
    groups = (_recorded_within(stamped, start, bulk.within) for start, _ in stamped)
    bulks = [group for group in groups if len(group) >= bulk.fewest and _spread(group) > bulk.together]
    return max(bulks, key=len, default=[])


def _recorded_within(stamped: Sequence[tuple[datetime, Entry]], start: datetime, within: timedelta) -> list[Entry]:
    return [entry for recorded, entry in stamped if start <= recorded <= start + within]


def _spread(entries: Sequence[Entry]) -> timedelta:
    times = [entry.at for entry in entries]
    return max(times) - min(times)
