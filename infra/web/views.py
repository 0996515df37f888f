"""The pages: a view asks one question, and a template shows the answer."""

from datetime import date, timedelta
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from domain.access import Actor
from domain.clues.context import ClueStatus
from domain.errors import NotFound
from domain.evidence.days import day_in_shanghai
from domain.facts.messages import MESSAGES, OUTSIDE
from infra.documents.clue_detail import ClueDetail
from infra.documents.readings import readings_on
from infra.http.keys import ACTOR, INSTALLATION
from infra.http.openapi import DOCUMENT
from infra.http.parameters import Query, read_query
from infra.http.problems import Problem
from infra.http.reading import read
from infra.http.route import READING_READERS
from infra.web.opening import open_clue
from infra.web.pages import html, page, sign_in_page, signed_in
from infra.web.presentation import WITH_REASON, emphasised, evidence_of, verbs_for

MOST_READINGS: Final = 500
"""Of one day on the page; the call gives all, page by page."""


class PageOfReadings(Query):
    day: date | None = None
    lang: str | None = None


async def show_clue(request: web.Request) -> web.Response:
    actor = signed_in(request)
    if actor is None:
        return await sign_in_page(request, "sign_in_how", status=HTTPStatus.UNAUTHORIZED)
    try:
        detail = await open_clue(request, actor)
    except (NotFound, Problem):
        return await page(request, "message.html", actor, status=HTTPStatus.NOT_FOUND, message="not_found")
    return await page(request, "clue.html", actor, **_detail_values(actor, detail))


async def evidence_fragment(request: web.Request) -> web.Response:
    actor = request[ACTOR]
    detail = await open_clue(request, actor)
    return await html(request, "_evidence.html", role=actor.role, **_detail_values(actor, detail))


async def show_readings(request: web.Request) -> web.Response:
    """Of one day, for auditors."""
    actor, installation = signed_in(request), request.app[INSTALLATION]
    if actor is None:
        return await sign_in_page(request, "sign_in_how", status=HTTPStatus.UNAUTHORIZED)
    if actor.role not in READING_READERS:
        return await page(request, "message.html", actor, status=HTTPStatus.NOT_FOUND, message="not_found")
    query = read_query(request, PageOfReadings)
    day = query.day or day_in_shanghai(installation.clock())
    found = await read(request, lambda connection, _: readings_on(connection, installation, actor, day))
    return await page(
        request,
        "readings.html",
        actor,
        day=day,
        before=day - timedelta(days=1),
        after=day + timedelta(days=1),
        readings=found[:MOST_READINGS],
        total=len(found),
    )


async def show_sign_in(request: web.Request) -> web.Response:
    return await sign_in_page(request, "sign_in_how")


async def show_docs(request: web.Request) -> web.Response:
    document = request.app[DOCUMENT]
    schemas = document["components"]["schemas"]
    operations = [
        {**operation, "method": method.upper(), "path": path, "body": _media_types(operation)}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    messages = {data.type_name(): schemas[MESSAGES[data.type_name()].__name__] for data in OUTSIDE}
    values = {"version": document["info"]["version"], "operations": operations, "messages": messages}
    return await page(request, "docs.html", signed_in(request), **values)


def _media_types(operation: dict[str, Any]) -> list[str]:
    return list(operation.get("requestBody", {}).get("content", ()))


def _detail_values(actor: Actor, detail: ClueDetail) -> dict[str, Any]:
    clue = detail.clue
    verbs = verbs_for(actor, ClueStatus(clue.status), evidence_changed=clue.evidence_changed)
    return {
        "clue": clue,
        "evidence": evidence_of(detail.evidence) if detail.evidence else None,
        "complete_to": detail.complete_to,
        "told": detail.notices,
        "notices_wait_since": detail.notices_wait_since,
        "verbs": verbs,
        "emphasised": emphasised(verbs),
        "verbs_with_reason": [verb for verb in verbs if verb in WITH_REASON],
    }
