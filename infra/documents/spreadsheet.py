"""CSV for people's spreadsheets: no cell is ever taken for a formula."""

import codecs
import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from itertools import chain, islice
from typing import Any, Final

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ROWS_AT_ONCE: Final = 1_000


def csv_file(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """In UTF-8 with the mark by which spreadsheets know it; None is an empty cell."""
    lines = chain([header], ([neutral(cell) for cell in row] for row in rows))
    pieces = [codecs.BOM_UTF8]
    # In parts, for encoding a long text in one go would hold up other threads.
    while part := list(islice(lines, _ROWS_AT_ONCE)):
        text = StringIO()
        csv.writer(text).writerows(part)
        pieces.append(text.getvalue().encode())
    return b"".join(pieces)


def neutral(cell: Any) -> Any:
    """A text that a spreadsheet would calculate is made a text by an apostrophe before it."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA_STARTS) else cell
