"""A workbook, held in memory as a whole or, where a sheet of it is large, read in pieces."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import islice
from typing import Any, BinaryIO, Final, Protocol
from zipfile import BadZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetMetadata, load_workbook

from streams.importers.archives import BROKEN, open_zip
from streams.importers.compound_files import SIGNATURE, BrokenCompoundFile, check_chains
from streams.importers.large_workbooks import LargeSheet, LargeWorkbook, NotCut, Ranges
from streams.importers.record import UnusableInput

IN_PIECES_FROM: Final = 16 * 1024 * 1024
"""Bytes of a sheet, unpacked. In memory it would take about as many."""
MOST_BYTES: Final = 1024 * 1024 * 1024
"""Unpacked, of what is held in memory as a whole."""
_UNREADABLE: Final = "the file is not readable as a workbook, or is locked by a password"
_MOST_IN_PIECES: Final = 16 * MOST_BYTES


class Sheet(Protocol):
    """``start`` is the first cell with content; rows begin in its column. A row is None where it cannot be read."""

    @property
    def name(self) -> str: ...
    @property
    def start(self) -> tuple[int, int] | None: ...
    @property
    def total_height(self) -> int | None: ...
    @property
    def merged_cell_ranges(self) -> Ranges | None: ...
    def iter_rows(self) -> Iterator[list[Any] | None]: ...


class Workbook(Protocol):
    """The names and kinds of its sheets, and each of them by its name."""

    @property
    def sheets_metadata(self) -> Sequence[SheetMetadata]: ...
    def get_sheet_by_name(self, name: str) -> Sheet: ...


def open_book(stream: BinaryIO, in_pieces_from: int = IN_PIECES_FROM) -> Workbook:
    """Raises :class:`UnusableInput`, as do its sheets while their rows are read."""
    return _Book(stream, in_pieces_from)


def too_large() -> UnusableInput:
    return UnusableInput(f"a workbook may have {MOST_BYTES:,} bytes unpacked; save the table as CSV")


class _Book:
    def __init__(self, stream: BinaryIO, in_pieces_from: int) -> None:
        self._stream = stream
        self._size = _unpacked(stream)
        try:
            self._large = LargeWorkbook(stream) if self._size <= _MOST_IN_PIECES else None
        except NotCut:
            self._large = None
        self._is_large = self._large is not None and self._large.largest_sheet >= in_pieces_from
        book = self._large if self._large and self._is_large else self._whole
        self.sheets_metadata = book.sheets_metadata

    def get_sheet_by_name(self, name: str) -> Sheet:
        try:
            in_pieces = self._large.get_sheet_by_name(name) if self._large else None
        except NotCut:
            in_pieces = None
        if in_pieces is None:
            return self.whole_sheet(name)
        with _unpacking():
            if not (self._is_large or in_pieces.is_sparse):
                # Where one row cannot be read, the library gives none of the sheet; in pieces it gives the others.
                with suppress(UnusableInput):
                    return self.whole_sheet(name)
        return _InPieces(in_pieces, self)

    def whole_sheet(self, name: str) -> CalamineSheet:
        with _reading():
            return self._whole.get_sheet_by_name(name)

    @cached_property
    def _whole(self) -> CalamineWorkbook:
        if self._size > MOST_BYTES:
            raise too_large()
        self._stream.seek(0)
        if self._stream.read(len(SIGNATURE)) == SIGNATURE:
            self._stream.seek(0)
            _check_old(self._stream.read())
        self._stream.seek(0)
        with _reading():
            return load_workbook(self._stream)


class _InPieces:
    """A large sheet; as a whole from the first row on that cannot be cut off."""

    start = (0, 0)

    def __init__(self, sheet: LargeSheet, book: _Book) -> None:
        self.name = sheet.name
        self._sheet = sheet
        self._book = book

    @property
    def total_height(self) -> int | None:
        return self._sheet.total_height

    @property
    def merged_cell_ranges(self) -> Ranges:
        with _unpacking():
            return self._sheet.merged_cell_ranges

    def iter_rows(self) -> Iterator[list[Any] | None]:
        read = 0
        with _unpacking():
            try:
                for cells in self._sheet.iter_rows():
                    read += 1
                    yield cells
            except NotCut:
                whole = self._book.whole_sheet(self.name)
                left = [""] * whole.start[1] if whole.start else []
                yield from (left + cells for cells in islice(whole.iter_rows(), read, None))


@contextmanager
def _unpacking() -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        raise UnusableInput("the workbook is broken: a part of it cannot be unpacked") from error


def _unpacked(stream: BinaryIO) -> int:
    """What is packed small may be large: its parts say how large before they are unpacked."""
    try:
        with open_zip(stream) as parts:
            return sum(part.file_size for part in parts.infolist())
    except BadZipFile:
        return stream.seek(0, 2)
    finally:
        stream.seek(0)


def _check_old(content: bytes) -> None:
    try:
        check_chains(content)
    except BrokenCompoundFile as error:
        raise UnusableInput(_UNREADABLE) from error


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except CalamineError as error:
        raise UnusableInput(_UNREADABLE) from error
    except MemoryError as error:
        raise UnusableInput("the workbook is too large for the memory; save the table as CSV") from error
    except BaseException as error:
        # The library says by it that it was surprised. It is no Exception, and has no name that could be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise UnusableInput(_UNREADABLE) from error
