"""Readings about people: each is on record, with its purpose, before anything is shown; auditors see the list."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field, StringConstraints
from sqlalchemy import Connection

from domain.access import Actor
from domain.evidence.days import day_in_shanghai
from domain.purposes import PURPOSE_HEADER, USUAL, Purpose
from infra.documents.readings import readings_on
from infra.http.answers import answer_json
from infra.http.keys import ACTOR, INSTALLATION, NODE
from infra.http.parameters import Query, read_query
from infra.http.problems import Problem
from infra.http.reading import read
from streams.node.commands import RecordReading

PURPOSE_COOKIE: Final = "purpose"
"""What a reader chose on the pages."""
_MOST_REMEMBERED: Final = 100_000
_PSEUDONYM: Final = re.compile("[0-9a-f]{32,64}")


class Recorded:
    """Who has read about whom in this quarter of an hour, so that an open page asks for no entry again."""

    def __init__(self) -> None:
        self._quarter: datetime | None = None
        self._known: set[tuple[Actor, Purpose, str]] = set()

    def new(self, people: Iterable[str], actor: Actor, purpose: Purpose, at: datetime) -> tuple[str, ...]:
        quarter = at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)
        if quarter != self._quarter or len(self._known) > _MOST_REMEMBERED:
            self._quarter, self._known = quarter, set()
        return tuple(person for person in dict.fromkeys(people) if (actor, purpose, person) not in self._known)

    def add(self, people: Iterable[str], actor: Actor, purpose: Purpose) -> None:
        self._known.update((actor, purpose, person) for person in people)


RECORDED = web.AppKey("recorded_readings", Recorded)


class ReadingQuery(Query):
    """``day`` in Shanghai, today by default; narrowed to a ``reader`` or a ``person_id``."""

    day: date | None = None
    reader: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    person_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32,64}$")] | None = None
    cursor: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}$")] = "0"
    limit: Annotated[int, Field(ge=1)] = 100


def purpose_of(request: web.Request) -> Purpose:
    """The purpose that the header names; raises a problem where it names none of the list.

    Without the header it is the usual one of the role, unless the settings ask for it each time.
    """
    named = request.headers.get(PURPOSE_HEADER)
    if named is None and not request.app[INSTALLATION].settings.http.purpose_required:
        return USUAL[request[ACTOR].role]
    return purpose_named(named)


def purpose_named(text: str | None) -> Purpose:
    try:
        return Purpose(text or "")
    except ValueError:
        named = ", ".join(Purpose)
        said = f"Say in the header {PURPOSE_HEADER} what you read about people for: {named}."
        members = {"errors": [{"field": PURPOSE_HEADER, "code": "purpose_required", "message": said}]}
        raise Problem(HTTPStatus.BAD_REQUEST, "purpose_required", said, members=members) from None


def purpose_on_pages(request: web.Request, actor: Actor) -> Purpose:
    """The one that the reader chose on the pages, or the usual one of the role."""
    chosen = request.cookies.get(PURPOSE_COOKIE)
    return Purpose(chosen) if chosen in list(Purpose) else USUAL[actor.role]


async def record_readings(request: web.Request, actor: Actor, people: Iterable[str | None], purpose: Purpose) -> None:
    """Returns once the readings are on record: only then may anything be shown."""
    now, recorded = request.app[INSTALLATION].clock(), request.app[RECORDED]
    # An address may name anything as a person; of what is no pseudonym there is nothing to read.
    known = (person for person in people if person is not None and _PSEUDONYM.fullmatch(person))
    new = recorded.new(known, actor, purpose, now)
    if new:
        await request.app[NODE].perform(RecordReading(new, actor, purpose, now))
        recorded.add(new, actor, purpose)


async def list_readings(request: web.Request) -> web.Response:
    query, installation, actor = read_query(request, ReadingQuery), request.app[INSTALLATION], request[ACTOR]
    day = query.day or day_in_shanghai(installation.clock())
    start, limit = int(query.cursor), min(query.limit, installation.settings.limits.page_items)

    def question(connection: Connection, _: object) -> web.Response:
        found = readings_on(connection, installation, actor, day, reader=query.reader, person_id=query.person_id)
        following = str(start + limit) if start + limit < len(found) else None
        return answer_json({"day": day, "items": found[start : start + limit], "next": following})

    return await read(request, question)
