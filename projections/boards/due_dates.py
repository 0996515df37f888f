"""When time alone changes a finding: a durable queue, emptied by whichever batch comes next."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from sqlalchemy import Column, Connection, String, Table, bindparam, delete, insert, select

from projections.batches import instant_text
from projections.tables import METADATA

DUE_DATES = Table(
    "due_dates",
    METADATA,
    Column("due_at", String(32), primary_key=True),
    Column("case_group", String(2_500), primary_key=True, index=True),
    Column("settling_since", String(32)),
)
"""``settling_since``, of a moment that what comes may put off: when the first of it came; else null."""

_FORGET = delete(DUE_DATES).where(DUE_DATES.c.case_group == bindparam("waiting"))
_FORGET_ONE = delete(DUE_DATES).where(
    DUE_DATES.c.case_group == bindparam("settling"), DUE_DATES.c.due_at == bindparam("moment")
)
_INSERT = insert(DUE_DATES)
_TAKE = delete(DUE_DATES).where(
    DUE_DATES.c.case_group == bindparam("popped"), DUE_DATES.c.due_at <= bindparam("moment")
)
MOST_AT_ONCE = 200
"""Groups judged by one batch because their time has come: the end of a month holds up nobody for long."""
_TAKEN_BACK = 1_000
"""So many moments that nobody waits for any more may stay in memory."""


class Settling(NamedTuple):
    """``at`` is one of a group's moments; ``since`` is when the first came of what is settling."""

    at: datetime
    since: datetime


class DueDates:
    """The queue, with the groups that wait held in memory as well."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[str, ...]] = {}
        self._settling: dict[str, Settling] = {}
        self._moments: list[tuple[str, str]] = []
        """A heap of each group's first moment, and of some that were taken back."""

    @classmethod
    def load(cls, connection: Connection) -> "DueDates":
        queue = cls()
        for due_at, group, since in connection.execute(select(DUE_DATES).order_by(DUE_DATES.c.due_at)):
            queue._waiting[group] = (*queue._waiting.get(group, ()), due_at)
            if since is not None:
                queue._settling[group] = Settling(datetime.fromisoformat(due_at), datetime.fromisoformat(since))
        queue._look_ahead()
        return queue

    @property
    def earliest(self) -> datetime | None:
        """When the next moment comes, if one is waited for."""
        while self._moments and not self._is_first(*self._moments[0]):
            heappop(self._moments)
        return datetime.fromisoformat(self._moments[0][0]) if self._moments else None

    def put(self, connection: Connection, group: str, moments: Iterable[datetime], now: datetime) -> None:
        """Wait for those of a group's ``moments`` that are still to come, and for no others."""
        waiting = tuple(sorted({instant_text(moment) for moment in moments if moment > now}))
        before = self._waiting.get(group, ())
        if self._settling.pop(group, None) is None and waiting == before:
            return
        if before:
            connection.execute(_FORGET, {"waiting": group})
        if waiting:
            connection.execute(_INSERT, [_row(group, due_at) for due_at in waiting])
        self._wait(group, waiting)

    def settle(
        self, connection: Connection, group: str, now: datetime, *, after: timedelta, at_most: timedelta
    ) -> None:
        """Wait until nothing has come for ``after``, at the latest ``at_most`` after the first that came.

        A moment the group waits for anyway is enough if it comes earlier. What comes in masses puts
        its moment off a few times only, each time by half of ``after`` or more.
        """
        settling, others = self._settling.get(group), self._waiting.get(group, ())
        since = settling.since if settling else now
        moment = min(now + after, since + max(after, at_most))
        if settling is not None:
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
        self._wait(group, others)

    @property
    def settling(self) -> list[datetime]:
        """When each of the groups that settle is judged if nothing more comes; ascending."""
        return sorted(settling.at for settling in self._settling.values())

    def is_settling(self, group: str) -> bool:
        return group in self._settling

    def pop(self, connection: Connection, now: datetime) -> list[str]:
        """The groups whose moment has come, taken off the queue; the earliest, where there are too many at once."""
        moment = instant_text(now)
        groups: list[str] = []
        while self._moments and self._moments[0][0] <= moment and len(groups) < MOST_AT_ONCE:
            due_at, group = heappop(self._moments)
            if self._is_first(due_at, group):
                groups.append(group)
                if group in self._settling and self._settling[group].at <= now:
                    del self._settling[group]
                self._wait(group, tuple(later for later in self._waiting[group] if later > moment))
        if groups:
            connection.execute(_TAKE, [{"popped": group, "moment": moment} for group in groups])
        return sorted(groups)

    def _wait(self, group: str, waiting: tuple[str, ...]) -> None:
        if waiting:
            self._waiting[group] = waiting
            heappush(self._moments, (waiting[0], group))
        else:
            self._waiting.pop(group, None)
        if len(self._moments) > 2 * len(self._waiting) + _TAKEN_BACK:
            self._look_ahead()

    def _look_ahead(self) -> None:
        self._moments = [(waiting[0], group) for group, waiting in self._waiting.items()]
        heapify(self._moments)

    def _is_first(self, due_at: str, group: str) -> bool:
        """False for a moment that was taken back since."""
        waiting = self._waiting.get(group)
        return waiting is not None and waiting[0] == due_at


def settling(connection: Connection, prefix: str) -> list[str]:
    """The groups beginning with ``prefix`` that will be judged when they have settled."""
    begun = DUE_DATES.c.case_group.startswith(prefix, autoescape=True), DUE_DATES.c.settling_since.is_not(None)
    return list(connection.execute(select(DUE_DATES.c.case_group).where(*begun)).scalars())


def _row(group: str, due_at: str, settling_since: str | None = None) -> dict[str, str | None]:
    return {"due_at": due_at, "case_group": group, "settling_since": settling_since}
