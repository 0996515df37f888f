"""What sources stated to be complete 数据覆盖, and whom to ask a bureau about 待查询名单."""

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
from infra.http.keys import ACTOR, INSTALLATION
from infra.http.parameters import AsKnown, Query, read_query
from infra.http.reading import read
from infra.http.readings import purpose_of, record_readings
from projections.questions.as_of import AsOf
from projections.questions.coverage import Narrowing
from projections.questions.enquiries import enquiries, key
from streams.threads import in_thread

MOST_MONTHS: Final = 120


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

    As CSV all are given at once.
    """

    kind: Literal["insurance-paid"] = "insurance-paid"
    area: Area | None = None
    cursor: Annotated[str, StringConstraints(min_length=1, max_length=300)] = ""
    limit: Annotated[int, Field(ge=1)] = 100
    format: Literal["json", "csv"] = "json"


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
    policies, now, purpose = installation.settings.policy, installation.clock(), purpose_of(request)

    def question(connection: Connection, as_of: AsOf) -> tuple[tuple[NamedEnquiry, ...], str | None]:
        found = enquiries(connection, as_of, actor, policies, now=now, area=query.area, after=query.cursor)
        page = found if limit is None else found[:limit]
        following = key(page[-1].person_id, page[-1].area) if len(page) < len(found) else None
        return named_enquiries(connection, installation.vault, actor, page), following

    page, following = await read(request, question)
    await record_readings(request, actor, [one.person_id for one in page if one.id_number], purpose)
    if query.format == "csv":
        return await in_thread(answer_csv, "enquiries", *enquiry_sheet(page, installation.settings.language))
    return await in_thread(answer_json, {"items": [document(one) for one in page], "next": following})
