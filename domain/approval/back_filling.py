"""Steps that a source recorded in bulk, long after they happened 补录."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.approval.entries import Entry


class Bulk(NamedTuple):
    """At least ``fewest`` steps recorded ``within`` a time (inclusive), more than ``together`` apart."""

    fewest: int
    within: timedelta
    together: timedelta

    @property
    def minutes(self) -> int:
        return int(self.within.total_seconds()) // 60


def back_filled(entries: Sequence[Entry], bulk: Bulk) -> list[Entry]:
    """The largest bulk there is, of equal ones the first; by when the *source* recorded its entries.

    Our own time of recording would make a bulk of every history that is loaded from a file.
    """
    stamped = [(recorded, entry) for entry in entries if (recorded := entry.fact.fact.recordedtime) is not None]
    stamped.sort(key=lambda one: (one[0], one[1].at, one[1].fact.identity))
    groups = (_recorded_within(stamped, start, bulk.within) for start, _ in stamped)
    telling = [group for group in groups if len(group) >= bulk.fewest and _spread(group) > bulk.together]
    return max(telling, key=len, default=[])


def _recorded_within(stamped: Sequence[tuple[datetime, Entry]], start: datetime, within: timedelta) -> list[Entry]:
    return [entry for recorded, entry in stamped if start <= recorded <= start + within]


def _spread(entries: Sequence[Entry]) -> timedelta:
    times = [entry.at for entry in entries]
    return max(times) - min(times)
