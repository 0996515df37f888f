"""Typed rows of the queries as JSON."""

from functools import cache
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def document(row: Any) -> Any:
    """A frozen row of a query in plain JSON types; what is None stays, so that the shape is always the same."""
    return _adapter(type(row)).dump_python(row, mode="json")


def answer(row: Any, *, status: int = 200) -> web.Response:
    return web.Response(body=_adapter(type(row)).dump_json(row), status=status, content_type="application/json")
