"""Clues 线索: listed, shown, and moved along by the people in charge."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Final
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic.functional_validators import AfterValidator
from pydantic_core import PydanticCustomError
from sqlalchemy import Connection

from domain.access import Actor
from domain.personal_data import People, holds_number
from domain.purposes import USUAL, Purpose
from infra.documents.clue_detail import ClueDetail, clue_detail, detail_document
from infra.documents.clues import clue_document, named
from infra.http.answers import answer_json
from infra.http.body import read_model
from infra.http.keys import ACTOR, INSTALLATION, NODE
from infra.http.parameters import ClueFilters, read_query
from infra.http.problems import PERSONAL_DATA, not_found, personal_data
from infra.http.reading import read
from infra.http.readings import purpose_of, record_readings
from projections.questions import clue_queries
from projections.questions.clue_queries import Filters, Page
from streams.node.commands import DecideClue
from streams.threads import in_thread

PERSONAL: Final = "a reason may not hold an ID number, a mobile number or the name of the person it is about"


def _without_numbers(text: str) -> str:
    """A reason is kept for ever, so nothing may enter by it that must never be kept."""
    if holds_number(text):
        raise PydanticCustomError(PERSONAL_DATA, PERSONAL)
    return text


class Reason(BaseModel):
    """Why; needed to confirm, to clear and to explain."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    reason: (
        Annotated[
            str,
            StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000),
            AfterValidator(_without_numbers),
        ]
        | None
    ) = None


async def list_clues(request: web.Request) -> web.Response:
    query = read_query(request, ClueFilters)
    settings = request.app[INSTALLATION].settings
    given = query.model_dump(exclude={"status", "sort", "cursor", "limit"})
    filters = Filters(statuses=(query.status,) if query.status else (), **given)
    limit = min(query.limit, settings.limits.page_items)
    actor, vault = request[ACTOR], request.app[INSTALLATION].vault
    # Who asks for one tender, project or case searches for the people in it; a list of all is no search.
    searched = query.tender_id or query.project_code or query.case_id
    purpose = purpose_of(request) if searched else None

    def question(connection: Connection, _: object) -> Page:
        page = clue_queries.clues(connection, actor, filters, sort=query.sort, cursor=query.cursor, limit=limit)
        return replace(page, items=named(connection, vault, actor, page.items))

    page = await read(request, question)
    if purpose is not None:
        await record_readings(request, actor, [clue.person_id for clue in page.items], purpose)
    return await in_thread(
        lambda: answer_json({"items": [clue_document(clue) for clue in page.items], "next": page.next})
    )


async def show_clue(request: web.Request) -> web.Response:
    purpose, actor = purpose_of(request), request[ACTOR]
    return await _answer(await read_on_record(request, actor, clue_id_of(request), purpose))


def command(verb: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The handler of one thing a person can do about a clue; it answers with the clue as it is then."""

    async def carry_out(request: web.Request) -> web.Response:
        clue_id, actor = clue_id_of(request), request[ACTOR]
        given = await read_model(request, Reason)
        # Whoever may not see a clue must not learn from the answer that there is one.
        clue = await read(request, lambda connection, _: clue_queries.clue(connection, actor, clue_id))
        await _check_names_nobody(request, given.reason, clue.person_id)
        await request.app[NODE].perform(DecideClue(clue_id, verb, actor, given.reason))
        # Whoever decides about a clue reads it for that.
        return await _answer(await read_on_record(request, actor, clue_id, USUAL[actor.role]))

    carry_out.__name__ = f"{verb}_clue"
    return carry_out


async def _check_names_nobody(request: web.Request, reason: str | None, person_id: str | None) -> None:
    """Raises a problem where the reason names the person whom the clue is about."""
    if reason is None or person_id is None:
        return
    vault = request.app[INSTALLATION].vault
    identity = await read(request, lambda connection, _: vault.identity(connection, person_id))
    if identity is not None and People(identity.names).named_in(reason):
        raise personal_data("reason", PERSONAL)


async def _answer(detail: ClueDetail) -> web.Response:
    return await in_thread(lambda: answer_json(detail_document(detail)))


def clue_id_of(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["clue_id"])
    except ValueError:
        raise not_found() from None


async def read_on_record(request: web.Request, actor: Actor, clue_id: UUID, purpose: Purpose) -> ClueDetail:
    """The clue with its evidence, once it is on record that ``actor`` reads about its person."""
    detail = await read_detail(request, actor, clue_id)
    await record_readings(request, actor, [detail.clue.person_id], purpose)
    return detail


async def read_detail(request: web.Request, actor: Actor, clue_id: UUID) -> ClueDetail:
    installation = request.app[INSTALLATION]
    return await read(
        request,
        lambda connection, as_of: clue_detail(
            connection, as_of, installation.vault, actor, clue_id, now=installation.clock()
        ),
    )
