"""When time alone changes a finding: a durable queue, emptied by whichever batch comes next."""

from collections.abc import Iterable
from datetime import datetime
from heapq import heapify, heappop, heappush

from sqlalchemy import Column, Connection, String, Table, bindparam, delete, insert, select

from projections.batches import instant_text
from projections.tables import METADATA

DUE_DATES = Table(
    "due_dates",
    METADATA,
    Column("due_at", String(32), primary_key=True),
    Column("scope", String(2_500), primary_key=True, index=True),
)

_FORGET = delete(DUE_DATES).where(DUE_DATES.c.scope == bindparam("waiting"))
_INSERT = insert(DUE_DATES)
_TAKE = delete(DUE_DATES).where(DUE_DATES.c.scope == bindparam("popped"), DUE_DATES.c.due_at <= bindparam("moment"))
MOST_AT_ONCE = 200
"""Scopes judged by one batch because their time has come: the end of a month holds up nobody for long."""
_TAKEN_BACK = 1_000
"""So many moments that nobody waits for any more may stay in memory."""


class DueDates:
    """The queue, with the scopes that wait held in memory as well."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[str, ...]] = {}
        self._moments: list[tuple[str, str]] = []
        """A heap of each scope's first moment, and of some that were taken back."""

    @classmethod
    def load(cls, connection: Connection) -> "DueDates":
        queue = cls()
        query = select(DUE_DATES.c.scope, DUE_DATES.c.due_at).order_by(DUE_DATES.c.due_at)
        for scope, due_at in connection.execute(query):
            queue._waiting[scope] = (*queue._waiting.get(scope, ()), due_at)
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
        if waiting == before:
            return
        if before:
            connection.execute(_FORGET, {"waiting": scope})
        if waiting:
            connection.execute(_INSERT, [{"due_at": due_at, "scope": scope} for due_at in waiting])
        self._wait(scope, waiting)

    def settle(self, connection: Connection, scope: str, at: datetime) -> None:
        """Wait for ``at`` as well, unless the scope waits for an earlier moment already."""
        before, moment = self._waiting.get(scope, ()), instant_text(at)
        if before and before[0] <= moment:
            return
        connection.execute(_INSERT, [{"due_at": moment, "scope": scope}])
        self._wait(scope, (moment, *before))

    def pop(self, connection: Connection, now: datetime) -> list[str]:
        """The scopes whose moment has come, taken off the queue; the earliest, where there are too many at once."""
        moment = instant_text(now)
        scopes: list[str] = []
        while self._moments and self._moments[0][0] <= moment and len(scopes) < MOST_AT_ONCE:
            due_at, scope = heappop(self._moments)
            if self._is_first(due_at, scope):
                scopes.append(scope)
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
