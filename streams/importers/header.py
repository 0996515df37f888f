"""The header of a table: the first row near the beginning that names all columns which are looked for."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from domain.artefacts import visible
from streams.importers.record import UnusableInput

HEADER_WITHIN: Final = 20
"""Title rows may stand above the header, but not more."""

Missing: TypeAlias = Callable[[Sequence[str]], Collection[str]]
"""The columns that are looked for and that a row of folded cells does not name."""


class NoHeader(UnusableInput):
    """No row near the beginning names all columns; ``missing`` are those that the best row lacks."""

    def __init__(self, missing: Sequence[str], read_as: str, *, is_empty: bool = False) -> None:
        lacking = f"the mapping reads columns that the file does not have: {', '.join(missing)} (read as {read_as})"
        super().__init__("the file has no header line" if is_empty else lacking)
        self.missing = tuple(missing)
        self.read_as = read_as


@dataclass(frozen=True, slots=True)
class TableForm:
    """How a table was read: what is told to people, and what a table of its refused rows is made of.

    ``header`` is the header row as it stands in the file; of a workbook, its cells as JSON. ``encoding``,
    ``delimiter`` and ``line_break`` are of CSV, ``sheet`` is of a workbook.
    """

    header: bytes
    header_row: int
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    line_break: str = "\n"


def folded(cell: Any) -> str:
    """The name of a column without what cannot be seen: blanks, line breaks, full width, zero width."""
    text = cell if isinstance(cell, str) else ""
    if text.isalnum():
        return unicodedata.normalize("NFKC", text)
    return "".join(visible(unicodedata.normalize("NFKC", text)).split())


def filled(header: Sequence[str], above: Sequence[str]) -> tuple[str, ...]:
    """A header over two rows: what stands above an empty cell is its name, as where both are merged into one."""
    named = (name or (above[place] if place < len(above) else "") for place, name in enumerate(header))
    return tuple(named)


def missing_columns(columns: Iterable[str]) -> Missing:
    """Which of ``columns`` a row does not name, in order."""
    wanted = {folded(name): name for name in sorted(columns)}

    def missing(cells: Sequence[str]) -> list[str]:
        named = set(cells)
        return [name for fold, name in wanted.items() if fold not in named]

    return missing


def places(cells: Sequence[str], columns: Iterable[str]) -> dict[str, int]:
    """Where each of ``columns`` stands in the folded header; raises :class:`UnusableInput` where one stands twice."""
    counted = Counter(cells)
    wanted = {name: folded(name) for name in sorted(columns)}
    twice = [name for name, fold in wanted.items() if counted[fold] > 1]
    if twice:
        raise UnusableInput(f"the file has a column that the mapping reads more than once: {', '.join(twice)}")
    return {name: cells.index(fold) for name, fold in wanted.items()}


def width_of(cells: Sequence[str]) -> int:
    """How many cells a row has up to the last column with a name."""
    return max((place for place, name in enumerate(cells, 1) if name), default=0)
