"""How the columns of a table become one kind of fact: a TOML file, one per feed (docs/importing.md)."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from domain.facts.fact import TYPE_PREFIX
from domain.facts.messages import OUTSIDE
from streams.importers.cells import Form
from streams.importers.record import UnusableInput

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


def _column(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value
