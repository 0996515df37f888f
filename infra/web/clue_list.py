"""The lists of clues: what waits, the gravest on top, and what is closed, the newest on top.

The first page shows the beginning of every group, a page of its own all of one group.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal, Self
from urllib.parse import urlencode

from aiohttp import web
from pydantic import ConfigDict, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import Connection

from alerts.inbox import last_notice_id, loads_told
from domain.access import Actor
from domain.clues.context import ClueStatus
from infra.documents.clues import named
from infra.http.keys import ACTOR, INSTALLATION
from infra.http.parameters import ClueCursor, Query, read_query
from infra.http.reading import read
from infra.http.route import ACCOUNT_READERS, CLUE_READERS, TOLD
from infra.identity.vault import Vault
from infra.web.accounts import show_accounts
from infra.web.deliveries import show_deliveries
from infra.web.pages import html, page, sign_in_page, signed_in
from projections.questions import clue_queries
from projections.questions.clue_order import Sort
from projections.questions.clue_queries import Count, Filters, ShownClue

SHOWN_FIRST: Final = 20
"""Of each group on the page of all groups."""
SHOWN_ON_A_PAGE: Final = 50
LOADS_SHOWN: Final = timedelta(days=7)
"""So long the summary of a load of history stands above the list."""
_PATH: Final = "/clues"
_FRAGMENT: Final = "/fragments/clues"
_OF_NONE: Final = Count(0, 0)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What belongs to a group, and in which order."""

    title: str
    statuses: tuple[ClueStatus, ...]
    sort: Sort


_GROUPS: Final = {
    "needs_you": _Kind("needs_you", (ClueStatus.RAISED,), Sort.GRAVEST),
    "acknowledged": _Kind("acknowledged_group", (ClueStatus.ACKNOWLEDGED,), Sort.GRAVEST),
    "investigated": _Kind("investigated_group", (ClueStatus.UNDER_INVESTIGATION,), Sort.GRAVEST),
    "closed": _Kind("closed_group", tuple(status for status in ClueStatus if not status.is_open), Sort.CHANGED),
}


class ListQuery(Query):
    """``group`` None: the beginning of every group."""

    model_config = ConfigDict(extra="ignore")

    group: Literal["needs_you", "acknowledged", "investigated", "closed"] | None = None
    cursor: ClueCursor | None = None

    @model_validator(mode="after")
    def _cursor_of_this_group(self) -> Self:
        if self.cursor is None:
            return self
        if self.group is None or not _GROUPS[self.group].sort.has(self.cursor):
            raise PydanticCustomError("cursor", "the cursor belongs to another list")
        return self


@dataclass(frozen=True, slots=True)
class Group:
    """Clues under one heading: ``count`` counts all of them, ``clues`` are those of this page.

    ``address`` is where the group begins, ``next`` where it goes on; None at its end.
    """

    key: str
    title: str
    sort: Sort
    count: Count
    clues: tuple[ShownClue, ...]
    address: str
    next: str | None


async def show_clues(request: web.Request) -> web.Response:
    actor = signed_in(request)
    if actor is None:
        return await sign_in_page(request, "sign_in_how")
    if actor.role in ACCOUNT_READERS - CLUE_READERS:
        return await show_accounts(request)
    if actor.role not in CLUE_READERS:
        # A feed has one page.
        return await show_deliveries(request)
    query = read_query(request, ListQuery)
    values, last_notice = await read(
        request, lambda connection, _: (_values(request, connection, actor, query), last_notice_id(connection))
    )
    return await page(
        request,
        "clues.html",
        actor,
        live=actor.role in TOLD,
        last_notice=last_notice,
        fragment=_address(_FRAGMENT, group=query.group, cursor=query.cursor),
        **values,
    )


async def clues_fragment(request: web.Request) -> web.Response:
    actor, query = request[ACTOR], read_query(request, ListQuery)
    values = await read(request, lambda connection, _: _values(request, connection, actor, query))
    return await html(request, "_clues.html", role=actor.role, **values)


def _values(request: web.Request, connection: Connection, actor: Actor, query: ListQuery) -> dict[str, Any]:
    counts = clue_queries.counts(connection, actor)
    vault = request.app[INSTALLATION].vault
    groups = [_group(connection, vault, actor, key, query, _count(counts, kind)) for key, kind in _GROUPS.items()]
    since = request.app[INSTALLATION].clock() - LOADS_SHOWN
    return {
        "loads": [notice.document() for notice in loads_told(connection, actor, since=since)],
        "groups": groups,
        "total": sum(group.count.clues for group in groups),
        "chosen": query.group,
        "cursor": query.cursor,
    }


def _group(connection: Connection, vault: Vault, actor: Actor, key: str, query: ListQuery, count: Count) -> Group:
    """Without its clues where another group is asked for."""
    kind, address = _GROUPS[key], _address(_PATH, group=key)
    if query.group not in (None, key):
        return Group(key, kind.title, kind.sort, count, (), address, None)
    found = clue_queries.clues(
        connection,
        actor,
        Filters(statuses=kind.statuses),
        sort=kind.sort,
        cursor=query.cursor,
        limit=SHOWN_ON_A_PAGE if query.group else SHOWN_FIRST,
    )
    following = _address(_PATH, group=key, cursor=found.next) if found.next else None
    clues = named(connection, vault, actor, found.items)
    return Group(key, kind.title, kind.sort, count, clues, address, following)


def _count(counts: Mapping[str, Count], kind: _Kind) -> Count:
    found = [counts.get(status, _OF_NONE) for status in kind.statuses]
    return Count(sum(each.clues for each in found), sum(each.candidates for each in found))


def _address(path: str, **query: str | None) -> str:
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path
