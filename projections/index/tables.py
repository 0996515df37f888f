"""The two tables of an index, and how entries look in them."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from sqlalchemy import DDL, BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, event

from projections.index.shape import Keys, Values

RowNumber = BigInteger().with_variant(Integer(), "sqlite")


class RunState(StrEnum):
    LIVE = "live"
    BUILDING = "building"
    """A merge in progress; nobody reads it, and a restart begins it anew."""
    DEAD = "dead"
    """Merged into another run; its segments are deleted bit by bit."""


# Trying to compress what hardly shrinks took PostgreSQL two fifths of its time for a batch.
_AS_THEY_ARE = DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy gives it no types
    "ALTER TABLE %(fullname)s ALTER COLUMN entry_keys SET STORAGE EXTERNAL,"
    " ALTER COLUMN entry_values SET STORAGE EXTERNAL"
).execute_if(dialect="postgresql")


@dataclass(frozen=True, slots=True)
class IndexTables:
    runs: Table
    segments: Table

    @classmethod
    def named(cls, name: str, metadata: MetaData) -> "IndexTables":
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
        Index(f"{name}_fences", *(segments.c[column] for column in ("run_id", "first_key", "last_key", "entries")))
        event.listen(segments, "after_create", _AS_THEY_ARE)
        return cls(runs, segments)


def sortable(key: int) -> int:
    """An unsigned 64-bit key as a signed one of the same order, which every database can compare."""
    return key - (1 << 63)


def keys_blob(keys: Keys) -> bytes:
    return keys.astype("<u8", copy=False).tobytes()


def values_blob(values: Values) -> bytes:
    return values.astype("<i8", copy=False).tobytes()


def keys_of_blob(blob: bytes) -> Keys:
    return np.frombuffer(blob, "<u8").astype(np.uint64, copy=False)


def values_of_blob(blob: bytes) -> Values:
    return np.frombuffer(blob, "<i8").astype(np.int64, copy=False)
