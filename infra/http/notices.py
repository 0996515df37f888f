"""Own notices: listed, streamed as they come, marked as read."""

import asyncio
import json
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response
from sqlalchemy import Connection

from alerts import inbox
from alerts.inbox import last_notice_id
from infra.http.answers import answer_json
from infra.http.keys import ACTOR, INSTALLATION, NODE
from infra.http.parameters import NoticeQuery, read_query
from infra.http.problems import Problem, not_found
from infra.http.reading import read
from streams.node.commands import MarkNoticeRead

HEARTBEAT_SECONDS = 15.0
STREAM_SECONDS = 3_600.0
"""A stream ends after this long and the client comes back, proving again who it is."""
PAGE = 200


class Streams:
    """The open streams of one application, so that shutting down need not wait for them."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def full(self) -> bool:
        return len(self._tasks) >= self._most

    async def run(self, task: "asyncio.Task[None]") -> None:
        self._tasks.add(task)
        try:
            await asyncio.wait({task}, timeout=STREAM_SECONDS)
        finally:
            self._tasks.discard(task)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def end(self) -> None:
        for task in self._tasks:
            task.cancel()


STREAMS = web.AppKey("streams", Streams)


async def end_streams(app: web.Application) -> None:
    app[STREAMS].end()


async def list_notices(request: web.Request) -> web.Response:
    query = read_query(request, NoticeQuery)
    limit = min(query.limit, request.app[INSTALLATION].settings.limits.page_items)
    items = await _own_notices(request, query.after, limit)
    return answer_json({"items": items, "next": items[-1]["notice_id"] if len(items) == limit else None})


async def stream_notices(request: web.Request) -> web.StreamResponse:
    """Every notice after Last-Event-ID, from the store, then each new one; without it only new ones."""
    streams = request.app[STREAMS]
    if streams.full:
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "too_many_streams",
            "Too many streams are open.",
            headers={"Retry-After": "5"},
        )
    after = _resumed_from(request)
    if after is None:
        after = await read(request, lambda connection, _: last_notice_id(connection))
    async with sse_response(request, ping_interval=HEARTBEAT_SECONDS) as response:
        await streams.run(asyncio.create_task(_send_notices(request, response, after)))
    return response


async def mark_read(request: web.Request) -> web.Response:
    notice_id, actor = _notice_id(request.match_info["notice_id"]), request[ACTOR]
    if notice_id is None:
        raise not_found()
    await request.app[NODE].perform(MarkNoticeRead(notice_id, actor))
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _send_notices(request: web.Request, response: EventSourceResponse, after: int) -> None:
    while response.is_connected():
        # Listening begins before the look into the store: what is committed between the two is not missed.
        news = asyncio.create_task(request.app[NODE].news(HEARTBEAT_SECONDS))
        try:
            found = await _own_notices(request, after, PAGE)
            for notice in found:
                text = json.dumps(notice, ensure_ascii=False)
                await response.send(text, id=str(notice["notice_id"]), event="notice")
                after = notice["notice_id"]
            if len(found) < PAGE:
                await news
        finally:
            news.cancel()


async def _own_notices(request: web.Request, after: int, limit: int) -> list[dict[str, Any]]:
    actor, vault = request[ACTOR], request.app[INSTALLATION].vault

    def question(connection: Connection, _: object) -> list[dict[str, Any]]:
        found = inbox.inbox(connection, actor, after=after, limit=limit)
        people = {each.content.person_id for each in found if each.content.person_id and actor.may_see_person_names}
        masked = vault.masked_all(connection, people)
        return [notice.document(person=masked.get(notice.content.person_id or "", "")) for notice in found]

    return await read(request, question)


def _resumed_from(request: web.Request) -> int | None:
    text = request.headers.get("Last-Event-ID") or request.query.get("last_event_id")
    if text is None:
        return None
    number = _notice_id(text)
    if number is None:
        raise Problem(HTTPStatus.BAD_REQUEST, "last_event_id", "Last-Event-ID is the number of a notice.")
    return number


def _notice_id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
