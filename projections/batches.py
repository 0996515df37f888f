"""When each ledger position was recorded: one row for each round of a committed batch."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, insert, select, text

from domain.instants import instant_text
from projections.tables import METADATA

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

BATCHES = Table(
    "batches",
    METADATA,
    Column("batch", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("first_position", BigInteger, nullable=False),
    Column("last_position", BigInteger, nullable=False),
    Column("recorded_at", String(32), nullable=False, index=True),
    Column("told_through", String(32)),
)
"""``recorded_at`` is in UTC with a fixed width, so that text order is time order; it never goes back.

The rounds of one batch are rows with the same ``recorded_at``. A row that recorded nothing, because
only time passed, has ``last_position`` = ``first_position`` - 1.

``told_through``: what was judged up to this moment was told with the batch, what was judged later waits
(:mod:`alerts.waiting_notices`); null where everything was told at once.
"""


# The name of the schema is in the lock: shards of one database must not wait for each other.
_WRITER_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('tender-monitor writes ' || current_schema(), 0))")


def take_writer_lock(connection: Connection) -> None:
    """Wait until nobody else writes this ledger, and keep others from writing until the transaction ends."""
    # Batch numbers, positions and clue numbers are worked out from the last ones, so two writers at once
    # would give the same twice. On SQLite a writing transaction locks the file from its beginning.
    if connection.dialect.name == "postgresql":
        connection.execute(_WRITER_LOCK)


def add(
    connection: Connection,
    batch: int,
    positions: tuple[int, int],
    recorded_at: datetime,
    told_through: datetime | None = None,
) -> None:
    """Write the row of the round with the number ``batch``; ``positions`` are the first and the last."""
    connection.execute(
        insert(BATCHES),
        {
            "batch": batch,
            "first_position": positions[0],
            "last_position": positions[1],
            "recorded_at": instant_text(recorded_at),
            "told_through": instant_text(told_through) if told_through else None,
        },
    )


def last(connection: Connection) -> tuple[int, int, datetime | None]:
    """``(batch, last_position, recorded_at)`` of the newest row; ``(0, 0, None)`` before the first."""
    row = connection.execute(
        select(BATCHES.c.batch, BATCHES.c.last_position, BATCHES.c.recorded_at)
        .order_by(BATCHES.c.batch.desc())
        .limit(1)
    ).first()
    return (row.batch, row.last_position, datetime.fromisoformat(row.recorded_at)) if row else (0, 0, None)


def position_at(connection: Connection, known_at: datetime) -> int:
    """The last position that was recorded by ``known_at`` (inclusive); 0 before the first batch."""
    last_position = connection.execute(
        select(BATCHES.c.last_position)
        .where(BATCHES.c.recorded_at <= instant_text(known_at))
        .order_by(BATCHES.c.recorded_at.desc(), BATCHES.c.batch.desc())
        .limit(1)
    ).scalar()
    return int(last_position or 0)


def microseconds_of(text: str) -> int:
    """An :func:`instant_text` as microseconds since 1970; an address holds them without escapes."""
    return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND


def instant_of(microseconds: int) -> str:
    """The :func:`instant_text` of that many microseconds since 1970."""
    return instant_text(_EPOCH + microseconds * _MICROSECOND)
