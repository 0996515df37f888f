"""How the columns of a table become one kind of fact: a TOML file, one per feed (docs/importing.md)."""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta, timezone
from math import isnan
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from domain.artefacts import says_nothing
from domain.facts.fact import TYPE_PREFIX
from domain.facts.messages import OUTSIDE
from streams.importers.cells import CellError, Form, cell_text, cell_value
from streams.importers.record import UnusableInput
from streams.intake.prepared import FieldError

DeriveId: TypeAlias = Callable[[bytes], str]
"""A keyed digest: an id is stored in clear, so a plain one of personal columns could be guessed."""

_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_PERSONAL = re.compile(r"(^|\.)(id_number|name)$")
_TYPES = {data.KIND: data.type_name() for data in OUTSIDE}


class Column(BaseModel):
    """One field: from ``column`` or a ``constant``; ``values`` translates, ``pattern`` (or several) reads dates."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str | None = None
    constant: str | int | float | bool | None = None
    values: Mapping[str, str] = Field(default_factory=dict)
    form: Form = "text"
    pattern: str | tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> "Column":
        if (self.column is None) == (self.constant is None):
            raise PydanticCustomError("origin", "give either column or constant")
        return self


class Mapped(BaseModel):
    """A mapping file, checked.

    ``id`` names the columns that tell one row from all others of the source; without it the
    whole row does. ``zone`` is the offset or zone of times that carry none. ``encoding``, ``delimiter``,
    ``sheet`` and ``header_row`` are found out where they are not given. With ``together``, a list in the fact, rows
    that agree in all columns but those of the list are one message.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    source: str
    time: Column
    id: tuple[str, ...] = ()
    id_is_plain: bool = False
    recordedtime: Column | None = None
    zone: str = "Asia/Shanghai"
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = Field(default=None, ge=1, le=1_000)
    together: str | None = None
    fields: Mapping[str, Column]

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: Any) -> Any:
        """``field = "column"`` for ``field = {column = "column"}``, and one id column for a list."""
        if not isinstance(value, Mapping):
            return value
        expanded = dict(value)
        for name in expanded.keys() & {"time", "recordedtime"}:
            expanded[name] = _column(expanded[name])
        if isinstance(fields := expanded.get("fields"), Mapping):
            expanded["fields"] = {name: _column(column) for name, column in fields.items()}
        if isinstance(expanded.get("id"), str):
            expanded |= {"id": (expanded["id"],), "id_is_plain": True}
        return expanded

    @field_validator("type")
    @classmethod
    def _known_type(cls, name: str) -> str:
        known = _TYPES.get(name.removeprefix(TYPE_PREFIX).removesuffix(".v1"))
        if known is None:
            raise PydanticCustomError("unknown_type", "no such message type")
        return known

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str | None) -> str | None:
        try:
            "".encode(name or "utf-8")
        except LookupError:
            raise PydanticCustomError("encoding", "no such encoding; the usual ones are utf-8 and gb18030") from None
        return name

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, delimiter: str | None) -> str | None:
        if delimiter is None:
            return None
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise PydanticCustomError("delimiter", "a delimiter is one character, such as a comma or a tab")
        return delimiter

    @model_validator(mode="after")
    def _no_personal_id(self) -> "Mapped":
        personal = {column.column for path, column in self.fields.items() if _PERSONAL.search(path)}
        if self.id_is_plain and personal & set(self.id):
            raise PydanticCustomError(
                "personal_id", "an id is stored in clear: take no name or ID number, or give a list"
            )
        return self

    @model_validator(mode="after")
    def _has_a_list(self) -> "Mapped":
        if self.together is not None and not any(self.is_of_list(path) for path in self.fields):
            raise PydanticCustomError("together", "no field begins with the name of the list and a dot")
        return self

    def is_of_list(self, path: str) -> bool:
        return self.together is not None and path.startswith(f"{self.together}.")

    @property
    def column_names(self) -> dict[str, str]:
        """The column of each field and attribute that comes from one."""
        origins = {**self.fields, "time": self.time, "recordedtime": self.recordedtime}
        return {path: origin.column for path, origin in origins.items() if origin and origin.column}

    @property
    def columns(self) -> frozenset[str]:
        """Every column the mapping reads."""
        origins = (self.time, self.recordedtime, *self.fields.values())
        return frozenset(origin.column for origin in origins if origin and origin.column) | frozenset(self.id)


def load_mapping(file: Path, **instead: str | int) -> Mapped:
    """The mapping in ``file``, with other values for some of its keys.

    Raises :class:`UnusableInput` with what is wrong, by key.
    """
    try:
        return Mapped.model_validate(tomllib.loads(file.read_text(encoding="utf-8-sig")) | instead)
    except OSError as error:
        raise UnusableInput(f"{file}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnusableInput(f"{file}: not valid TOML ({error})") from error
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        reasons = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found)
        raise UnusableInput(f"{file}: " + "; ".join(reasons)) from error


class RowReader:
    """Turns rows with the given columns into messages."""

    def __init__(self, mapping: Mapped, columns: Collection[str], derive_id: DeriveId) -> None:
        missing = sorted(mapping.columns - set(columns))
        if missing:
            raise UnusableInput(f"the mapping reads columns that the file does not have: {', '.join(missing)}")
        self._mapping = mapping
        self._zone = _zone(mapping.zone)
        self._derive_id = derive_id

    def message(self, row: Mapping[str, Any]) -> tuple[tuple[bytes, ...], tuple[FieldError, ...]]:
        """``((message,), ())``, or ``((), errors)`` when a cell cannot be read."""
        errors: list[FieldError] = []
        data, attributes = self._data(row, errors), self._attributes(row, errors)
        id = None if errors else self._id([row], errors)
        if errors:
            return (), tuple(errors)
        return (self._message(id, attributes, data),), ()

    def together(self, rows: Sequence[Mapping[str, Any]]) -> tuple[tuple[bytes, ...], list[tuple[FieldError, ...]]]:
        """The same of rows that are one message, with the errors of each row."""
        told: list[list[FieldError]] = [[] for _ in rows]
        contents = [self._data(row, errors) for row, errors in zip(rows, told, strict=True)]
        attributes = self._attributes(rows[0], told[0])
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

    def _data(self, row: Mapping[str, Any], errors: list[FieldError]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for path, column in self._mapping.fields.items():
            value = self._read(path, column, row, errors)
            if value is not None:
                _put(data, path, value)
        return data

    def _attributes(self, row: Mapping[str, Any], errors: list[FieldError]) -> dict[str, Any]:
        attributes: dict[str, Any] = {}
        moments: dict[str, Column | None] = {"time": self._mapping.time, "recordedtime": self._mapping.recordedtime}
        for name, origin in moments.items():
            moment = None if origin is None else self._read(name, origin, row, errors, form="time")
            attributes |= {name: moment} if moment is not None else {}
        return attributes

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

    def _read(
        self, path: str, column: Column, row: Mapping[str, Any], errors: list[FieldError], form: Form | None = None
    ) -> Any:
        """The value of a field; None where the cell is empty."""
        if column.constant is not None:
            return column.constant
        assert column.column is not None
        cell = row[column.column]
        cell = cell.strip() if isinstance(cell, str) else cell
        if cell is None or cell == "" or _is_no_number(cell):
            return None
        try:
            if column.values:
                meant = (column.values[text] for text in (str(cell), cell_text(cell)) if text in column.values)
                cell = next(meant, cell)
            if isinstance(cell, str) and says_nothing(cell):
                # Intake knows whether the field may be absent, and says so where it may not.
                return cell if form is None and cell else None
            return cell_value(cell, form or column.form, column.pattern, self._zone)
        except CellError as error:
            errors.append(FieldError(path, error.code, f"column {column.column}: {error}"))
            return None

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


def _column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


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


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    *parents, leaf = path.split(".")
    for parent in parents:
        data = data.setdefault(parent, {})
    data[leaf] = value
