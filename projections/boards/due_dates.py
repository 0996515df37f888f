"""A durable queue of the moments at which time alone changes a finding.

The next batch takes the moments that have come, whatever the batch is about.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from sqlalchemy import Column, Connection, String, Table, bindparam, delete, insert, select

from domain.instants import instant_text
from projections.tables import METADATA

DUE_DATES = Table(
    "due_dates",
    METADATA,
    Column("due_at", String(32), primary_key=True),
    Column("case_group", String(2_500), primary_key=True, index=True),
    Column("settling_since", String(32)),
)
"""``due_at`` is when ``case_group`` is judged again.

``settling_since`` is null, except for the moment of a settling group, which new facts may put off: then it
is when the first of the settling facts came.
"""

_FORGET = delete(DUE_DATES).where(DUE_DATES.c.case_group == bindparam("waiting"))
_FORGET_ONE = delete(DUE_DATES).where(
    DUE_DATES.c.case_group == bindparam("settling"), DUE_DATES.c.due_at == bindparam("moment")
)
_INSERT = insert(DUE_DATES)
_TAKE = delete(DUE_DATES).where(
    DUE_DATES.c.case_group == bindparam("popped"), DUE_DATES.c.due_at <= bindparam("moment")
)
MOST_AT_ONCE = 200
"""The most due groups that one batch judges.

At the end of a month many groups are due at once, and a batch with an opening must not wait for all of them.
"""
_MOST_STALE = 1_000
"""Entries of the heap that may be stale before the heap is built again."""


class Settling(NamedTuple):
    """``at`` is the moment at which a settling group is judged; ``since`` is when the first of its facts came."""

    at: datetime
    since: datetime


class DueDates:
    """The queue. The groups that wait are in memory as well, so that a batch without due dates asks no database."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[str, ...]] = {}
        """The moments of each group, ascending."""
        self._settling: dict[str, Settling] = {}
        # A heap has no cheap way to remove an entry from its middle. So a moment that is taken back stays
        # in it as a stale entry, and is skipped when it comes to the top.
        self._heap: list[tuple[str, str]] = []
        """``(moment, group)`` with the first moment of each group, and stale entries."""

    @classmethod
    def load(cls, connection: Connection) -> "DueDates":
        """The queue as the database has it."""
        queue = cls()
        for due_at, group, since in connection.execute(select(DUE_DATES).order_by(DUE_DATES.c.due_at)):
            queue._waiting[group] = (*queue._waiting.get(group, ()), due_at)
            if since is not None:
                queue._settling[group] = Settling(datetime.fromisoformat(due_at), datetime.fromisoformat(since))
        queue._build_heap()
        return queue

    @property
    def earliest(self) -> datetime | None:
        """The next moment for which a group waits; None where none waits."""
        while self._heap and not self._is_first(*self._heap[0]):
            heappop(self._heap)
        return datetime.fromisoformat(self._heap[0][0]) if self._heap else None

    def put(self, connection: Connection, group: str, moments: Iterable[datetime], now: datetime) -> None:
        """Wait for those of a group's ``moments`` that are still to come, and for no others.

        A settling group stops settling: it has just been judged on everything known.
        """
        waiting = tuple(sorted({instant_text(moment) for moment in moments if moment > now}))
        before = self._waiting.get(group, ())
        # Most groups wait for the same moments as before, and then nothing is written. The moments of a
        # group that was settling have another row, so they are always written.
        if self._settling.pop(group, None) is None and waiting == before:
            return
        if before:
            connection.execute(_FORGET, {"waiting": group})
        if waiting:
            connection.execute(_INSERT, [_row(group, due_at) for due_at in waiting])
        self._set_waiting(group, waiting)

    def add(self, connection: Connection, groups: Iterable[str], moment: datetime) -> None:
        """Have each of ``groups`` judged at ``moment`` as well, which may be now; what it waits for stays."""
        due_at = instant_text(moment)
        new = [group for group in groups if due_at not in self._waiting.get(group, ())]
        if new:
            connection.execute(_INSERT, [_row(group, due_at) for group in new])
        for group in new:
            self._set_waiting(group, tuple(sorted((*self._waiting.get(group, ()), due_at))))

    def waiting_for(self, moment: datetime) -> list[str]:
        """The groups that wait for exactly this ``moment``."""
        due_at = instant_text(moment)
        return [group for group, moments in self._waiting.items() if due_at in moments]

    @property
    def groups(self) -> list[str]:
        """Every group that waits for anything."""
        return list(self._waiting)

    def settle(
        self, connection: Connection, group: str, now: datetime, *, after: timedelta, at_most: timedelta
    ) -> None:
        """Wait until no fact about the group has come for ``after``, at the latest ``at_most`` after the first.

        An earlier moment for which the group waits anyway is enough.
        """
        settling, others = self._settling.get(group), self._waiting.get(group, ())
        since = settling.since if settling else now
        moment = min(now + after, since + max(after, at_most))
        if settling is not None:
            # Facts that come in masses would otherwise write a row for each batch. So a moment is moved only
            # by half of ``after`` or more.
            if moment - settling.at < after / 2:
                return
            put_off = instant_text(settling.at)
            others = tuple(due_at for due_at in others if due_at != put_off)
            del self._settling[group]
            connection.execute(_FORGET_ONE, {"settling": group, "moment": put_off})
        if not others or instant_text(moment) < others[0]:
            connection.execute(_INSERT, [_row(group, instant_text(moment), instant_text(since))])
            self._settling[group] = Settling(moment, since)
            others = (instant_text(moment), *others)
        elif settling is None:
            return
        self._set_waiting(group, others)

    def hasten(self, connection: Connection, groups: Iterable[str], now: datetime) -> None:
        """Have those of ``groups`` that settle wait no longer than until ``now``."""
        for group in sorted(groups):
            settling = self._settling.get(group)
            if settling is not None and not self._is_due(group, now):
                put_off = instant_text(settling.at)
                others = (due_at for due_at in self._waiting[group] if due_at != put_off)
                connection.execute(_FORGET_ONE, {"settling": group, "moment": put_off})
                connection.execute(_INSERT, [_row(group, instant_text(now), instant_text(settling.since))])
                self._settling[group] = Settling(now, settling.since)
                self._set_waiting(group, (instant_text(now), *others))

    def _is_due(self, group: str, now: datetime) -> bool:
        return self._waiting[group][0] <= instant_text(now)

    @property
    def settling(self) -> list[datetime]:
        """The moments at which settling groups will be judged if nothing more comes, ascending."""
        return sorted(settling.at for settling in self._settling.values())

    def is_settling(self, group: str) -> bool:
        """Whether ``group`` waits for its facts to settle."""
        return group in self._settling

    def pop(self, connection: Connection, now: datetime) -> list[str]:
        """Take the groups whose moment has come off the queue, sorted; the most urgent :data:`MOST_AT_ONCE` of them."""
        moment = instant_text(now)
        groups: list[str] = []
        while self._heap and self._heap[0][0] <= moment and len(groups) < MOST_AT_ONCE:
            due_at, group = heappop(self._heap)
            if self._is_first(due_at, group):
                groups.append(group)
                if group in self._settling and self._settling[group].at <= now:
                    del self._settling[group]
                # All its moments up to now are done: one judgement serves them all.
                self._set_waiting(group, tuple(later for later in self._waiting[group] if later > moment))
        if groups:
            connection.execute(_TAKE, [{"popped": group, "moment": moment} for group in groups])
        return sorted(groups)

    def _set_waiting(self, group: str, waiting: tuple[str, ...]) -> None:
        if waiting:
            self._waiting[group] = waiting
            heappush(self._heap, (waiting[0], group))
        else:
            self._waiting.pop(group, None)
        if len(self._heap) > 2 * len(self._waiting) + _MOST_STALE:
            self._build_heap()

    def _build_heap(self) -> None:
        self._heap = [(waiting[0], group) for group, waiting in self._waiting.items()]
        heapify(self._heap)

    def _is_first(self, due_at: str, group: str) -> bool:
        """Whether ``due_at`` is the first moment for which the group waits; False for a stale entry."""
        waiting = self._waiting.get(group)
        return waiting is not None and waiting[0] == due_at


def settling(connection: Connection, prefix: str) -> list[str]:
    """The settling groups whose names begin with ``prefix``."""
    conditions = DUE_DATES.c.case_group.startswith(prefix, autoescape=True), DUE_DATES.c.settling_since.is_not(None)
    return list(connection.execute(select(DUE_DATES.c.case_group).where(*conditions)).scalars())


def _row(group: str, due_at: str, settling_since: str | None = None) -> dict[str, str | None]:
    return {"due_at": due_at, "case_group": group, "settling_since": settling_since}
