"""The two tables of an index, and how entries are stored in them."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from sqlalchemy import DDL, BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, event

from projections.index.shape import Keys, Values

RowNumber = BigInteger().with_variant(Integer(), "sqlite")


class RunState(StrEnum):
    """The state of a run; only live runs are read."""

    LIVE = "live"
    BUILDING = "building"
    """The result of a merge in progress; a restart begins the merge again."""
    DEAD = "dead"
    """Merged into another run; its segments are deleted bit by bit."""


# PostgreSQL would try to compress the blobs. Hashes hardly shrink, and trying took two fifths of its
# time for a batch, so it stores them as they are.
_AS_THEY_ARE = DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy gives it no types
    "ALTER TABLE %(fullname)s ALTER COLUMN entry_keys SET STORAGE EXTERNAL,"
    " ALTER COLUMN entry_values SET STORAGE EXTERNAL"
).execute_if(dialect="postgresql")


@dataclass(frozen=True, slots=True)
class IndexTables:
    """The tables of one index: ``runs``, and the ``segments`` they consist of."""

    runs: Table
    segments: Table

    @classmethod
    def named(cls, name: str, metadata: MetaData) -> "IndexTables":
        """Define the tables of the index ``name`` on ``metadata``."""
        runs = Table(
            f"{name}_runs",
            metadata,
            Column("run_id", RowNumber, primary_key=True, autoincrement=False),
            Column("level", Integer, nullable=False),
            Column("state", String(8), nullable=False),
        )
        segments = Table(
            f"{name}_segments",
            metadata,
            Column("segment_id", RowNumber, primary_key=True, autoincrement=False),
            Column("run_id", BigInteger, nullable=False),
            Column("first_key", BigInteger, nullable=False),
            Column("last_key", BigInteger, nullable=False),
            Column("entries", Integer, nullable=False),
            Column("entry_keys", LargeBinary, nullable=False),
            Column("entry_values", LargeBinary, nullable=False),
        )
        # The rows hold blobs of many kilobytes. With this index, the segments of a look-up are found
        # and entries are counted without reading them.
        Index(f"{name}_fences", *(segments.c[column] for column in ("run_id", "first_key", "last_key", "entries")))
        event.listen(segments, "after_create", _AS_THEY_ARE)
        return cls(runs, segments)


def sortable(key: int) -> int:
    """An unsigned 64-bit key as a signed number in the same order: databases have no unsigned integers."""
    return key - (1 << 63)


# Blobs are little-endian on every machine, so that a data folder can move to another one.
def keys_blob(keys: Keys) -> bytes:
    return keys.astype("<u8", copy=False).tobytes()


def values_blob(values: Values) -> bytes:
    return values.astype("<i8", copy=False).tobytes()


def keys_of_blob(blob: bytes) -> Keys:
    return np.frombuffer(blob, "<u8").astype(np.uint64, copy=False)


def values_of_blob(blob: bytes) -> Values:
    return np.frombuffer(blob, "<i8").astype(np.int64, copy=False)
