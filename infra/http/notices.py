"""Own notices: listed, streamed as they come, marked as read."""

import asyncio
import json
from http import HTTPStatus

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from domain.access import Actor
from infra.http.keys import ACTOR, INSTALLATION, NODE
from infra.http.parameters import NoticeQuery, read_query
from infra.http.problems import Problem, not_found
from infra.http.reading import read
from projections import queries
from streams.embedded import Embedded

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
    found = await read(request, queries.notices, after=query.after, limit=limit)
    items = [notice.document() for notice in found]
    return web.json_response({"items": items, "next": items[-1]["notice_id"] if len(items) == limit else None})


async def stream_notices(request: web.Request) -> web.StreamResponse:
    """Every notice after Last-Event-ID, from the store, then each new one; without it only new ones."""
    streams = request.app[STREAMS]
    if streams.full:
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE, "too_many_streams", "Too many streams are open.", headers={"Retry-After": "5"}
        )
    after = _resumed_from(request)
    if after is None:
        after = await read(request, queries.last_notice)
    async with sse_response(request) as response:
        response.ping_interval = HEARTBEAT_SECONDS
        await streams.run(asyncio.create_task(_send_notices(request, response, after)))
    return response


async def _send_notices(request: web.Request, response: EventSourceResponse, after: int) -> None:
    node: Embedded = request.app[NODE]
    while response.is_connected():
        found = await read(request, queries.notices, after=after, limit=PAGE)
        for notice in found:
            await response.send(json.dumps(notice.document(), ensure_ascii=False), id=str(notice.notice_id), event="notice")
            after = notice.notice_id
        if len(found) < PAGE:
            await node.wait_for_notices(after, HEARTBEAT_SECONDS)


def _resumed_from(request: web.Request) -> int | None:
    text = request.headers.get("Last-Event-ID") or request.query.get("last_event_id")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Problem(HTTPStatus.BAD_REQUEST, "last_event_id", "Last-Event-ID is the number of a notice.")
    return int(text)


async def mark_read(request: web.Request) -> web.Response:
    text = request.match_info["notice_id"]
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise not_found()
    actor: Actor = request[ACTOR]
    if not await request.app[NODE].mark_read(int(text), actor):
        raise not_found()
    return web.Response(status=HTTPStatus.NO_CONTENT)
