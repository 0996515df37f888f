"""When time alone changes a finding: a durable queue, emptied by whichever batch comes next."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Column, Connection, String, Table, bindparam, delete, insert, select

from projections.batches import instant_text
from projections.tables import METADATA

DUE_DATES = Table(
    "due_dates",
    METADATA,
    Column("due_at", String(32), primary_key=True),
    Column("person_id", String(64), primary_key=True, index=True),
)

_FORGET = delete(DUE_DATES).where(DUE_DATES.c.person_id == bindparam("person"))
_INSERT = insert(DUE_DATES)


class DueDates:
    """The queue, with whoever waits held in memory as well."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[str, ...]] = {}
        self._earliest: str | None = None

    @classmethod
    def load(cls, connection: Connection) -> "DueDates":
        queue = cls()
        query = select(DUE_DATES.c.person_id, DUE_DATES.c.due_at).order_by(DUE_DATES.c.due_at)
        for person_id, due_at in connection.execute(query):
            queue._waiting[person_id] = (*queue._waiting.get(person_id, ()), due_at)
        queue._look_ahead()
        return queue

    @property
    def earliest(self) -> datetime | None:
        """When the next moment comes, if one is waited for; possibly one that was taken back since."""
        return datetime.fromisoformat(self._earliest) if self._earliest else None

    def put(self, connection: Connection, person_id: str, moments: Iterable[datetime], now: datetime) -> None:
        """Wait for those of a person's ``moments`` that are still to come, and for no others."""
        waiting = tuple(sorted({instant_text(moment) for moment in moments if moment > now}))
        before = self._waiting.pop(person_id, ())
        if waiting:
            self._waiting[person_id] = waiting
        if waiting == before:
            return
        if before:
            connection.execute(_FORGET, {"person": person_id})
        if waiting:
            self._earliest = min(waiting[0], self._earliest or waiting[0])
            connection.execute(_INSERT, [{"due_at": due_at, "person_id": person_id} for due_at in waiting])

    def pop(self, connection: Connection, now: datetime) -> list[str]:
        """The people whose moment has come, taken off the queue."""
        moment = instant_text(now)
        if self._earliest is None or self._earliest > moment:
            return []
        people = sorted(person_id for person_id, waiting in self._waiting.items() if waiting[0] <= moment)
        if people:
            connection.execute(delete(DUE_DATES).where(DUE_DATES.c.due_at <= moment))
        for person_id in people:
            later = tuple(due_at for due_at in self._waiting.pop(person_id) if due_at > moment)
            if later:
                self._waiting[person_id] = later
        self._look_ahead()
        return people

    def _look_ahead(self) -> None:
        self._earliest = min((waiting[0] for waiting in self._waiting.values()), default=None)
