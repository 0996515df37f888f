"""Opens an input by its format, which its name or its beginning tells where nobody says."""

import gzip
import json
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, cast

from streams.importers import csv_rows, ndjson, ocds
from streams.importers.mapping import DeriveId, Mapped
from streams.importers.record import BEGINNING, Mark, Source, UnusableInput

_BEGINNING_BYTES = 65_536
_NOT_READ = (".xlsx", ".xls", ".xlsm", ".et", ".ods", ".zip", ".rar", ".7z", ".pdf", ".doc", ".docx")
MAX_DOCUMENT_BYTES = 256 * 1024 * 1024


class FileFormat(StrEnum):
    NDJSON = "ndjson"
    CSV = "csv"
    PARQUET = "parquet"
    OCDS = "ocds"


def format_of(file: Path) -> FileFormat:
    """By the name, and for JSON by what the first line holds."""
    name = file.name.lower().removesuffix(".gz")
    if name.endswith(_NOT_READ):
        raise UnusableInput(f"{file}: files of this kind are not read; save the table as CSV")
    if name.endswith(".csv"):
        return FileFormat.CSV
    if name.endswith(".parquet"):
        return FileFormat.PARQUET
    with opened_file(file) as stream:
        beginning = stream.read(_BEGINNING_BYTES)
    is_ocds = b'"ocid"' in beginning and b'"specversion"' not in beginning
    return FileFormat.OCDS if is_ocds else FileFormat.NDJSON


def open_input(
    file: Path,
    format: FileFormat,
    *,
    mapping: Mapped | None,
    derive_id: DeriveId,
    closing: ExitStack,
    after: Mark = BEGINNING,
) -> Source:
    """The records of ``file`` behind ``after``; raises :class:`UnusableInput`."""
    if format is FileFormat.PARQUET:
        from streams.importers.parquet_rows import open_parquet

        return open_parquet(file, after, _needed(mapping, format), derive_id)
    stream = closing.enter_context(opened_file(file))
    total = None if file.name.lower().endswith(".gz") else file.stat().st_size
    if format is FileFormat.OCDS and is_one_document(stream):
        content = stream.read(MAX_DOCUMENT_BYTES)
        return Source(ocds.read_ocds_document(content), "B", total)
    return open_stream(stream, format, mapping=mapping, derive_id=derive_id, after=after, total=total)


def open_stream(
    stream: BinaryIO,
    format: FileFormat,
    *,
    mapping: Mapped | None,
    derive_id: DeriveId,
    after: Mark = BEGINNING,
    total: int | None = None,
) -> Source:
    """As :func:`open_input`, for what is already open, such as standard input."""
    match format:
        case FileFormat.NDJSON:
            records = ndjson.read_ndjson(stream, after)
        case FileFormat.OCDS:
            records = ocds.read_ocds(stream, after)
        case FileFormat.CSV:
            records = csv_rows.read_csv(stream, after, _needed(mapping, format), derive_id)
        case FileFormat.PARQUET:
            raise UnusableInput("Parquet is read from a file, not from a stream")
    return Source(records, "B", total)


def _needed(mapping: Mapped | None, format: FileFormat) -> Mapped:
    if mapping is None:
        raise UnusableInput(f"{format} needs a mapping of its columns (--mapping FILE.toml)")
    return mapping


def opened_file(file: Path) -> BinaryIO:
    """Opened for reading, unpacked where the name ends in ``.gz``; raises :class:`UnusableInput`."""
    try:
        if file.name.lower().endswith(".gz"):
            return cast(BinaryIO, gzip.open(file, "rb"))
        return file.open("rb")
    except OSError as error:
        raise UnusableInput(f"{file}: cannot be read ({error.strerror})") from error


def is_one_document(stream: BinaryIO) -> bool:
    """Whether the JSON runs over many lines instead of standing in one."""
    first = stream.readline(MAX_DOCUMENT_BYTES)
    stream.seek(0)
    try:
        json.loads(first)
    except ValueError:
        return True
    return False
