"""The registry of sources 数据源登记: what each source may say, one row for each source that was ever registered."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import Column, Connection, Row, String, Table, Text, delete, insert, select

from domain.access import Actor, Role
from domain.instants import instant_text
from domain.sources.bounds import BOUNDS, Bounds, bounds_record
from projections.tables import METADATA

if TYPE_CHECKING:
    from domain.sources.registered_source import RegisteredSource

REGISTERED_SOURCES: Final = Table(
    "registered_sources",
    METADATA,
    Column("source", String(500), primary_key=True),
    Column("bounds", Text, nullable=False),
    Column("granted_by", Text, nullable=False),
    Column("registered_at", String(32), nullable=False),
    Column("changed_at", String(32), nullable=False),
    Column("ended_at", String(32)),
    Column("end_reason", Text),
)
"""``bounds`` is JSON. ``granted_by`` is who granted the bounds in force."""


@dataclass(frozen=True, slots=True)
class Registration:
    """One source as it is registered; ``ended_at`` None: the grant has not been ended."""

    source: str
    bounds: Bounds
    granted_by: str
    registered_at: datetime
    changed_at: datetime
    ended_at: datetime | None
    end_reason: str | None

    @property
    def granted(self) -> Bounds | None:
        """None once the grant was ended."""
        return self.bounds if self.ended_at is None else None


def put(connection: Connection, registered: "RegisteredSource") -> None:
    """Write the source as it is now."""
    ended = registered.ended_at
    row = {
        "source": registered.source,
        "bounds": msgspec.json.encode(bounds_record(registered.bounds), order="sorted").decode(),
        "granted_by": registered.granted_by,
        "registered_at": instant_text(registered.registered_at),
        "changed_at": instant_text(registered.changed_at),
        "ended_at": instant_text(ended) if ended else None,
        "end_reason": registered.end_reason,
    }
    connection.execute(delete(REGISTERED_SOURCES).where(REGISTERED_SOURCES.c.source == registered.source))
    connection.execute(insert(REGISTERED_SOURCES), row)


def registrations(connection: Connection, actor: Actor | None = None) -> list[Registration]:
    """All registrations by source; a feed as ``actor`` sees only its own."""
    visible = select(REGISTERED_SOURCES).order_by(REGISTERED_SOURCES.c.source)
    if actor is not None and actor.role is Role.SOURCE:
        visible = visible.where(REGISTERED_SOURCES.c.source == (actor.source or ""))
    # Over all shards of a cluster, a source has one row for each shard.
    rows = {row.source: row for row in connection.execute(visible)}
    return [_registration(row) for row in rows.values()]


def registration(connection: Connection, source: str) -> Registration | None:
    row = connection.execute(select(REGISTERED_SOURCES).where(REGISTERED_SOURCES.c.source == source)).first()
    return _registration(row) if row else None


def _registration(row: Row[tuple[str, ...]]) -> Registration:
    return Registration(
        row.source,
        BOUNDS.validate_json(row.bounds),
        row.granted_by,
        datetime.fromisoformat(row.registered_at),
        datetime.fromisoformat(row.changed_at),
        datetime.fromisoformat(row.ended_at) if row.ended_at else None,
        row.end_reason,
    )
