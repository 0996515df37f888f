"""Approval cases 审批件: their lights, their history with proofs, and what departments make of their limits."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from aiohttp import web
from pydantic import Field, StringConstraints
from sqlalchemy import Connection

from domain.approval import Light
from domain.evidence.recorded import Knowledge
from domain.facts.approvals import case_subject
from domain.facts.fact import Jurisdiction, Month, Text
from infra.http.documents import answer_json, document
from infra.http.keys import ACTOR, INSTALLATION
from infra.http.parameters import AsKnown, Query, read_query
from infra.http.reading import read
from infra.http.spreadsheet import answer_csv
from infra.transparency.reader import LogReader
from projections import approval_queries
from projections.approval_history import CaseDetail, case_detail, case_history
from projections.approval_queries import Filters, Page, ShownCase
from projections.approval_statistics import DepartmentMonthStatistics, Narrowing, statistics
from projections.as_of import AsOf

ApprovalCursor = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,18}\.", max_length=220)]
_CASE_COLUMNS: Final = (
    *("case_id", "light", "state", "closed", "jurisdiction", "department", "project_code", "item_code", "item_name"),
    *("category", "opened_at", "accepted_at", "decided_at", "age_days", "certificate_in_step"),
)
_CLOCK_COLUMNS: Final = ("limit_working_days", "used_working_days", "left_working_days", "stands")
_DEADLINE_COLUMNS: Final = ("deadline_on", "deadline_provisional", "deadline_calendar")
_MONTH_COLUMNS: Final = (
    *("month", "jurisdiction", "department", "cases", "median_working_days", "p90_working_days", "in_time_percent"),
    *("paused_cases", "paused_percent", "instant", "certificate_in_step_percent"),
)


class ApprovalQuery(Query):
    """``age``: open for at least so many days. As CSV all cases are given at once."""

    light: Light | None = None
    department: Text | None = None
    jurisdiction: Jurisdiction | None = None
    age: Annotated[int, Field(ge=0, le=36_500)] | None = None
    closed: bool | None = None
    cursor: ApprovalCursor | None = None
    limit: Annotated[int, Field(ge=1)] = 100
    format: Literal["json", "csv"] = "json"

    @property
    def filters(self) -> Filters:
        return Filters(self.light, self.department, self.jurisdiction, self.age, self.closed)


class StatisticsQuery(Query):
    """Months are inclusive."""

    first_month: Month | None = None
    last_month: Month | None = None
    department: Text | None = None
    jurisdiction: Jurisdiction | None = None
    format: Literal["json", "csv"] = "json"

    @property
    def narrowing(self) -> Narrowing:
        return Narrowing(self.first_month, self.last_month, self.department, self.jurisdiction)


async def list_approvals(request: web.Request) -> web.Response:
    query, installation, actor = read_query(request, ApprovalQuery), request.app[INSTALLATION], request[ACTOR]
    policies, now = installation.settings.policy, installation.clock()
    if query.format == "csv":
        return await _approvals_as_csv(request, query)
    limit = min(query.limit, installation.settings.limits.page_items)

    def page(connection: Connection, _: AsOf) -> Page:
        return approval_queries.approvals(
            connection, actor, policies, query.filters, now=now, cursor=query.cursor, limit=limit
        )

    found = await read(request, page)
    return answer_json({"items": [document(case) for case in found.items], "next": found.next})


async def show_approval(request: web.Request) -> web.Response:
    """``known_at``: as it was known then, its clocks at that moment."""
    query, installation, actor = read_query(request, AsKnown), request.app[INSTALLATION], request[ACTOR]
    case_id, policies = request.match_info["case_id"], installation.settings.policy
    knowledge, now = Knowledge(query.known_at, query.known_by), query.known_at or installation.clock()

    def question(connection: Connection, as_of: AsOf) -> CaseDetail:
        return case_detail(connection, as_of, actor, policies, case_id, knowledge=knowledge, now=now)

    shown = document(await read(request, question))
    return answer_json({**shown.pop("case"), **shown})


async def show_history(request: web.Request) -> web.Response:
    """Every event with its place in the ledger and, as far as the newest checkpoint reaches, its proof."""
    installation, actor, case_id = request.app[INSTALLATION], request[ACTOR], request.match_info["case_id"]
    policies, now = installation.settings.policy, installation.clock()

    def question(connection: Connection, as_of: AsOf) -> dict[str, Any]:
        events = case_history(connection, as_of, actor, policies, case_id, now=now)
        with installation.entered(connection, installation.home(case_subject(case_id))):
            log = LogReader(connection)
            proven = [{**document(event), "proof": _proof(log, event.position)} for event in events]
            return {"case_id": case_id, "checkpoint": log.checkpoint(), "events": proven}

    return answer_json(await read(request, question))


async def show_statistics(request: web.Request) -> web.Response:
    query, policies = read_query(request, StatisticsQuery), request.app[INSTALLATION].settings.policy
    actor = request[ACTOR]
    found = await read(request, lambda connection, _: statistics(connection, actor, policies, query.narrowing))
    if query.format == "csv":
        tables = [table.limits for table in found[0].within] if found else []
        header = (*_MONTH_COLUMNS, *(f"in_time_percent_{name}" for name in tables))
        return answer_csv("approval-statistics", header, (_month_row(month, tables) for month in found))
    return answer_json({"items": [document(month) for month in found], "next": None})


async def _approvals_as_csv(request: web.Request, query: ApprovalQuery) -> web.Response:
    installation, actor = request.app[INSTALLATION], request[ACTOR]
    policies, now = installation.settings.policy, installation.clock()

    def question(connection: Connection, _: AsOf) -> list[tuple[Any, ...]]:
        found = approval_queries.every_approval(connection, actor, policies, query.filters, now=now)
        return [_case_row(case) for case in found]

    header = (*_CASE_COLUMNS, *_CLOCK_COLUMNS, *_DEADLINE_COLUMNS)
    return answer_csv("approvals", header, await read(request, question))


def _case_row(case: ShownCase) -> tuple[Any, ...]:
    """The clock is that of the case as a whole."""
    deadline = case.clock.deadline if case.clock else None
    return (
        *(getattr(case, name) for name in _CASE_COLUMNS),
        *(getattr(case.clock, name) if case.clock else None for name in _CLOCK_COLUMNS),
        *(getattr(deadline, name.removeprefix("deadline_")) if deadline else None for name in _DEADLINE_COLUMNS),
    )


def _month_row(month: DepartmentMonthStatistics, tables: Sequence[str]) -> tuple[Any, ...]:
    shares = {table.limits: table.in_time_percent for table in month.within}
    return (*(getattr(month, name) for name in _MONTH_COLUMNS), *(shares.get(name) for name in tables))


def _proof(log: LogReader, position: int) -> dict[str, Any] | None:
    """In the tree of the newest checkpoint; None for what it does not cover yet."""
    if position > log.size:
        return None
    proof = log.inclusion(position - 1, log.size)
    return {
        "leaf_index": proof.leaf_index,
        "tree_size": proof.tree_size,
        "leaf_hash": proof.leaf_hash.hex(),
        "root": proof.root.hex(),
        "hashes": [each.hex() for each in proof.hashes],
    }
