"""Record sheets: a clue or an approval case on paper, tied to the log by a QR code, and its checking.

The code carries record id, leaf index, tree size, leaf hash and address; a whole proof would need a
code too dense for paper.
"""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import segno
from aiohttp import web
from markupsafe import Markup
from pydantic import Field, StringConstraints
from sqlalchemy import Connection, func, select

from domain.access import Actor
from domain.errors import NotFound
from domain.facts.approvals import case_subject
from domain.facts.fact import Key
from infra.http.clues import clue_id_of
from infra.http.keys import INSTALLATION
from infra.http.parameters import Query, read_query
from infra.http.problems import Problem, asks_for_pages
from infra.http.reading import read
from infra.storage.event_rows import STORED_EVENTS
from infra.transparency.checkpoint import Checkpoint, parse_checkpoint
from infra.transparency.leaf import Leaf, parse_leaf
from infra.transparency.notes import parse_note
from infra.transparency.reader import LogReader, OutsideTheLog
from infra.transparency.rows import LARGEST, leaf_at
from infra.transparency.suite import Suite
from infra.web.opening import open_clue
from infra.web.pages import page, sign_in_page, signed_in
from projections.index.subject_index import key_of
from projections.questions.approval_history import case_detail, case_history
from projections.questions.as_of import AsOf

_BORDER_MODULES: Final = 4
"""The quiet zone that ISO/IEC 18004 asks for."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What ties a sheet to the log: the newest entry of the record, in a tree of so many.

    ``shard`` is whose log, in a cluster.
    """

    record_id: str
    leaf_index: int
    tree_size: int
    leaf_hash: str
    address: str
    shard: int | None = None

    @property
    def link(self) -> str:
        said = {"record": self.record_id, "index": self.leaf_index, "size": self.tree_size, "leaf": self.leaf_hash}
        if self.shard is not None:
            said["shard"] = self.shard
        return f"{self.address}/verify?{urlencode(said)}"

    @property
    def code(self) -> Markup:
        """The link as a QR code, in SVG."""
        drawn = segno.make(self.link, error="m", micro=False)
        image = drawn.svg_inline(border=_BORDER_MODULES, dark="#000", light="#fff", omitsize=True, title=self.record_id)
        return Markup(image)  # noqa: S704 - made here, and segno escapes the title


class StampQuery(Query):
    """What a QR code carries but the address."""

    record: Key
    index: Annotated[int, Field(ge=0, lt=LARGEST)]
    size: Annotated[int, Field(ge=1, le=LARGEST)]
    leaf: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    shard: Annotated[int, Field(ge=0)] | None = None
    lang: str | None = None


async def show_clue_record(request: web.Request) -> web.Response:
    actor = signed_in(request)
    if actor is None:
        return await sign_in_page(request, "sign_in_how", status=HTTPStatus.UNAUTHORIZED)
    try:
        clue_id = clue_id_of(request)
        detail = await open_clue(request, actor)
    except (NotFound, Problem):
        return await _not_there(request, actor)
    newest = select(func.max(STORED_EVENTS.c.id)).where(STORED_EVENTS.c.originator_id == clue_id)
    installation = request.app[INSTALLATION]

    def question(connection: Connection, _: AsOf) -> Stamp:
        shard = installation.shard_of_clue(clue_id)
        with installation.entered(connection, shard):
            return _stamp(request, connection, str(clue_id), int(connection.execute(newest).scalar_one()), shard)

    stamp = await read(request, question)
    return await _sheet(request, actor, stamp, clue=detail.clue)


async def show_case_record(request: web.Request) -> web.Response:
    actor = signed_in(request)
    if actor is None:
        return await sign_in_page(request, "sign_in_how", status=HTTPStatus.UNAUTHORIZED)
    installation, case_id = request.app[INSTALLATION], request.match_info["case_id"]
    policies, now = installation.settings.policy, installation.clock()

    def question(connection: Connection, as_of: AsOf) -> dict[str, Any]:
        detail = case_detail(connection, as_of, actor, policies, case_id, now=now)
        events = case_history(connection, as_of, actor, policies, case_id, now=now)
        shard = installation.home(case_subject(case_id))
        with installation.entered(connection, shard):
            stamp = _stamp(request, connection, case_id, max(event.position for event in events), shard)
        return {"stamp": stamp, "case": detail.case, "events": events}

    try:
        found = await read(request, question)
    except NotFound:
        return await _not_there(request, actor)
    return await _sheet(request, actor, **found)


async def show_verification(request: web.Request) -> web.Response:
    """What a scanned code leads to: whether the log holds that entry. It tells nothing of the content.

    Who typed the address is shown where to enter what stands beside the code.
    """
    try:
        query = read_query(request, StampQuery)
    except Problem as problem:
        if not asks_for_pages(request):
            raise
        return await _verification_form(request, problem)
    installation = request.app[INSTALLATION]

    def question(connection: Connection, _: AsOf) -> dict[str, Any]:
        with installation.entered(connection, query.shard):
            return _checked(connection, query, request.app[INSTALLATION].log_suite)

    found = await read(request, question)
    return await page(request, "verify.html", signed_in(request), said=query, **found)


async def _verification_form(request: web.Request, problem: Problem) -> web.Response:
    """Names the fields that do not fit, once any was filled in."""
    given = {name: request.query.get(name, "") for name in StampQuery.model_fields if name != "lang"}
    wrong = [error["field"] for error in problem.members["errors"] if any(given.values())]
    status = problem.status if wrong else HTTPStatus.OK
    return await page(request, "verify_form.html", signed_in(request), status=status, given=given, wrong=wrong)


async def _sheet(request: web.Request, actor: Actor, stamp: Stamp, **record: Any) -> web.Response:
    shown = {"clue": None, "case": None, "events": (), **record}
    return await page(request, "record.html", actor, stamp=stamp, printed_at=request.app[INSTALLATION].clock(), **shown)


async def _not_there(request: web.Request, actor: Actor) -> web.Response:
    return await page(request, "message.html", actor, status=HTTPStatus.NOT_FOUND, message="not_found")


def _stamp(request: web.Request, connection: Connection, record_id: str, position: int, shard: int | None) -> Stamp:
    log = LogReader(connection, request.app[INSTALLATION].log_suite)
    size = _newest(log, position).size
    address = request.app[INSTALLATION].settings.http.public_url or str(request.url.origin())
    leaf = log.inclusion(position - 1, size).leaf_hash
    return Stamp(record_id, position - 1, size, leaf.hex(), address.rstrip("/"), shard)


def _newest(log: LogReader, position: int) -> Checkpoint:
    """A countersigned checkpoint that covers the position, else the newest."""
    note = log.witnessed(at_least=position) or log.checkpoint() or ""
    return parse_checkpoint(parse_note(note).text)


def _checked(connection: Connection, said: StampQuery, suite: Suite) -> dict[str, Any]:
    log = LogReader(connection, suite)
    try:
        holds = log.inclusion(said.index, said.size).leaf_hash.hex() == said.leaf
    except OutsideTheLog:
        holds = False
    leaf = leaf_at(connection, said.index + 1) if holds else None
    holds = leaf is not None and _is_about(parse_leaf(leaf), said.record)
    return {
        "holds": holds,
        "checkpoint": _newest(log, said.index + 1),
        "witnessed": log.witnessed(said.size) is not None,
    }


def _is_about(leaf: Leaf, record_id: str) -> bool:
    """Whether an entry belongs to a clue, or says something of an approval case."""
    if str(leaf.originator_id) == record_id:
        return True
    keys: str = json.loads(leaf.state).get("subjectkeys", "")
    return f"{key_of(case_subject(record_id)):016x}" in keys.split(",")
