"""Own notices: listed, streamed as they come, marked as read."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response
from sqlalchemy import Connection

from alerts import inbox
from alerts.inbox import Notice
from domain.access import Actor
from infra.http.answers import answer_json
from infra.http.keys import ACTOR, INSTALLATION, NODE, TOKEN_IDS
from infra.http.notice_streams import LOOK_SECONDS, STREAMS, Listener
from infra.http.parameters import NoticeQuery, read_query
from infra.http.problems import Problem, not_found
from infra.http.reading import read
from infra.identity.vault import Vault
from streams.node.commands import MarkNoticeRead

RETRY_MILLISECONDS = 3_000
"""After which a client comes back when its stream ended."""
PAGE = 200


@dataclass(frozen=True, slots=True)
class Start:
    """A stream begins behind the notice ``after``; of those up to ``unread_to`` only the unread ones are sent."""

    event: Literal["start", "reset"]
    after: int
    unread_to: int = 0


async def list_notices(request: web.Request) -> web.Response:
    query, actor, vault = read_query(request, NoticeQuery), request[ACTOR], request.app[INSTALLATION].vault
    limit = min(query.limit, request.app[INSTALLATION].settings.limits.page_items)

    def question(connection: Connection, _: object) -> web.Response:
        items = _documents(connection, vault, actor, inbox.inbox(connection, actor, after=query.after, limit=limit))
        return answer_json({"items": items, "next": items[-1]["notice_id"] if len(items) == limit else None})

    return await read(request, question)


async def stream_notices(request: web.Request) -> web.StreamResponse:
    """Every notice after Last-Event-ID, from the store, then each new one; without it only new ones.

    First comes ``start``, or ``reset`` where no notice has that number (yet): then the unread ones come again.
    """
    streams, actor = request.app[STREAMS], request[ACTOR]
    if streams.has_enough(actor):
        raise _too_many(HTTPStatus.TOO_MANY_REQUESTS)
    if streams.full:
        raise _too_many(HTTPStatus.SERVICE_UNAVAILABLE)
    resumed = _resumed_from(request)
    if request.method == "HEAD":
        return web.Response(content_type="text/event-stream")
    start = await read(request, lambda connection, _: start_of(connection, actor, resumed))
    async with sse_response(request, ping_interval=LOOK_SECONDS) as response:
        listener = Listener(actor, request[TOKEN_IDS], lambda: request.transport is not None)
        await streams.run(listener, lambda news: _send_notices(request, response, start, news))
    return response


def _too_many(status: HTTPStatus) -> Problem:
    """Of one account (429), or in all (503)."""
    return Problem(status, "too_many_streams", "Too many streams are open.", headers={"Retry-After": "5"})


def start_of(connection: Connection, reader: Actor, resumed: int | None) -> Start:
    """A client that was quiet, or whose notices were lost with a restored backup, must miss nothing from here on."""
    last = inbox.last_notice_id(connection)
    if resumed is None:
        return Start("start", last)
    if resumed <= last:
        return Start("start", resumed)
    unread = inbox.inbox(connection, reader, unread_to=last, limit=1)
    return Start("reset", unread[0].notice_id - 1 if unread else last, last)


async def mark_read(request: web.Request) -> web.Response:
    notice_id, actor = _notice_id(request.match_info["notice_id"]), request[ACTOR]
    if notice_id is None:
        raise not_found()
    await request.app[NODE].perform(MarkNoticeRead(notice_id, actor))
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _send_notices(request: web.Request, response: EventSourceResponse, start: Start, news: asyncio.Event) -> None:
    # With an id at once: a client to which nothing is sent until the server ends comes back with this one.
    said = json.dumps({"after": start.after})
    await response.send(said, id=str(start.after), event=start.event, retry=RETRY_MILLISECONDS)
    after = start.after
    while response.is_connected():
        news.clear()
        found = await _page(request, after, start.unread_to)
        for after, text in found:
            await response.send(text, id=str(after), event="notice")
        if len(found) < PAGE:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await news.wait()


async def _page(request: web.Request, after: int, unread_to: int) -> list[tuple[int, str]]:
    """The reader's next notices, each with its number."""
    actor, vault = request[ACTOR], request.app[INSTALLATION].vault

    def question(connection: Connection, _: object) -> list[tuple[int, str]]:
        found = inbox.inbox(connection, actor, after=after, unread_to=unread_to, limit=PAGE)
        documents = _documents(connection, vault, actor, found)
        return [(each["notice_id"], json.dumps(each, ensure_ascii=False)) for each in documents]

    async with request.app[STREAMS].looking:
        return await read(request, question)


def _documents(connection: Connection, vault: Vault, reader: Actor, notices: Sequence[Notice]) -> list[dict[str, Any]]:
    """With the masked names of those they are about, where the reader may see names."""
    people = {each.content.person_id for each in notices if each.content.person_id and reader.may_see_person_names}
    masked = vault.masked_all(connection, people)
    return [each.document(person=masked.get(each.content.person_id or "", "")) for each in notices]


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
