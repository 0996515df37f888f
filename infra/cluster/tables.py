"""What the node that answers questions remembers of the shards."""

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, Table

from projections.tables import METADATA

COLLECTED: Final = Table(
    "collected_notices",
    METADATA,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("notice_id", BigInteger, nullable=False),
)
"""Up to which notice of its own numbers each shard's notices are in the console's inbox."""
