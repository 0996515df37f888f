"""Large sheets of XLSX files, read in pieces: each becomes a small workbook, and memory does not grow with the sheet.

What a cell says is read by the same library as in a small workbook. Here the sheet is only cut between its rows, and
each piece gets those of the shared texts that it needs. A row that cannot be read costs only itself.
"""

import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from io import BytesIO
from itertools import chain
from typing import Any, BinaryIO, Final, TypeAlias
from zipfile import ZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetMetadata, load_workbook

from streams.importers.archives import BROKEN, LOCKED, open_zip

Rows: TypeAlias = Iterator[tuple[int, list[Any] | None]]
"""Numbers of rows with their cells from the first column on; None where they cannot be read."""
Ranges: TypeAlias = Sequence[tuple[tuple[int, int], tuple[int, int]]]

_PIECE: Final = 1024 * 1024
_MOST_TEXTS: Final = 1024 * 1024 * 1024
_MOST_BESIDES: Final = 64 * 1024 * 1024
_SHEET: Final = re.compile(r"(?:^|/)worksheets/[^/]+\.xml", re.IGNORECASE)
_TEXTS: Final = re.compile(r"(?:^|/)sharedstrings\.xml", re.IGNORECASE)
_STRUCTURE: Final = re.compile(r"(?:^|/)(?:workbook|styles|\[Content_Types\])\.xml|\.rels$", re.IGNORECASE)
_DATA: Final = re.compile(rb"<(\w+:)?sheetData\b[^>]*?(/?)>")
_DIMENSION: Final = re.compile(rb"<(?:\w+:)?dimension\b[^>]*\bref=\"[A-Z]+\d+:[A-Z]+(\d+)\"")
_MERGED: Final = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*\bref=\"([A-Z]+)(\d+):([A-Z]+)(\d+)\"")
_TEXT: Final = re.compile(rb"<(?:\w+:)?si\b")
_TABLE_OF_TEXTS: Final = re.compile(rb"<(?:\w+:)?sst\b[^>]*>")
_MOST_CELLS: Final = 5_000_000
_WIDE: Final = ((re.compile(rb'\br="[A-Z]{3}\d'), 16_384), (re.compile(rb'\br="[A-Z]{2}\d'), 702))
_UNUSUAL: Final = (b"<!", b"='s'", b"= 's'", b'= "s"', b' ="s"')
"""XML that is not cut by searching: comments, CDATA, and other spellings of the type of a shared text."""
_PROBE: Final = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    '<c r="A1" t="inlineStr"><is><t>{}</t></is></c></row></sheetData></worksheet>'
)


class NotCut(ValueError):
    """The workbook is not written in a way in which its sheets can be cut."""


class LargeWorkbook:
    """As python-calamine's workbook; raises :class:`NotCut` where it cannot be read in pieces."""

    def __init__(self, stream: BinaryIO, piece_bytes: int = _PIECE) -> None:
        self.piece_bytes = piece_bytes
        try:
            self._packed = open_zip(stream)
            sizes = {part.filename: part.file_size for part in self._packed.infolist()}
            self._sheets = {name: size for name, size in sizes.items() if _SHEET.search(name)}
            self._texts_part = next((name for name in sizes if _TEXTS.search(name)), "")
            structure = [name for name in sizes if _STRUCTURE.search(name)]
            if not self._sheets or sum(sizes[name] for name in structure) > _MOST_BESIDES:
                raise NotCut
            if sizes.get(self._texts_part, 0) > _MOST_TEXTS:
                raise NotCut
            self._structure = {name: self._packed.read(name) for name in structure}
            self._probe = self._small({name: _PROBE.format(name).encode() for name in self._sheets}, {})
        except (CalamineError, *BROKEN, *LOCKED) as error:
            raise NotCut from error
        named = {sheet.name: self._part_of(sheet.name) for sheet in self._probe.sheets_metadata}
        self._parts = {name: part for name, part in named.items() if part}

    @property
    def largest_sheet(self) -> int:
        """Its bytes, unpacked."""
        return max(self._sheets.values(), default=0)

    @property
    def sheets_metadata(self) -> list[SheetMetadata]:
        return self._probe.sheets_metadata

    def get_sheet_by_name(self, name: str) -> "LargeSheet":
        if name not in self._parts:
            raise NotCut
        return LargeSheet(self, name)

    def part(self, sheet: str) -> BinaryIO:
        """The XML of a sheet."""
        return self._packed.open(self._parts[sheet])  # type: ignore[return-value]

    def read(self, sheet: str, content: bytes, texts: bytes) -> CalamineSheet:
        """A sheet of this content, with no texts but these; raises CalamineError."""
        others = dict.fromkeys(self._sheets, _PROBE.format("").encode())
        small = self._small({**others, self._parts[sheet]: content}, {self._texts_part: texts} if texts else {})
        return small.get_sheet_by_name(sheet)

    @cached_property
    def texts(self) -> "SharedTexts":
        if not self._texts_part:
            return SharedTexts(bytearray())
        # Room for all of it at once: read in one go, it would be in memory twice.
        content = bytearray(self._packed.getinfo(self._texts_part).file_size)
        with self._packed.open(self._texts_part) as part:
            place = 0
            while block := part.read(_PIECE):
                content[place : place + len(block)] = block
                place += len(block)
        return SharedTexts(content)

    def _part_of(self, sheet: str) -> str:
        """The part of the file that is this sheet: in the probe, each has its own name as its only cell."""
        try:
            ((part,),) = self._probe.get_sheet_by_name(sheet).to_python()
        except (CalamineError, ValueError):
            return ""
        return str(part)

    def _small(self, sheets: Mapping[str, bytes], texts: Mapping[str, bytes]) -> CalamineWorkbook:
        packed = BytesIO()
        with ZipFile(packed, "w") as parts:
            for name, content in chain(self._structure.items(), sheets.items(), texts.items()):
                parts.writestr(name, content)
        packed.seek(0)
        return load_workbook(packed)


class SharedTexts:
    """The texts of a workbook, which its cells name by number; raises :class:`NotCut`."""

    def __init__(self, content: bytearray) -> None:
        begins = _TABLE_OF_TEXTS.search(content)
        if b"<!" in content or (content and begins is None):
            raise NotCut
        self._content = content
        self._head = bytes(content[: begins.end()]) if begins else b""
        self._places = array("I", (found.start() for found in _TEXT.finditer(content)))
        end = content.rfind(b"</")
        self._tail = bytes(content[end:])
        self._places.append(end if self._places else 0)

    def of(self, numbers: Sequence[bytes]) -> bytes:
        """A table of these texts alone, in this order; one that is missing is at no place of it."""
        places, last = self._places, len(self._places) - 1
        kept = [self._content[places[n] : places[n + 1]] for each in numbers if (n := int(each)) < last]
        return b"".join((self._head, *kept, self._tail))

    def __contains__(self, number: bytes) -> bool:
        return int(number) < len(self._places) - 1


class LargeSheet:
    """As python-calamine's sheet. Its rows are those of the file, from the first column on."""

    start = (0, 0)

    def __init__(self, workbook: LargeWorkbook, name: str) -> None:
        self.name = name
        self._workbook = workbook
        self._head, self._prefix = self._beginning()
        cell, value = self._prefix + b"c", self._prefix + b"v"
        self._shared = re.compile(rb'(<%b\b(?=[^>]*\bt="s")[^>]*>\s*<%b>)\s*(\d+)\s*(?=</%b>)' % (cell, value, value))
        self._row = re.compile(rb'<%brow\b(?:[^>]*?\s)?r="(\d+)"' % self._prefix)

    @property
    def total_height(self) -> int | None:
        """How many rows the file says that there are; it may be wrong, or not say it."""
        found = _DIMENSION.search(self._head)
        return int(found[1]) if found else None

    @cached_property
    def merged_cell_ranges(self) -> Ranges:
        """They stand behind the rows."""
        end, tail = b"</%bsheetData>" % self._prefix, b""
        with self._workbook.part(self.name) as stream:
            while block := stream.read(_PIECE):
                tail += block
                place = tail.find(end)
                if place >= 0:
                    return [_range(found) for found in _MERGED.finditer(tail[place:] + stream.read(_MOST_BESIDES))]
                tail = tail[-len(end) :]
        return ()

    @property
    def is_sparse(self) -> bool:
        """As :meth:`_is_sparse`, of the whole sheet."""
        with self._workbook.part(self.name) as stream:
            content = stream.read()
        found = self._row.search(content)
        return found is not None and self._is_sparse(content, int(found[1]))

    def iter_rows(self) -> Iterator[list[Any] | None]:
        """Each row from the first, also those that the file leaves out; raises :class:`NotCut`."""
        expected, width = 1, 0
        for piece in self._pieces():
            for number, cells in self._read(piece):
                for _ in range(expected, number):
                    yield []
                expected, width = number + 1, max(width, len(cells or ()))
                yield None if cells is None else cells + [""] * (width - len(cells))

    def _beginning(self) -> tuple[bytes, bytes]:
        """What stands before the rows, and the prefix of the names of the elements."""
        try:
            with self._workbook.part(self.name) as stream:
                begun = stream.read(_PIECE)
        except (*BROKEN, *LOCKED) as error:
            raise NotCut from error
        found = _DATA.search(begun)
        if found is None or b"<!" in begun[: found.end()]:
            raise NotCut
        return begun[: found.end()], found[1] or b""

    def _pieces(self) -> Iterator[bytes]:
        """Whole rows."""
        row_end, end = b"</%brow>" % self._prefix, b"</%bsheetData>" % self._prefix
        waiting = b""
        with self._workbook.part(self.name) as stream:
            stream.read(len(self._head))
            while block := stream.read(self._workbook.piece_bytes):
                waiting += block
                place = waiting.find(end)
                if place >= 0:
                    yield waiting[:place]
                    return
                cut = waiting.rfind(row_end)
                if cut >= 0:
                    yield waiting[: cut + len(row_end)]
                    waiting = waiting[cut + len(row_end) :]
                elif len(waiting) > _MOST_BESIDES:
                    raise NotCut

    def _read(self, piece: bytes) -> Rows:
        begins = piece.find(b"<%brow" % self._prefix)
        if begins < 0:
            return
        found = self._row.match(piece, begins)
        if found is None or any(each in piece for each in _UNUSUAL):
            raise NotCut
        try:
            sheet = None if self._is_sparse(piece, int(found[1])) else self._small(piece)
        except CalamineError:
            sheet = None
        if sheet is None:
            yield from self._read_apart(piece, int(found[1]))
            return
        if sheet.start is None:
            return
        left = [""] * sheet.start[1]
        for number, cells in enumerate(sheet.to_python(), sheet.start[0] + 1):
            yield number, left + cells

    def _is_sparse(self, piece: bytes, first: int) -> bool:
        """Whether it has so few of the cells between its corners that the library would take memory for nothing."""
        last = self._row.match(piece, piece.rfind(b"<%brow" % self._prefix))
        columns = next((most for cell, most in _WIDE if cell.search(piece)), 26)
        rows = int(last[1]) - first + 1 if last else 1
        return rows > 1 and rows * columns > _MOST_CELLS

    def _read_apart(self, piece: bytes, number: int) -> Rows:
        """Each half by itself, until the row is found that cannot be read."""
        rows = [found.start() for found in self._row.finditer(piece)]
        if len(rows) < 2:
            yield number, None
            return
        middle = rows[len(rows) // 2]
        yield from self._read(piece[:middle])
        yield from self._read(piece[middle:])

    def _small(self, piece: bytes) -> CalamineSheet:
        texts = self._workbook.texts
        parts = self._shared.split(piece)
        if len(parts) // 3 != piece.count(b't="s"'):
            raise NotCut
        numbers = list(dict.fromkeys(parts[2::3]))
        kept = [each for each in numbers if each in texts]
        # A text that is missing stays so, behind all others: the library then refuses the row.
        places = {each: b"%d" % place for place, each in enumerate(kept)}
        missing = b"%d" % len(kept)
        parts[2::3] = [places.get(each, missing) for each in parts[2::3]]
        ends = b"</%bsheetData></%bworksheet>" % (self._prefix, self._prefix)
        return self._workbook.read(self.name, b"".join((self._head, *parts, ends)), texts.of(kept))


def _range(found: re.Match[bytes]) -> tuple[tuple[int, int], tuple[int, int]]:
    left, top, right, bottom = found.groups()
    return (int(top) - 1, _column(left)), (int(bottom) - 1, _column(right))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number - 1
