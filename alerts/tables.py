"""The tables of notices, and what all tables of this package share."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import Index as TableIndex

METADATA: Final = MetaData()
NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
"""Of rows that are counted: SQLite numbers a primary key by itself only where it is a plain integer."""
LONGEST_KEY: Final = 200
"""Longer keys of recipients are cut to fit into an index. Only names are so long, and nobody signs in under a name."""

NOTICES: Final = Table(
    "notices",
    METADATA,
    Column("notice_id", NUMBER, primary_key=True, autoincrement=False),
    Column("clue_id", String(36), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("recipient_role", String(20), nullable=False),
    Column("recipient_key", String(LONGEST_KEY), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("occasion", String(30), nullable=False),
    Column("content", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    UniqueConstraint("clue_id", "revision", "recipient_role", "recipient_key", "channel"),
    TableIndex("notices_by_recipient", "recipient_role", "recipient_key", "notice_id"),
)
"""``notice_id`` counts 1, 2, 3 … in the order of telling; ``revision`` is the version of the clue. A summary of a
load of history is about no clue, and has an id of its own in ``clue_id``.

``created_at`` in UTC, fixed width.
"""

READINGS: Final = Table(
    "notice_readings",
    METADATA,
    Column("notice_id", NUMBER, primary_key=True, autoincrement=False),
    Column("read_at", String(32), nullable=False),
    Column("reader", String(2_000), nullable=False),
)
"""The first reading of each notice, by the name on the token. A rebuild leaves it alone."""


def message_columns() -> tuple[Column[Any], ...]:
    """The columns of a message for a topic, wherever one is kept.

    ``content`` is key, headers and value, sealed where personal.
    """
    return (
        Column("number", NUMBER, primary_key=True),
        Column("topic", String(200), nullable=False),
        Column("partition", Integer),
        Column("sealed", Boolean, nullable=False),
        Column("content", LargeBinary, nullable=False),
        Column("put_at", String(32), nullable=False),
    )
