"""Parquet, read by a mapping, one record batch in memory at a time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import pyarrow
import pyarrow.parquet

from streams.importers.mapping import Mapped
from streams.importers.record import Mark, Record, Source, UnusableInput
from streams.importers.row_reader import DeriveId, RowReader
from streams.importers.table_rows import ENCODING, UNREADABLE_CELLS

_BATCH_ROWS = 8_192
_UNREADABLE = (pyarrow.ArrowException, OSError, UnicodeDecodeError)


def open_parquet(file: Path | BinaryIO, after: Mark, mapping: Mapped, derive_id: DeriveId) -> Source:
    """Its marks count rows; raises :class:`UnusableInput`."""
    try:
        table = pyarrow.parquet.ParquetFile(file)
        names = table.schema_arrow.names
    except _UNREADABLE as error:
        raise UnusableInput(f"{file}: not readable as Parquet") from error
    reader = RowReader(mapping, names, derive_id)
    return Source(_records(table, after.end, sorted(mapping.columns), reader), "rows", table.metadata.num_rows)


def _records(table: Any, first: int, columns: list[str], reader: RowReader) -> Iterator[Record]:
    number = 0
    for batch in _batches(table, columns):
        if number + batch.num_rows <= first:
            number += batch.num_rows
            continue
        for row in _rows(_with_microseconds(batch)):
            number += 1
            if number > first:
                yield _record(number, row, reader)


def _batches(table: Any, columns: list[str]) -> Iterator[Any]:
    try:
        yield from table.iter_batches(batch_size=_BATCH_ROWS, columns=columns)
    except _UNREADABLE as error:
        raise UnusableInput("not readable as Parquet: a part of the file is broken") from error


def _rows(batch: Any) -> Iterator[dict[str, Any] | None]:
    """None for a row of which a value has no counterpart here, such as a day in the year 60,000."""
    try:
        yield from batch.to_pylist()
    except (ValueError, OverflowError):
        for place in range(batch.num_rows):
            try:
                yield from batch.slice(place, 1).to_pylist()
            except (ValueError, OverflowError):
                yield None


def _with_microseconds(batch: Any) -> Any:
    """Times in nanoseconds are cut: Python knows none."""
    for place, column in enumerate(batch.schema):
        if pyarrow.types.is_timestamp(column.type) and column.type.unit == "ns":
            cut = batch.column(place).cast(pyarrow.timestamp("us", tz=column.type.tz), safe=False)
            batch = batch.set_column(place, column.name, cut)
    return batch


def _record(number: int, row: dict[str, Any] | None, reader: RowReader) -> Record:
    if row is None:
        return Record(number, number, b"{}", errors=(UNREADABLE_CELLS,))
    try:
        row = {name: cell.decode() if isinstance(cell, bytes) else cell for name, cell in row.items()}
        messages, errors = reader.message(row)
    except UnicodeDecodeError:
        messages, errors = (), (ENCODING,)
    raw = msgspec.json.encode(row, enc_hook=str) if errors else b""
    return Record(number, number, raw, messages, errors)
