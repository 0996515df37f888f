"""A mapping found by itself: which column is which field, how sure that is, and what is missing."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from streams.importers.cells import CellError, cell_text, cell_value
from streams.importers.header import folded
from streams.importers.known_headers import KNOWN_TABLES, ROW_IDS, TIME, KnownField, KnownTable

EXACT: Final = 0.95
_WITH_ADDITION: Final = 0.8
_CONTAINED: Final = 0.6
_DOUBTED: Final = 0.5
"""Of the confidence, where the cells do not look like the field."""
FEWEST_KNOWN: Final = 3
"""A row that names fewer known columns is no header."""
_ADDITION: Final = re.compile(r"\([^()]*\)|[*:]")
_PERSONAL: Final = re.compile(r"(^|\.)(id_number|name|handler)$")
_ID_NUMBER: Final = re.compile(r"[0-9]{17}[0-9Xx]|[0-9]{15}|[A-Z][A-Z0-9]{6,17}")
_ALL_NAMES: Final = frozenset(
    folded(name) for table in KNOWN_TABLES.values() for known in table.fields.values() for name in known.columns
)


@dataclass(frozen=True, slots=True)
class ColumnFound:
    """``sample`` is masked. ``unknown_values`` is how many rows of the sample say what no known value is."""

    field: str
    column: str
    confidence: float
    sample: tuple[str, ...]
    unknown_values: int = 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``type`` with its ``confidence``; ``missing`` are needed fields without a column, ``unread`` the columns left."""

    type: str
    confidence: float
    columns: tuple[ColumnFound, ...]
    missing: tuple[str, ...]
    unread: tuple[str, ...]
    constants: Mapping[str, str]
    row_id: str | None

    def as_toml(self, source: str, **reading: str | int) -> str:
        """The mapping file. What is missing stands there as a comment."""
        known = KNOWN_TABLES[self.type]
        found = {each.field: each.column for each in self.columns}
        fields = [each for each in self.columns if each.field != TIME]
        lines = [f"type = {_text(self.type)}", f"source = {_text(source)}"]
        lines += [f"id = {_text(self.row_id)}"] if self.row_id else []
        lines += [
            f"time = {_text(found[known.time])}" if known.time in found else "# time = the column that is missing"
        ]
        lines += [f"together = {_text(known.together)}"] if known.together else []
        lines += [f"{key} = {_text(value)}" for key, value in reading.items() if value]
        lines += ["", "[fields]"]
        lines += [f"{_text(each.field)} = {_origin(each.column, known.fields[each.field])}" for each in fields]
        lines += [f"{_text(field)} = {{ constant = {_text(value)} }}" for field, value in self.constants.items()]
        lines += [f"# {_text(field)} = the column or constant that is missing" for field in self.missing]
        return "\n".join(lines) + "\n"


def lacks_a_header(cells: Sequence[str]) -> list[str]:
    """What a row of folded cells lacks to be the header of a table that is known: nothing where it names enough."""
    known = {_plain(cell) for cell in cells} & _ALL_NAMES
    return [] if len(known) >= FEWEST_KNOWN else ["known columns"]


def suggested(header: Sequence[str], rows: Sequence[Sequence[Any]], type: str | None = None) -> Suggestion:
    """The kind of fact that fits best, or the one that is asked for."""
    kinds = [type] if type else list(KNOWN_TABLES)
    found = max((_suggested(kind, header, rows) for kind in kinds), key=lambda each: each.confidence)
    beyond = [kind for kind in kinds if KNOWN_TABLES[kind].beyond == found.type]
    whole = (each for kind in beyond if not (each := _suggested(kind, header, rows)).missing)
    return next(whole, found)


def _suggested(kind: str, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Suggestion:
    table = KNOWN_TABLES[kind]
    names = {place: name for place, cell in enumerate(header) if (name := folded(cell))}
    claims = sorted(
        ((_confidence(names[place], known, [row[place] for row in rows if place < len(row)]), -place, field)
         for field, known in table.fields.items() for place in names),
        reverse=True,
    )  # fmt: skip
    taken: dict[str, tuple[int, float]] = {}
    for confidence, negative, field in claims:
        if confidence > 0 and field not in taken and -negative not in {place for place, _ in taken.values()}:
            taken[field] = (-negative, confidence)
    _person_or_firm(taken, names)
    columns = tuple(_column(field, table, header, rows, *taken[field]) for field in table.fields if field in taken)
    is_fund = kind == "insurance-paid" and any("公积金" in name or "缴存" in name for name in names.values())
    constants = {"scheme": "housing-fund"} if is_fund and "scheme" not in taken else {}
    needed = [field for field, known in table.fields.items() if known.needed]
    missing = tuple(field for field in needed if field not in taken and field not in constants)
    sure = sum(taken[field][1] for field in needed if field in taken) + EXACT * len(constants)
    ids = [cell for cell in header if folded(cell) in ROW_IDS]
    read = {header[place] for place, _ in taken.values()}
    unread = tuple(name for name in header if folded(name) and name not in read)
    row_id = ids[0] if len(ids) == 1 and _tells_rows_apart(header.index(ids[0]), rows) else None
    return Suggestion(kind, round(sure / len(needed), 2), columns, missing, unread, constants, row_id)


def _person_or_firm(taken: dict[str, tuple[int, float]], names: Mapping[int, str]) -> None:
    """A certificate is held by a person, where a column has ID numbers, or by a firm: by one of them."""
    if "holder.id_number" not in taken:
        return
    taken.pop("holder.uscc", None)
    people = KNOWN_TABLES["insurance-paid"].fields["person.name"]
    for place, name in names.items():
        if name in people.columns:
            taken["holder.name"] = (place, EXACT)


def _plain(name: str) -> str:
    return _ADDITION.sub("", name)


def _confidence(name: str, known: KnownField, cells: Sequence[Any]) -> float:
    columns = known.columns
    plain = _plain(name)
    if name in columns:
        confidence = EXACT
    elif plain in columns:
        confidence = _WITH_ADDITION
    elif any(len(column) > 2 and column in plain for column in columns):
        confidence = _CONTAINED
    else:
        return 0.0
    if "证件号码" in columns and not _mostly(cells, lambda text: _ID_NUMBER.fullmatch(text) is not None):
        return confidence * _DOUBTED
    if known.values and not _mostly(cells, lambda text: text in known.values or text in known.values.values()):
        return confidence * _DOUBTED
    return confidence if known.form == "text" or _mostly_readable(cells, known) else confidence * _DOUBTED


def _mostly(cells: Sequence[Any], fits: Callable[[str], bool]) -> bool:
    texts = [text for cell in cells if (text := _shown(cell))]
    return 2 * sum(fits(text) for text in texts) >= len(texts)


def _mostly_readable(cells: Sequence[Any], known: KnownField) -> bool:
    told = [cell for cell in cells if _shown(cell)]
    return 2 * sum(_is_readable(cell, known) for cell in told) >= len(told)


def _is_readable(cell: Any, known: KnownField) -> bool:
    try:
        cell_value(cell, known.form, None, UTC)
    except CellError:
        return False
    return True


def _column(
    field: str, table: KnownTable, header: Sequence[str], rows: Sequence[Sequence[Any]], place: int, confidence: float
) -> ColumnFound:
    known = table.fields[field]
    told = [text for row in rows if place < len(row) and (text := _shown(row[place]))]
    strange = [text for text in told if known.values and text not in known.values]
    open_to_all = known.form != "text" or (known.values and not strange)
    sample = tuple(text if open_to_all else masked(text, personal=bool(_PERSONAL.search(field))) for text in told[:3])
    return ColumnFound(field, header[place], confidence, sample, len(strange))


def masked(text: str, *, personal: bool) -> str:
    """Enough of a text to know what kind it is of."""
    shown = 1 if personal or len(text) < 6 else 3
    return text[:shown] + "*" * min(len(text) - shown, 6)


def _shown(cell: Any) -> str:
    try:
        return cell_text(cell)
    except CellError:
        return "?"


def _tells_rows_apart(place: int, rows: Sequence[Sequence[Any]]) -> bool:
    ids = [_shown(row[place]) for row in rows if place < len(row)]
    return bool(ids) and len(set(ids)) == len(ids) and all(ids)


def _origin(column: str, known: KnownField) -> str:
    parts = [f"column = {_text(column)}"]
    if known.form != "text":
        parts.append(f"form = {_text(known.form)}")
    if known.values:
        parts.append("values = { " + ", ".join(f"{_text(a)} = {_text(b)}" for a, b in known.values.items()) + " }")
    return "{ " + ", ".join(parts) + " }" if len(parts) > 1 else _text(column)


def _text(value: object) -> str:
    """A text or number of TOML: those of JSON are the same."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
