"""Opens an input by its format, which its name or its beginning tells where nobody says."""

import gzip
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, cast

from streams.importers import csv_rows, ndjson, ocds
from streams.importers.archives import BROKEN, LOCKED, InputFile, ZipMember, members
from streams.importers.mapping import Mapped
from streams.importers.record import BEGINNING, Mark, Record, Source, UnusableInput
from streams.importers.row_reader import DeriveId

_BEGINNING_BYTES = 65_536
_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_NOT_READ = (".et", ".zip", ".rar", ".7z", ".tar", ".pdf", ".doc", ".docx")
_TEXTS = (".csv", ".tsv", ".txt")
_PACKED_WORKBOOK, _OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_PAGES = (b"<!doctype html", b"<html", b"<table", b"<meta", b"<?xml")


class FileFormat(StrEnum):
    NDJSON = "ndjson"
    CSV = "csv"
    PARQUET = "parquet"
    OCDS = "ocds"
    SPREADSHEET = "spreadsheet"


def inputs_of(file: Path) -> list[InputFile]:
    """The file itself, or the files in it where it is a zip file; raises :class:`UnusableInput`."""
    return [*members(file)] if file.name.lower().endswith(".zip") else [file]


def format_of(file: InputFile) -> FileFormat:
    """By the name and by how the file begins: much that is called ``.xls`` is text, and the other way round."""
    name = file.name.lower().removesuffix(".gz")
    if name.endswith(_NOT_READ):
        raise UnusableInput(f"{file}: files of this kind are not read; save the table as CSV")
    if name.endswith(".parquet"):
        return FileFormat.PARQUET
    beginning = _beginning(file)
    if name.endswith((*_WORKBOOKS, *_TEXTS)):
        return _table_format(file, beginning)
    # In UTF-16 a zero stands beside each of these letters.
    beginning = beginning.replace(b"\0", b"")
    is_ocds = b'"ocid"' in beginning and b'"specversion"' not in beginning
    return FileFormat.OCDS if is_ocds else FileFormat.NDJSON


def _beginning(file: InputFile) -> bytes:
    with _unpacking(file), opened_file(file) as stream:
        return stream.read(_BEGINNING_BYTES)


@contextmanager
def _unpacking(file: InputFile) -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        raise UnusableInput(f"{file}: cannot be unpacked, it is broken") from error


def _table_format(file: InputFile, beginning: bytes) -> FileFormat:
    if beginning.startswith((_PACKED_WORKBOOK, _OLD_WORKBOOK)):
        return FileFormat.SPREADSHEET
    if beginning.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_PAGES):
        raise UnusableInput(f"{file}: a web page under the name of a table; open it and save it as XLSX or CSV")
    return FileFormat.CSV


def open_input(
    file: InputFile,
    format: FileFormat,
    *,
    mapping: Mapped | None,
    derive_id: DeriveId,
    closing: ExitStack,
    after: Mark = BEGINNING,
) -> Source:
    """The records of ``file`` behind ``after``; raises :class:`UnusableInput`, also while they are read."""
    with _unpacking(file):
        source = _opened(file, format, mapping, derive_id, closing, after)
    return replace(source, records=_unpacked(source.records, file))


def _unpacked(records: Iterator[Record], file: InputFile) -> Iterator[Record]:
    with _unpacking(file):
        yield from records


def _opened(
    file: InputFile,
    format: FileFormat,
    mapping: Mapped | None,
    derive_id: DeriveId,
    closing: ExitStack,
    after: Mark,
) -> Source:
    if format is FileFormat.PARQUET:
        from streams.importers.parquet_rows import open_parquet

        return open_parquet(_parquet(file, closing), after, _needed(mapping, format), derive_id)
    stream = closing.enter_context(opened_file(file))
    if format is FileFormat.SPREADSHEET:
        from streams.importers.workbook_rows import open_workbook, whole

        return open_workbook(stream if _is_plain(file) else whole(stream), after, _needed(mapping, format), derive_id)
    total = _size(file) if not file.name.lower().endswith(".gz") else None
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
            return csv_rows.open_csv(stream, after, _needed(mapping, format), derive_id, total)
        case FileFormat.SPREADSHEET:
            from streams.importers.workbook_rows import open_workbook, whole

            return open_workbook(whole(stream), after, _needed(mapping, format), derive_id)
        case FileFormat.PARQUET:
            raise UnusableInput("Parquet is read from a file, not from a stream")
    return Source(records, "B", total)


def _needed(mapping: Mapped | None, format: FileFormat) -> Mapped:
    if mapping is None:
        raise UnusableInput(f"{format} needs a mapping of its columns (--mapping FILE.toml)")
    return mapping


def _is_plain(file: InputFile) -> bool:
    """Whether one can go back in it at no cost."""
    return isinstance(file, Path) and not file.name.lower().endswith(".gz")


def _size(file: InputFile) -> int:
    return file.size if isinstance(file, ZipMember) else file.stat().st_size


def _parquet(file: InputFile, closing: ExitStack) -> Path | BinaryIO:
    return file if isinstance(file, Path) else closing.enter_context(opened_file(file))


def opened_file(file: InputFile) -> BinaryIO:
    """Opened for reading, unpacked where the name ends in ``.gz``; raises :class:`UnusableInput`."""
    try:
        plain = file.open_bytes() if isinstance(file, ZipMember) else file.open("rb")
        if file.name.lower().endswith(".gz"):
            return cast(BinaryIO, _Unpacked(plain))
        return plain
    except BROKEN as error:
        raise UnusableInput(f"{file}: cannot be unpacked, it is broken") from error
    except LOCKED as error:
        raise UnusableInput(f"{file}: packed in an unknown way, or locked by a password") from error
    except OSError as error:
        raise UnusableInput(f"{file}: cannot be read ({error.strerror})") from error


class _Unpacked(gzip.GzipFile):
    """Closes what it reads from."""

    def __init__(self, packed: BinaryIO) -> None:
        super().__init__(fileobj=packed, mode="rb")
        self._packed = packed

    def close(self) -> None:
        super().close()
        self._packed.close()
