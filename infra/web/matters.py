"""The pages of matters 事项: a table of all with filters in the address, and one matter with all that is said of it."""

from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web
from pydantic import ConfigDict

from domain.access import Actor
from domain.clues.context import ClueStatus
from domain.errors import NotFound
from domain.rule import RULEBOOK, Severity
from infra.documents.matters import MatterDetail
from infra.http.keys import NODE
from infra.http.matters import MatterQuery, matters_asked_for, read_matter_on_record
from infra.http.parameters import read_query
from infra.http.problems import Problem
from infra.http.reading import read
from infra.http.readings import purpose_on_pages, record_readings
from infra.http.route import CLUE_READERS
from infra.web.pages import page, sign_in_page, signed_in
from projections.questions.matter_queries import MatterSort, counts
from streams.node.commands import MarkClueRead

SHOWN_ON_A_PAGE: Final = 50
_PATH: Final = "/matters"


class MatterList(MatterQuery):
    """As the call; what else stands in the address of a page is not looked at, and an empty field is no filter."""

    model_config = ConfigDict(extra="ignore")
    limit: int = SHOWN_ON_A_PAGE


async def show_matters(request: web.Request) -> web.Response:
    actor = signed_in(request)
    if actor is None:
        return await sign_in_page(request, "sign_in_how", status=HTTPStatus.UNAUTHORIZED)
    if actor.role not in CLUE_READERS:
        return await page(request, "message.html", actor, status=HTTPStatus.NOT_FOUND, message="not_found")
    query = read_query(request, MatterList, without_empty=True)
    found = await matters_asked_for(request, actor, query.model_copy(update={"format": "json"}))
    if query.searches:
        await record_readings(
            request, actor, [each.person_id for each in found.items], purpose_on_pages(request, actor)
        )
    numbers = await read(request, lambda connection, _: counts(connection, actor))
    return await page(
        request,
        "matters.html",
        actor,
        matters=found.items,
        count=found.count,
        counts=[(status, numbers[status]) for status in ClueStatus if status in numbers],
        query=query,
        choices={"status": list(ClueStatus), "severity": list(Severity)[::-1], "sort": list(MatterSort)},
        rules=sorted(RULEBOOK),
        next=_address(query, cursor=found.next) if found.next else None,
        sheet=_address(query, path="/api/v1/matters", cursor=None, format="csv"),
    )


async def show_matter(request: web.Request) -> web.Response:
    actor = signed_in(request)
    if actor is None:
        return await sign_in_page(request, "sign_in_how", status=HTTPStatus.UNAUTHORIZED)
    try:
        detail = await _open(request, actor)
    except (NotFound, Problem):
        return await page(request, "message.html", actor, status=HTTPStatus.NOT_FOUND, message="not_found")
    return await page(request, "matter.html", actor, matter=detail.matter, steps=detail.history, told=detail.notices)


async def _open(request: web.Request, actor: Actor) -> MatterDetail:
    """Whoever opens a matter has read every notice about its clues."""
    detail = await read_matter_on_record(request, actor, purpose_on_pages(request, actor))
    unread = {notice.clue_id for notice in detail.notices if notice.recipient.role is actor.role and not notice.read_at}
    for clue_id in sorted(unread):
        await request.app[NODE].perform(MarkClueRead(clue_id, actor))
    return detail


def _given(query: MatterQuery) -> dict[str, Any]:
    """The filters as they stand in the address, without the place in the list."""
    return query.model_dump(mode="json", exclude={"cursor", "limit", "format"}, exclude_none=True)


def _address(query: MatterQuery, *, path: str = _PATH, **instead: str | None) -> str:
    given = {**_given(query), **{name: value for name, value in instead.items() if value is not None}}
    return f"{path}?{urlencode(given)}"
