"""Answers in JSON, and as files for spreadsheets."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from aiohttp import web

from infra.documents.spreadsheet import csv_file


def answer_json(content: Any, *, status: int = 200) -> web.Response:
    """Plain JSON types and rows of queries as an answer; Chinese stays readable.

    Also the encoder holds up other threads, but takes half as long as others: 10 ms for 3.5 MB.
    """
    body = msgspec.json.encode(content)
    return web.Response(body=body, status=status, content_type="application/json", charset="utf-8")


def answer_csv(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> web.Response:
    """A file ``name``.csv."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return web.Response(body=csv_file(header, rows), content_type="text/csv", charset="utf-8", headers=headers)
