"""Who has read which notice. Only the first reading of each notice counts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, select, text

from alerts.addressing import addressed_to
from alerts.database import summed
from alerts.tables import NOTICES, READINGS
from domain.access import Actor
from domain.instants import instant_text

_READ: Final = text(
    "INSERT INTO notice_readings (notice_id, read_at, reader) VALUES (:notice_id, :read_at, :reader)"
    " ON CONFLICT (notice_id) DO NOTHING"
)
"""Of several readings at once the first counts."""


def mark_read(connection: Connection, notice_id: int, reader: Actor, *, at: datetime) -> bool:
    """Note the first reading; False where the notice is not the reader's."""
    return bool(_note_reading(connection, NOTICES.c.notice_id == notice_id, reader, at))


def mark_clue_read(connection: Connection, clue_id: UUID, reader: Actor, *, at: datetime) -> None:
    """Note the first reading of every notice that the reader was sent about a clue."""
    _note_reading(connection, NOTICES.c.clue_id == str(clue_id), reader, at)


def _note_reading(connection: Connection, which: ColumnElement[bool], reader: Actor, at: datetime) -> Sequence[int]:
    """The reader's own notices among them, which have now been read."""
    own = connection.scalars(select(NOTICES.c.notice_id).where(which, addressed_to(reader, NOTICES))).all()
    if own:
        read = {"read_at": instant_text(at), "reader": reader.name}
        with summed(connection, READINGS, READINGS.c.notice_id.in_(own)):
            connection.execute(_READ, [{"notice_id": notice_id, **read} for notice_id in own])
    return own
