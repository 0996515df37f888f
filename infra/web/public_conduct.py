"""Conduct records 良好/不良行为记录 for everybody, without a session and without a script."""

from typing import Annotated
from urllib.parse import urlencode

from aiohttp import web
from pydantic import ConfigDict, Field
from sqlalchemy import Connection

from domain.evidence.days import day_in_shanghai
from domain.facts.fact import Uscc
from infra.http.keys import INSTALLATION
from infra.http.parameters import Query, read_query
from infra.http.reading import read
from infra.web.pages import page, signed_in
from projections.questions.as_of import AsOf
from projections.questions.public_conduct import PublicList, PublicRecords, public_records

_PATH = "/public/conduct"


class ConductQuery(Query):
    """``firm`` is a credit code. What else stands in the address is not looked at, and an empty field is no filter."""

    model_config = ConfigDict(extra="ignore")

    state: PublicList = PublicList.IN_FORCE
    firm: Uscc | None = None
    page: Annotated[int, Field(ge=1, le=1_000)] = 1


async def show_conduct(request: web.Request) -> web.Response:
    query = read_query(request, ConductQuery, without_empty=True)
    today = day_in_shanghai(request.app[INSTALLATION].clock())

    def question(connection: Connection, _: AsOf) -> PublicRecords:
        return public_records(connection, query.state, on=today, uscc=query.firm, page=query.page)

    found = await read(request, question)
    return await page(
        request,
        "public_conduct.html",
        signed_in(request),
        records=found,
        today=today.isoformat(),
        query=query,
        states=list(PublicList),
        next=_address(query, page=query.page + 1) if found.more else None,
        addresses={state: _address(query, state=state, page=1) for state in PublicList},
    )


def _address(query: ConductQuery, **changed: object) -> str:
    given = query.model_copy(update=changed).model_dump(mode="json", exclude_defaults=True)
    return f"{_PATH}?{urlencode(given)}" if given else _PATH
