"""Up to where the loads of history have been summarised, place by place."""

from collections.abc import Iterable

from sqlalchemy import BigInteger, Column, Connection, String, Table, delete, insert, select

from projections.tables import METADATA

LOADS_SUMMARISED = Table(
    "loads_summarised",
    METADATA,
    Column("place", String(210), primary_key=True),
    Column("through", BigInteger, nullable=False),
)
"""``through`` is the ledger position of the last message that a summary of the place has counted."""


def summarised_through(connection: Connection, place: str) -> int:
    """0 before the first summary."""
    query = select(LOADS_SUMMARISED.c.through).where(LOADS_SUMMARISED.c.place == place)
    return connection.execute(query).scalar() or 0


def put_summarised(connection: Connection, place: str, positions: Iterable[int]) -> None:
    """The messages at these positions have been counted."""
    connection.execute(delete(LOADS_SUMMARISED).where(LOADS_SUMMARISED.c.place == place))
    connection.execute(insert(LOADS_SUMMARISED), {"place": place, "through": max(positions)})
