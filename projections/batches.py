"""Which ledger positions were recorded when: one row per committed batch."""

from datetime import UTC, datetime

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, insert, select, text

from projections.tables import METADATA

BATCHES = Table(
    "batches",
    METADATA,
    Column("batch", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("first_position", BigInteger, nullable=False),
    Column("last_position", BigInteger, nullable=False),
    Column("recorded_at", String(32), nullable=False, index=True),
)
"""``recorded_at`` in UTC, fixed width, so that text order is time order; it never goes back.

A batch that recorded nothing but let time pass has ``last_position`` = ``first_position`` - 1.
"""


_TAKE_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('tender-monitor writes ' || current_schema(), 0))")


def take_writer_lock(connection: Connection) -> None:
    """Wait until nobody else writes this ledger; from now on nobody does until the transaction ends.

    On SQLite a writing transaction has the file to itself from its first moment.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_TAKE_TURN)


def add(connection: Connection, batch: int, first_position: int, last_position: int, recorded_at: datetime) -> None:
    connection.execute(
        insert(BATCHES),
        {
            "batch": batch,
            "first_position": first_position,
            "last_position": last_position,
            "recorded_at": instant_text(recorded_at),
        },
    )


def last(connection: Connection) -> tuple[int, int, datetime | None]:
    """``(batch, last_position, recorded_at)`` of the newest batch; ``(0, 0, None)`` before the first."""
    row = connection.execute(
        select(BATCHES.c.batch, BATCHES.c.last_position, BATCHES.c.recorded_at)
        .order_by(BATCHES.c.batch.desc())
        .limit(1)
    ).first()
    return (row.batch, row.last_position, datetime.fromisoformat(row.recorded_at)) if row else (0, 0, None)


def position_at(connection: Connection, known_at: datetime) -> int:
    """The last position we had recorded by ``known_at`` (inclusive); 0 before the first."""
    found = connection.execute(
        select(BATCHES.c.last_position)
        .where(BATCHES.c.recorded_at <= instant_text(known_at))
        .order_by(BATCHES.c.recorded_at.desc(), BATCHES.c.batch.desc())
        .limit(1)
    ).scalar()
    return int(found or 0)


def instant_text(moment: datetime) -> str:
    """UTC with microseconds, so that equal moments have equal texts and text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
