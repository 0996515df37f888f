"""Approval cases 审批件: their lights, their history with proofs, and what departments make of their limits."""

from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field, StringConstraints
from sqlalchemy import Connection

from domain.approval import Light
from domain.evidence.recorded import Knowledge
from domain.facts.approvals import case_subject
from domain.facts.fact import Jurisdiction, Month, Text
from infra.documents.approval_case import case_document
from infra.documents.approval_sheets import cases_sheet, statistics_sheet
from infra.documents.plain import document
from infra.http.answers import answer_csv, answer_json
from infra.http.keys import ACTOR, INSTALLATION
from infra.http.parameters import AsKnown, Moment, Query, read_query
from infra.http.reading import read
from infra.transparency.reader import LogReader
from projections.questions import approval_queries
from projections.questions.approval_history import case_detail, case_history
from projections.questions.approval_queries import Filters
from projections.questions.approval_statistics import Narrowing, statistics
from projections.questions.as_of import AsOf

ApprovalCursor = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,18}\.", max_length=220)]


class ApprovalQuery(Query):
    """``age``: open for at least so many days. ``over_steps``: with more steps than its table allows.

    As CSV all cases are given at once.
    """

    light: Light | None = None
    department: Text | None = None
    jurisdiction: Jurisdiction | None = None
    age: Annotated[int, Field(ge=0, le=36_500)] | None = None
    closed: bool | None = None
    over_steps: bool | None = None
    cursor: ApprovalCursor | None = None
    limit: Annotated[int, Field(ge=1)] = 100
    format: Literal["json", "csv"] = "json"

    @property
    def filters(self) -> Filters:
        return Filters(self.light, self.department, self.jurisdiction, self.age, self.closed, self.over_steps)


class CaseQuery(AsKnown):
    """``valid_at``: as it had happened by then (inclusive), its clocks read at that moment."""

    valid_at: Moment | None = None


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

    def question(connection: Connection, _: AsOf) -> web.Response:
        page = approval_queries.approvals(
            connection, actor, policies, query.filters, now=now, cursor=query.cursor, limit=limit
        )
        return answer_json({"items": [document(case) for case in page.items], "next": page.next})

    return await read(request, question)


async def show_approval(request: web.Request) -> web.Response:
    """As it had happened and was known then; its clocks are read at ``valid_at``, else at ``known_at``."""
    query, installation, actor = read_query(request, CaseQuery), request.app[INSTALLATION], request[ACTOR]
    case_id, policies = request.match_info["case_id"], installation.settings.policy
    knowledge, now = Knowledge(query.known_at, query.known_by), query.known_at or installation.clock()

    def question(connection: Connection, as_of: AsOf) -> web.Response:
        found = case_detail(
            connection, as_of, actor, policies, case_id, knowledge=knowledge, valid_at=query.valid_at, now=now
        )
        return answer_json(case_document(found))

    return await read(request, question)


async def show_history(request: web.Request) -> web.Response:
    """Every event known then, with its place in the ledger and, as far as the newest checkpoint reaches, its proof."""
    query, installation, actor = read_query(request, AsKnown), request.app[INSTALLATION], request[ACTOR]
    case_id, policies = request.match_info["case_id"], installation.settings.policy
    knowledge, now = Knowledge(query.known_at, query.known_by), query.known_at or installation.clock()

    def question(connection: Connection, as_of: AsOf) -> web.Response:
        events = case_history(connection, as_of, actor, policies, case_id, knowledge=knowledge, now=now)
        with installation.entered(connection, installation.home(case_subject(case_id))):
            log = LogReader(connection, installation.log_suite)
            proven = [{**document(event), "proof": _proof(log, event.position)} for event in events]
            return answer_json({"case_id": case_id, "checkpoint": log.checkpoint(), "events": proven})

    return await read(request, question)


async def show_statistics(request: web.Request) -> web.Response:
    query, policies = read_query(request, StatisticsQuery), request.app[INSTALLATION].settings.policy
    actor = request[ACTOR]

    def question(connection: Connection, _: AsOf) -> web.Response:
        found = statistics(connection, actor, policies, query.narrowing)
        if query.format == "csv":
            return answer_csv("approval-statistics", *statistics_sheet(found))
        return answer_json({"items": [document(month) for month in found], "next": None})

    return await read(request, question)


async def _approvals_as_csv(request: web.Request, query: ApprovalQuery) -> web.Response:
    installation, actor = request.app[INSTALLATION], request[ACTOR]
    policies, now = installation.settings.policy, installation.clock()

    def question(connection: Connection, _: AsOf) -> web.Response:
        cases = approval_queries.every_approval(connection, actor, policies, query.filters, now=now)
        return answer_csv("approvals", *cases_sheet(cases))

    return await read(request, question)


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
