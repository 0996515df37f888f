"""Who signed in or out, and who was refused: each is on record; auditors see the list."""

from datetime import date
from typing import Annotated, Final

import structlog
from aiohttp import web
from cachetools import TTLCache
from pydantic import Field, StringConstraints
from sqlalchemy import Connection

from domain.evidence.days import day_in_shanghai
from domain.facts.access import AccessKind
from infra.documents.access_log import accesses_on
from infra.http.answers import answer_json
from infra.http.keys import INSTALLATION, NODE
from infra.http.parameters import Query, read_query
from infra.http.reading import read
from streams.node.commands import RecordAccess
from streams.node.node import Unanswered

Account = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_REMEMBERED: Final = 10_000
_SECONDS: Final = 60

log = structlog.get_logger(__name__)


class RecordedAccesses:
    """What was recorded a moment ago: who tries again and again costs no commit each time."""

    def __init__(self) -> None:
        self._known: TTLCache[tuple[AccessKind, str, str, str], bool] = TTLCache(_REMEMBERED, _SECONDS)

    def is_new(self, *said: *tuple[AccessKind, str, str, str]) -> bool:
        new = said not in self._known
        self._known[said] = True
        return new


RECORDED_ACCESSES = web.AppKey("recorded_accesses", RecordedAccesses)


class AccessQuery(Query):
    """``day`` in Shanghai, today by default; narrowed to an ``account``."""

    day: date | None = None
    account: Account | None = None
    cursor: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}$")] = "0"
    limit: Annotated[int, Field(ge=1)] = 100


async def record_access(request: web.Request, what: AccessKind, account: str, role: str, how: str) -> None:
    """Returns once it is on record.

    A cluster whose worker is away is no reason to keep its operators out: then the program's log has it.
    """
    if not request.app[RECORDED_ACCESSES].is_new(what, account, role, how):
        return
    at = request.app[INSTALLATION].clock()
    try:
        await request.app[NODE].perform(RecordAccess(what, account, role, how, at))
    except Unanswered as error:
        log.warning("access_not_recorded", what=what, how=how, shard=error.shard)


async def list_accesses(request: web.Request) -> web.Response:
    query, installation = read_query(request, AccessQuery), request.app[INSTALLATION]
    day = query.day or day_in_shanghai(installation.clock())
    start, limit = int(query.cursor), min(query.limit, installation.settings.limits.page_items)

    def question(connection: Connection, _: object) -> web.Response:
        found = accesses_on(connection, installation, day, account=query.account)
        following = str(start + limit) if start + limit < len(found) else None
        return answer_json({"day": day, "items": found[start : start + limit], "next": following})

    return await read(request, question)
