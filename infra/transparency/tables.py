"""The log's tables, beside the ledger and written in its transactions."""

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, Text

from projections.tables import METADATA

_Number: Final = BigInteger().with_variant(Integer, "sqlite")

TILES: Final = Table(
    "log_tiles",
    METADATA,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("tile", _Number, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)
"""A full tile is written once; of each level only the last one grows."""

CHECKPOINTS: Final = Table(
    "log_checkpoints",
    METADATA,
    Column("size", _Number, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)
"""One signed note for each transaction that recorded something, and one for the empty log."""

COSIGNATURES: Final = Table(
    "log_cosignatures",
    METADATA,
    Column("size", _Number, primary_key=True, autoincrement=False),
    Column("witness", String(500), primary_key=True),
    Column("line", Text, nullable=False),
)
"""What witnesses said about checkpoints: a signature line of the note each."""
