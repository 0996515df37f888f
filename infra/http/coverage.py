"""What sources stated to be complete 数据覆盖, and whom to ask a bureau about 待查询名单."""

import asyncio
from typing import Annotated, Final, Literal, Self

from aiohttp import web
from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import Connection

from domain.evidence.days import shifted_month
from domain.evidence.recorded import Knowledge
from domain.facts.deliveries import Area, DeliveryKind
from domain.facts.fact import Month
from infra.documents.coverage import coverage_document
from infra.documents.enquiries import NamedEnquiry, enquiry_sheet, named_enquiries
from infra.documents.plain import document
from infra.http.answers import answer_csv, answer_json
from infra.http.dossier import NO_REASON_GIVEN
from infra.http.keys import ACTOR, INSTALLATION, NODE
from infra.http.parameters import AsKnown, Query, read_query
from infra.http.reading import read
from projections.questions.as_of import AsOf
from projections.questions.coverage import Narrowing
from projections.questions.enquiries import enquiries, key
from streams.node.commands import RecordReading
from streams.threads import in_thread

MOST_MONTHS: Final = 120
_READINGS_AT_ONCE: Final = 50


class CoverageQuery(AsKnown):
    """Months are inclusive: at most 120, by default the last 12. ``area`` stands for all that lies in it."""

    kind: DeliveryKind | None = None
    area: Area | None = None
    first: Month | None = Field(default=None, alias="from")
    last: Month | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first and self.last and not self.first <= self.last < shifted_month(self.first, MOST_MONTHS):
            raise PydanticCustomError("months", "from comes before to, by less than 120 months")
        return self


class EnquiryQuery(Query):
    """Only payments can be asked for, for only these have an answer, `insurance-stated`.

    As CSV all are given at once. ``reason`` is recorded with the reading of each identity.
    """

    kind: Literal["insurance-paid"] = "insurance-paid"
    area: Area | None = None
    cursor: Annotated[str, StringConstraints(min_length=1, max_length=300)] = ""
    limit: Annotated[int, Field(ge=1)] = 100
    format: Literal["json", "csv"] = "json"
    reason: Annotated[str, Field(min_length=1, max_length=500)] | None = None


async def show_coverage(request: web.Request) -> web.Response:
    query, installation, actor = read_query(request, CoverageQuery), request.app[INSTALLATION], request[ACTOR]
    narrowing = Narrowing(query.kind, query.area, query.first, query.last)
    now = query.known_at or installation.clock()
    if len(narrowing.months(now)) > MOST_MONTHS:
        narrowing = Narrowing(query.kind, query.area, query.first, shifted_month(str(query.first), MOST_MONTHS - 1))

    def question(connection: Connection, as_of: AsOf) -> web.Response:
        return answer_json(
            coverage_document(
                connection,
                as_of,
                actor,
                installation.settings.policy,
                narrowing,
                knowledge=Knowledge(query.known_at, query.known_by),
                now=now,
            )
        )

    return await read(request, question)


async def list_enquiries(request: web.Request) -> web.Response:
    """Names and numbers are shown only once the reading of each is on record."""
    query, installation, actor = read_query(request, EnquiryQuery), request.app[INSTALLATION], request[ACTOR]
    limit = min(query.limit, installation.settings.limits.page_items) if query.format == "json" else None
    policies, now = installation.settings.policy, installation.clock()

    def question(connection: Connection, as_of: AsOf) -> tuple[tuple[NamedEnquiry, ...], str | None]:
        found = enquiries(connection, as_of, actor, policies, now=now, area=query.area, after=query.cursor)
        page = found if limit is None else found[:limit]
        following = key(page[-1].person_id, page[-1].area) if len(page) < len(found) else None
        return named_enquiries(connection, installation.vault, actor, page), following

    page, following = await read(request, question)
    await _record_readings(request, [one.person_id for one in page if one.id_number], query.reason or NO_REASON_GIVEN)
    if query.format == "csv":
        return await in_thread(answer_csv, "enquiries", *enquiry_sheet(page, installation.settings.language))
    return await in_thread(answer_json, {"items": [document(one) for one in page], "next": following})


async def _record_readings(request: web.Request, people: list[str], reason: str) -> None:
    actor, node, now = request[ACTOR], request.app[NODE], request.app[INSTALLATION].clock()
    once = list(dict.fromkeys(people))
    for start in range(0, len(once), _READINGS_AT_ONCE):
        some = once[start : start + _READINGS_AT_ONCE]
        await asyncio.gather(*(node.perform(RecordReading(person, actor, reason, now)) for person in some))
