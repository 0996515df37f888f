"""Answers in JSON, and as files for spreadsheets."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from aiohttp import web

from infra.documents.plain import json_document
from infra.documents.spreadsheet import csv_file


def answer(row: Any, *, status: int = 200) -> web.Response:
    return web.Response(body=json_document(row), status=status, content_type="application/json")


def answer_json(content: Any, *, status: int = 200) -> web.Response:
    """Plain JSON types as an answer; Chinese stays readable."""
    return web.Response(text=json.dumps(content, ensure_ascii=False), status=status, content_type="application/json")


def answer_csv(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> web.Response:
    """A file ``name``.csv."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return web.Response(body=csv_file(header, rows), content_type="text/csv", charset="utf-8", headers=headers)
