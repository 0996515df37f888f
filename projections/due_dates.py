"""When time alone changes a finding: a durable queue, emptied by whichever batch comes next."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Column, Connection, String, Table, delete, func, insert, select

from projections.batches import instant_text
from projections.tables import METADATA

DUE_DATES = Table(
    "due_dates",
    METADATA,
    Column("due_at", String(32), primary_key=True),
    Column("person_id", String(64), primary_key=True, index=True),
)


def put(connection: Connection, person_id: str, moments: Iterable[datetime], now: datetime) -> None:
    """Wait for those of a person's ``moments`` that are still to come, and for no others."""
    connection.execute(delete(DUE_DATES).where(DUE_DATES.c.person_id == person_id))
    waiting = sorted({instant_text(moment) for moment in moments if moment > now})
    if waiting:
        connection.execute(insert(DUE_DATES), [{"due_at": at, "person_id": person_id} for at in waiting])


def pop(connection: Connection, now: datetime) -> list[str]:
    """The people whose moment has come, taken off the queue."""
    due = DUE_DATES.c.due_at <= instant_text(now)
    people = [person_id for (person_id,) in connection.execute(select(DUE_DATES.c.person_id).where(due).distinct())]
    if people:
        connection.execute(delete(DUE_DATES).where(due))
    return sorted(people)


def earliest(connection: Connection) -> datetime | None:
    """When the next moment comes, if one is waited for."""
    found = connection.execute(select(func.min(DUE_DATES.c.due_at))).scalar()
    return datetime.fromisoformat(found) if found else None
