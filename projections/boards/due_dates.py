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
    Column("scope", String(2_500), primary_key=True, index=True),
    Column("settling_since", String(32)),
)
"""``settling_since``, of a moment that what comes may put off: when the first of it came; else null."""

_FORGET = delete(DUE_DATES).where(DUE_DATES.c.scope == bindparam("waiting"))
_FORGET_ONE = delete(DUE_DATES).where(
    DUE_DATES.c.scope == bindparam("settling"), DUE_DATES.c.due_at == bindparam("moment")
)
_INSERT = insert(DUE_DATES)
_TAKE = delete(DUE_DATES).where(DUE_DATES.c.scope == bindparam("popped"), DUE_DATES.c.due_at <= bindparam("moment"))
MOST_AT_ONCE = 200
"""Scopes judged by one batch because their time has come: the end of a month holds up nobody for long."""
_TAKEN_BACK = 1_000
"""So many moments that nobody waits for any more may stay in memory."""


class Settling(NamedTuple):
    """``at`` is one of a scope's moments; ``since`` is when the first came of what is settling."""

    at: datetime
    since: datetime


class DueDates:
    """The queue, with the scopes that wait held in memory as well."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[str, ...]] = {}
        self._settling: dict[str, Settling] = {}
        self._moments: list[tuple[str, str]] = []
        """A heap of each scope's first moment, and of some that were taken back."""

    @classmethod
    def load(cls, connection: Connection) -> "DueDates":
        queue = cls()
        for due_at, scope, since in connection.execute(select(DUE_DATES).order_by(DUE_DATES.c.due_at)):
            queue._waiting[scope] = (*queue._waiting.get(scope, ()), due_at)
            if since is not None:
                queue._settling[scope] = Settling(datetime.fromisoformat(due_at), datetime.fromisoformat(since))
        queue._look_ahead()
        return queue

    @property
    def earliest(self) -> datetime | None:
        """When the next moment comes, if one is waited for."""
        while self._moments and not self._is_first(*self._moments[0]):
            heappop(self._moments)
        return datetime.fromisoformat(self._moments[0][0]) if self._moments else None

    def put(self, connection: Connection, scope: str, moments: Iterable[datetime], now: datetime) -> None:
        """Wait for those of a scope's ``moments`` that are still to come, and for no others."""
        waiting = tuple(sorted({instant_text(moment) for moment in moments if moment > now}))
        before = self._waiting.get(scope, ())
        if self._settling.pop(scope, None) is None and waiting == before:
            return
        if before:
            connection.execute(_FORGET, {"waiting": scope})
        if waiting:
            connection.execute(_INSERT, [_row(scope, due_at) for due_at in waiting])
        self._wait(scope, waiting)

    def settle(
        self, connection: Connection, scope: str, now: datetime, *, after: timedelta, at_most: timedelta
    ) -> None:
        """Wait until nothing has come for ``after``, at the latest ``at_most`` after the first that came.

        A moment the scope waits for anyway is enough if it comes earlier. What comes in masses puts
        its moment off a few times only, each time by half of ``after`` or more.
        """
        settling, others = self._settling.get(scope), self._waiting.get(scope, ())
        since = settling.since if settling else now
        moment = min(now + after, since + max(after, at_most))
        if settling is not None:
            if moment - settling.at < after / 2:
                return
            put_off = instant_text(settling.at)
            others = tuple(due_at for due_at in others if due_at != put_off)
            del self._settling[scope]
            connection.execute(_FORGET_ONE, {"settling": scope, "moment": put_off})
        if not others or instant_text(moment) < others[0]:
            connection.execute(_INSERT, [_row(scope, instant_text(moment), instant_text(since))])
            self._settling[scope] = Settling(moment, since)
            others = (instant_text(moment), *others)
        elif settling is None:
            return
        self._wait(scope, others)

    def is_settling(self, scope: str) -> bool:
        return scope in self._settling

    def pop(self, connection: Connection, now: datetime) -> list[str]:
        """The scopes whose moment has come, taken off the queue; the earliest, where there are too many at once."""
        moment = instant_text(now)
        scopes: list[str] = []
        while self._moments and self._moments[0][0] <= moment and len(scopes) < MOST_AT_ONCE:
            due_at, scope = heappop(self._moments)
            if self._is_first(due_at, scope):
                scopes.append(scope)
                if scope in self._settling and self._settling[scope].at <= now:
                    del self._settling[scope]
                self._wait(scope, tuple(later for later in self._waiting[scope] if later > moment))
        if scopes:
            connection.execute(_TAKE, [{"popped": scope, "moment": moment} for scope in scopes])
        return sorted(scopes)

    def _wait(self, scope: str, waiting: tuple[str, ...]) -> None:
        if waiting:
            self._waiting[scope] = waiting
            heappush(self._moments, (waiting[0], scope))
        else:
            self._waiting.pop(scope, None)
        if len(self._moments) > 2 * len(self._waiting) + _TAKEN_BACK:
            self._look_ahead()

    def _look_ahead(self) -> None:
        self._moments = [(waiting[0], scope) for scope, waiting in self._waiting.items()]
        heapify(self._moments)

    def _is_first(self, due_at: str, scope: str) -> bool:
        """False for a moment that was taken back since."""
        waiting = self._waiting.get(scope)
        return waiting is not None and waiting[0] == due_at


def settling(connection: Connection, prefix: str) -> list[str]:
    """The scopes beginning with ``prefix`` that will be judged when they have settled."""
    begun = DUE_DATES.c.scope.startswith(prefix, autoescape=True), DUE_DATES.c.settling_since.is_not(None)
    return list(connection.execute(select(DUE_DATES.c.scope).where(*begun)).scalars())


def _row(scope: str, due_at: str, settling_since: str | None = None) -> dict[str, str | None]:
    return {"due_at": due_at, "scope": scope, "settling_since": settling_since}
