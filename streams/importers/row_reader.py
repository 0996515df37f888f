"""Makes messages of rows by a mapping."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta, timezone, tzinfo
from math import isnan
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from domain.artefacts import says_nothing
from streams.importers.cells import CellError, Form, cell_text, cell_value
from streams.importers.mapping import Column, Mapped
from streams.importers.record import UnusableInput
from streams.intake.prepared import FieldError

DeriveId: TypeAlias = Callable[[bytes], str]
"""A keyed digest: an id is stored in clear, so a plain one of personal columns could be guessed."""

_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_KEPT: Final = 1024
"""So many cells of a column are kept with what they say: months, schemes and firms repeat, and names do not."""


class FieldReader:
    """Reads one field of a message from the cells of its column, or tells its constant."""

    def __init__(self, path: str, origin: Column, zone: tzinfo, form: Form | None = None) -> None:
        *self._parents, self._leaf = path.split(".")
        self._path = path
        self._origin = origin
        self._zone = zone
        self._may_be_absent = form is None
        self._form: Form = form or origin.form
        self._known: dict[str, Any] = {}

    def put(self, row: Mapping[str, Any], data: dict[str, Any], errors: list[FieldError]) -> None:
        """Write the value of the field into ``data``, where the row has one; or the reason why not into ``errors``."""
        value = self._origin.constant if self._origin.column is None else self._value(row[self._origin.column], errors)
        if value is None:
            return
        for parent in self._parents:
            data = data.setdefault(parent, {})
        data[self._leaf] = value

    def _value(self, cell: Any, errors: list[FieldError]) -> Any:
        is_text = cell.__class__ is str
        if is_text and cell in self._known:
            return self._known[cell]
        try:
            value = self._read(cell)
        except CellError as error:
            errors.append(FieldError(self._path, error.code, f"column {self._origin.column}: {error}"))
            return None
        if is_text and len(self._known) < _KEPT:
            self._known[cell] = value
        return value

    def _read(self, cell: Any) -> Any:
        """None where the cell is empty; raises :class:`CellError`."""
        cell = cell.strip() if isinstance(cell, str) else cell
        if cell is None or cell == "" or _is_no_number(cell):
            return None
        values = self._origin.values
        if values:
            cell = next((values[text] for text in (str(cell), cell_text(cell)) if text in values), cell)
        if isinstance(cell, str) and says_nothing(cell):
            # Intake knows whether the field may be absent, and says so where it may not.
            return cell if self._may_be_absent and cell else None
        return cell_value(cell, self._form, self._origin.pattern, self._zone)


class RowReader:
    """Turns rows with the given columns into messages."""

    def __init__(self, mapping: Mapped, columns: Collection[str], derive_id: DeriveId) -> None:
        missing = sorted(mapping.columns - set(columns))
        if missing:
            raise UnusableInput(f"the mapping reads columns that the file does not have: {', '.join(missing)}")
        self._mapping = mapping
        self._derive_id = derive_id
        zone = _zone(mapping.zone)
        self._fields = [FieldReader(path, origin, zone) for path, origin in mapping.fields.items()]
        moments = {"time": mapping.time, "recordedtime": mapping.recordedtime}
        self._attributes = [FieldReader(name, origin, zone, "time") for name, origin in moments.items() if origin]

    def message(self, row: Mapping[str, Any]) -> tuple[tuple[bytes, ...], tuple[FieldError, ...]]:
        """``((message,), ())``, or ``((), errors)`` when a cell cannot be read."""
        errors: list[FieldError] = []
        data, attributes = _told(self._fields, row, errors), _told(self._attributes, row, errors)
        id = None if errors else self._id([row], errors)
        if errors:
            return (), tuple(errors)
        return (self._message(id, attributes, data),), ()

    def together(self, rows: Sequence[Mapping[str, Any]]) -> tuple[tuple[bytes, ...], list[tuple[FieldError, ...]]]:
        """The same of rows that are one message, with the errors of each row."""
        told: list[list[FieldError]] = [[] for _ in rows]
        contents = [_told(self._fields, row, errors) for row, errors in zip(rows, told, strict=True)]
        attributes = _told(self._attributes, rows[0], told[0])
        id = None if any(told) else self._id(rows, told[0])
        if any(told):
            return (), [tuple(errors) for errors in told]
        assert self._mapping.together is not None
        items = [item for data in contents if (item := data.pop(self._mapping.together, None)) is not None]
        data = contents[0] | {self._mapping.together: items}
        return (self._message(id, attributes, data),), [() for _ in rows]

    def common(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """What rows agree in that are one message. A cell that cannot be read agrees with none that can."""
        mapping = self._mapping
        origins = [each for path, each in mapping.fields.items() if not mapping.is_of_list(path)]
        named = sorted({each.column for each in (mapping.time, *origins) if each.column is not None})
        return tuple(_text_or_type(row[name]) for name in named)

    def _message(self, id: str | None, attributes: dict[str, Any], data: dict[str, Any]) -> bytes:
        message = {
            "specversion": "1.0",
            "type": self._mapping.type,
            "source": self._mapping.source,
            "id": id,
            **attributes,
            "data": data,
        }
        return msgspec.json.encode(message)

    def _id(self, rows: Sequence[Mapping[str, Any]], errors: list[FieldError]) -> str:
        """Of the columns that the mapping names in the first row; of all columns in all rows."""
        mapping = self._mapping
        cells: list[str] = []
        for row in rows[:1] if mapping.id else rows:
            for name in mapping.id or sorted(mapping.columns):
                try:
                    cells.append(cell_text(row[name]))
                except CellError as error:
                    errors.append(FieldError("", error.code, f"column {name}: {error}"))
        if errors:
            return ""
        if mapping.id_is_plain:
            return cells[0]
        return self._derive_id(msgspec.json.encode([mapping.source, mapping.type, cells]))


def _told(fields: Sequence[FieldReader], row: Mapping[str, Any], errors: list[FieldError]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for field in fields:
        field.put(row, data, errors)
    return data


def _zone(name: str) -> ZoneInfo | timezone:
    offset = _OFFSET.fullmatch(name)
    if offset:
        sign = -1 if offset[1] == "-" else 1
        return timezone(sign * timedelta(hours=int(offset[2]), minutes=int(offset[3])))
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError) as error:
        raise UnusableInput(f"zone: {name} is neither an offset such as +08:00 nor a known time zone") from error


def _text_or_type(cell: Any) -> str:
    try:
        return cell_text(cell)
    except CellError as error:
        return f"\0{error.code}"


def _is_no_number(cell: Any) -> bool:
    """An empty cell of a column of decimals."""
    return isinstance(cell, float) and isnan(cell)
