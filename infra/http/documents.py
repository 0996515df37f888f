"""Typed rows of the queries as JSON."""

import json
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter

_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def document(row: Any) -> Any:
    """A frozen row of a query in plain JSON types; what is None stays, so that the shape is always the same."""
    return _adapter(type(row)).dump_python(row, mode="json")


def answer(row: Any, *, status: int = 200) -> web.Response:
    return web.Response(body=_adapter(type(row)).dump_json(row), status=status, content_type="application/json")


def answer_json(content: Any, *, status: int = 200) -> web.Response:
    """Plain JSON types as an answer; Chinese stays readable."""
    return web.Response(text=json.dumps(content, ensure_ascii=False), status=status, content_type="application/json")


def _adapter(kind: type) -> TypeAdapter[Any]:
    """Made once for each type: building one takes longer than using it."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]
