"""Sources 数据源: who may say what, which numbers are missing, who has fallen silent."""

from datetime import date
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from domain.evidence.source import SourceCase
from domain.rule import judge
from domain.sources.bounds import Bounds, Channel, GrantedArea, GrantedKind, Party, SourceUri
from infra.documents.plain import document
from infra.documents.registered_sources import registration_document
from infra.http.answers import answer_json
from infra.http.body import read_model
from infra.http.keys import ACTOR, INSTALLATION, NODE
from infra.http.reading import read
from projections.boards.registered_sources import registrations
from projections.boards.sources import cases
from streams.node.commands import ChangeRegistry, EndSource, RegisterSource

_MOST_HOLES = 1_000


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class SourceWanted(_Body):
    """``types`` are message types without prefix and version, ``areas`` GB/T 2260 prefixes; ``*`` is all of them.

    ``first_use`` registers nobody by decision: it is refused once an operator has decided on any source.
    """

    source: SourceUri
    owner: Party
    name: Party | None = None
    types: Annotated[tuple[GrantedKind, ...], Field(min_length=1)]
    areas: Annotated[tuple[GrantedArea, ...], Field(min_length=1)]
    channel: Channel = Channel.ANY
    valid_from: date | None = None
    valid_to: date | None = None
    corrects: tuple[SourceUri, ...] = ()
    first_use: bool = False

    @property
    def bounds(self) -> Bounds:
        return Bounds(**self.model_dump(exclude={"source", "name"}), name=self.name or self.owner)


class SourceEnded(_Body):
    source: SourceUri
    reason: Annotated[str, Field(min_length=1, max_length=500)]


async def register_source(request: web.Request) -> web.Response:
    """Registered, or granted other bounds; answers with the registration."""
    wanted = await read_model(request, SourceWanted)
    return await _changed(request, RegisterSource(wanted.source, wanted.bounds, request[ACTOR]))


async def end_source(request: web.Request) -> web.Response:
    given = await read_model(request, SourceEnded)
    return await _changed(request, EndSource(given.source, given.reason, request[ACTOR]))


async def _changed(request: web.Request, command: ChangeRegistry) -> web.Response:
    await request.app[NODE].perform(command)

    def question(connection: Connection, _: object) -> web.Response:
        (found,) = (each for each in registrations(connection) if each.source == command.source)
        return answer_json(registration_document(found))

    return await read(request, question)


async def list_sources(request: web.Request) -> web.Response:
    """``registered``: who may say what. ``items``: those that number their messages or send heartbeats.

    A feed sees itself only.
    """
    installation, actor = request.app[INSTALLATION], request[ACTOR]
    policies, now = installation.settings.policy, installation.clock()

    def question(connection: Connection, _: object) -> web.Response:
        found = cases(connection, actor, policies, now)
        registered = [registration_document(each) for each in registrations(connection, actor)]
        return answer_json({"items": [source_document(case) for case in found], "registered": registered})

    return await read(request, question)


def source_document(case: SourceCase) -> dict[str, Any]:
    """What is known of a source, and what the rules say of it; the first thousand holes at most."""
    numbers = {"first": case.heard[0][0], "last": case.heard[-1][1]} if case.heard else None
    findings = [document(finding) for finding in judge(case) if finding.outcome.makes_clue]
    return {
        "source": case.source,
        "numbers": numbers,
        "said_last": case.said_last,
        "missing_count": case.missing_count,
        "missing": [list(hole) for hole in case.missing[:_MOST_HOLES]],
        "interval_seconds": case.interval_seconds,
        "heard_at": case.heard_at.isoformat(),
        "findings": findings,
    }
