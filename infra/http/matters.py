"""Matters 事项: the clues that are one piece of work, listed and shown as one."""

from dataclasses import replace
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from aiohttp import web
from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import Connection

from domain.access import Actor
from domain.clues.context import ClueStatus
from domain.facts.fact import Jurisdiction, Key
from domain.purposes import Purpose
from domain.rule import Severity
from infra.documents.matters import (
    MatterDetail,
    detail_document,
    matter_detail,
    matter_document,
    matters_sheet,
    with_names,
)
from infra.http.answers import answer_csv, answer_json
from infra.http.keys import ACTOR, INSTALLATION
from infra.http.parameters import Moment, Query, read_query
from infra.http.problems import not_found
from infra.http.reading import read
from infra.http.readings import purpose_of, record_readings
from projections.questions.matter_queries import (
    CURSOR_PATTERN,
    MatterFilters,
    MatterPage,
    MatterSort,
    has_cursor,
    matters,
)
from streams.threads import in_thread

MOST_IN_A_SHEET: Final = 10_000
MatterCursor = Annotated[str, StringConstraints(pattern=f"^{CURSOR_PATTERN}$")]


class MatterQuery(Query):
    """``bidder``: a credit code, or a name where no code is known. ``q``: words in what it is about.

    ``format`` csv: all at once, 10,000 at most.
    """

    status: ClueStatus | None = None
    severity: Severity | None = None
    rule: Key | None = None
    bidder: Key | None = None
    person: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32,64}$")] | None = None
    tender_id: Key | None = None
    jurisdiction: Jurisdiction | None = None
    since: Moment | None = None
    q: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] | None = None
    sort: MatterSort = MatterSort.GRAVEST
    cursor: MatterCursor | None = None
    limit: Annotated[int, Field(ge=1)] = 100
    format: Literal["json", "csv"] = "json"

    @model_validator(mode="after")
    def _cursor_of_this_order(self) -> Self:
        if self.cursor is not None and not has_cursor(self.sort, self.cursor):
            raise PydanticCustomError("cursor", "the cursor belongs to a list in another order")
        return self

    @property
    def filters(self) -> MatterFilters:
        return MatterFilters(
            statuses=(self.status,) if self.status else (),
            severity=self.severity,
            rule=self.rule,
            bidder=self.bidder,
            person_id=self.person,
            tender_id=self.tender_id,
            jurisdiction=self.jurisdiction,
            since=self.since,
            q=self.q,
        )

    @property
    def searches(self) -> bool:
        """Whether the list is looked through for somebody, and not read from its beginning."""
        return any((self.bidder, self.person, self.tender_id, self.q))


async def list_matters(request: web.Request) -> web.Response:
    query, actor = read_query(request, MatterQuery), request[ACTOR]
    purpose = purpose_of(request) if query.searches else None
    page = await matters_asked_for(request, actor, query)
    if purpose is not None:
        await record_readings(request, actor, [shown.person_id for shown in page.items], purpose)
    if query.format == "csv":
        return await in_thread(lambda: answer_csv("matters", *matters_sheet(page.items)))
    return await in_thread(
        lambda: answer_json(
            {"items": [matter_document(shown) for shown in page.items], "next": page.next, "count": page.count}
        )
    )


async def matters_asked_for(request: web.Request, actor: Actor, query: MatterQuery) -> MatterPage:
    installation = request.app[INSTALLATION]
    most = MOST_IN_A_SHEET if query.format == "csv" else installation.settings.limits.page_items
    limit = most if query.format == "csv" else min(query.limit, most)

    def question(connection: Connection, _: object) -> MatterPage:
        page = matters(connection, actor, query.filters, sort=query.sort, cursor=query.cursor, limit=limit)
        return replace(page, items=with_names(connection, installation.vault, actor, page.items))

    return await read(request, question)


async def show_matter(request: web.Request) -> web.Response:
    detail = await read_matter_on_record(request, request[ACTOR], purpose_of(request))
    return await in_thread(lambda: answer_json(detail_document(detail)))


async def read_matter_on_record(request: web.Request, actor: Actor, purpose: Purpose) -> MatterDetail:
    """The matter of the address, once it is on record that ``actor`` reads about its people."""
    installation, matter_id = request.app[INSTALLATION], matter_id_of(request)
    detail = await read(
        request,
        lambda connection, as_of: matter_detail(
            connection, as_of, installation.vault, actor, matter_id, now=installation.clock()
        ),
    )
    await record_readings(request, actor, [clue.person_id for clue in detail.matter.clues], purpose)
    return detail


def matter_id_of(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["matter_id"])
    except ValueError:
        raise not_found() from None
