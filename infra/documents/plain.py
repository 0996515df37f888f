"""Typed rows of the queries in plain JSON types."""

from typing import Any

from pydantic import TypeAdapter

_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def document(row: Any) -> Any:
    """A frozen row of a query in plain JSON types; what is None stays, so that the shape is always the same."""
    return _adapter(type(row)).dump_python(row, mode="json")


def _adapter(kind: type) -> TypeAdapter[Any]:
    """Made once for each type: building one takes longer than using it."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]
