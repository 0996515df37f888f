"""The page on which a month is closed 月度核对: what was delivered about it, and what the rules still lack."""

from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from domain.evidence.days import day_in_shanghai, month_of, shifted_month
from domain.facts.fact import Month
from infra.documents.deliveries import month_close
from infra.http.keys import INSTALLATION
from infra.http.parameters import Query, read_query
from infra.http.reading import read
from infra.http.route import ENQUIRERS, MONTH_READERS
from infra.web.pages import page, sign_in_page, signed_in
from projections.questions.as_of import AsOf


class PageOfMonth(Query):
    """By default the last month that is over."""

    month: Month | None = None
    lang: str | None = None


async def show_month(request: web.Request) -> web.Response:
    actor, installation = signed_in(request), request.app[INSTALLATION]
    if actor is None:
        return await sign_in_page(request, "sign_in_how", status=HTTPStatus.UNAUTHORIZED)
    if actor.role not in MONTH_READERS:
        return await page(request, "message.html", actor, status=HTTPStatus.NOT_FOUND, message="not_found")
    now = installation.clock()
    month = read_query(request, PageOfMonth).month or _last_month(day_in_shanghai(now))

    def question(connection: Connection, as_of: AsOf) -> dict[str, Any]:
        return month_close(connection, as_of, actor, installation.settings.policy, month, now=now)

    return await page(
        request,
        "month.html",
        actor,
        before=shifted_month(month, -1),
        after=shifted_month(month, 1),
        asks=actor.role in ENQUIRERS,
        closing=await read(request, question),
    )


def _last_month(today: date) -> str:
    return month_of(today.replace(day=1) - timedelta(days=1))
