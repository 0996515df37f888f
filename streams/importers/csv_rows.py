"""CSV with a header line, read by a mapping."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from streams.importers.lines import MAX_LINE_BYTES
from streams.importers.mapping import DeriveId, Mapped, RowReader
from streams.importers.record import Mark, Record, UnusableInput
from streams.intake.prepared import FieldError

_UNREADABLE = FieldError("", "unreadable", "the row is not readable as CSV")
_ENCODING = FieldError("", "encoding", "the row is not text in the encoding of the mapping")
_COLUMNS = FieldError("", "columns", "the row does not have as many cells as the header")
_BYTE_ORDER_MARK = "\ufeff"


def read_csv(stream: BinaryIO, after: Mark, mapping: Mapped, derive_id: DeriveId) -> Iterator[Record]:
    """The rows behind ``after``; raises :class:`UnusableInput` when the header does not fit."""
    csv.field_size_limit(MAX_LINE_BYTES)
    text = _CountedLines(stream, mapping.encoding)
    rows = csv.reader(text, delimiter=mapping.delimiter)
    try:
        header = [name.strip(f"{_BYTE_ORDER_MARK} ") for name in next(rows)]
    except (StopIteration, csv.Error) as error:
        raise UnusableInput("the file has no header line") from error
    reader = RowReader(mapping, header, derive_id)
    return _records(rows, text, header, reader, after)


class _CountedLines:
    """Decoded lines, with the bytes behind the row that is being read."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self.end = 0
        self._row = bytearray()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(MAX_LINE_BYTES + 1)
        if not line:
            raise StopIteration
        self.end += len(line)
        self._row += line
        return line.decode(self._encoding, "surrogateescape")

    def go_to(self, end: int) -> None:
        self._stream.seek(end)
        self.end = end

    def take_row(self) -> bytes:
        """The bytes of the row just read."""
        row = bytes(self._row).strip(b"\r\n")
        self._row.clear()
        return row


def _records(
    rows: Iterator[list[str]], text: _CountedLines, header: list[str], reader: RowReader, after: Mark
) -> Iterator[Record]:
    if after.end:
        text.go_to(after.end)
    text.take_row()
    number = after.number
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error:
            number += 1
            yield Record(number, text.end, text.take_row(), errors=(_UNREADABLE,))
            continue
        raw = text.take_row()
        if not cells:
            continue
        number += 1
        yield _record(Record(number, text.end, raw), cells, header, reader)


def _record(blank: Record, cells: list[str], header: list[str], reader: RowReader) -> Record:
    if len(cells) != len(header):
        return blank._replace(errors=(_COLUMNS,))
    if any("\udc80" <= character <= "\udcff" for cell in cells for character in cell):
        return blank._replace(errors=(_ENCODING,))
    messages, errors = reader.message(dict(zip(header, cells, strict=True)))
    return blank._replace(messages=messages, errors=errors)
