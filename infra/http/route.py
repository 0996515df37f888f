"""A route: one call, who may use it, and what it reads; the router, the gate and the documentation share it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from aiohttp import web
from pydantic import BaseModel

from domain.access import Role

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PUBLIC: Final = None
"""No token: holds nothing about anybody."""
FEEDS: Final = frozenset({Role.SOURCE, Role.OPERATOR})
ADMINISTRATORS: Final = frozenset({Role.OPERATOR})
ACCOUNT_READERS: Final = frozenset({Role.OPERATOR, Role.SECURITY_OFFICER, Role.AUDITOR})
ACCOUNT_ENDERS: Final = frozenset({Role.OPERATOR, Role.SECURITY_OFFICER})
GRANTERS: Final = frozenset({Role.SECURITY_OFFICER})
PEOPLE: Final = frozenset(Role) - {Role.SOURCE}
CLUE_READERS: Final = frozenset(Role) - {Role.SOURCE, Role.SECURITY_OFFICER}
CASE_READERS: Final = frozenset({Role.SUPERVISOR, Role.INVESTIGATOR, Role.AUDITOR})
DECIDERS: Final = frozenset({Role.SUPERVISOR})
ERASERS: Final = frozenset({Role.OPERATOR})
EXPLAINERS: Final = frozenset({Role.BIDDER})
LOT_READERS: Final = frozenset({Role.SUPERVISOR, Role.INVESTIGATOR, Role.AUDITOR, Role.OPERATOR})
SOURCE_READERS: Final = frozenset({Role.SOURCE, Role.OPERATOR, Role.INVESTIGATOR, Role.AUDITOR})
MONTH_READERS: Final = SOURCE_READERS | {Role.SUPERVISOR}
ENQUIRERS: Final = frozenset({Role.SUPERVISOR, Role.INVESTIGATOR})
LOG_READERS: Final = frozenset({Role.INVESTIGATOR, Role.AUDITOR, Role.OPERATOR})
READING_READERS: Final = frozenset({Role.AUDITOR})
NOTIFICATION_READERS: Final = frozenset({Role.SUPERVISOR, Role.AUDITOR, Role.OPERATOR})
TOLD: Final = frozenset({Role.SUPERVISOR, Role.TENDERER, Role.BIDDER})


@dataclass(frozen=True, slots=True)
class Answered:
    """How a call that succeeds is answered; ``problems`` are what else than usual may be in the way, by status."""

    status: int = 200
    media: tuple[str, ...] = ("application/json",)
    problems: tuple[int, ...] = ()


JSON: Final = Answered()
CREATED: Final = Answered(201)
NOTHING: Final = Answered(204, ())
PAGE: Final = Answered(media=("text/html",))
OWN_PAGE: Final = Answered(media=("text/html",), problems=(401,))
"""A page about one thing: whoever is not signed in is asked to."""
READINGS: Final = Answered(media=("text/html",), problems=(401, 404))
VERIFIED: Final = Answered(media=("text/html",), problems=(404,))
TEXT: Final = Answered(media=("text/plain",))
BYTES: Final = Answered(media=("application/octet-stream",))
SHEET: Final = Answered(media=("application/json", "text/csv"))
DECIDED: Final = Answered(problems=(409, 503))
"""What a person decided may contradict what was decided before, and in a cluster need a worker that is not there."""
DELIVERED: Final = Answered(204, (), problems=(409, 503))
"""A cluster takes in no files."""
UPLOADED: Final = Answered(201, problems=(400, 408, 409, 413, 415))
ACCEPTED: Final = Answered(202, problems=(409,))
ACCEPTED_LATER: Final = Answered(202, problems=(404, 409))
RESENT: Final = Answered(problems=(404, 409))
ROWS: Final = Answered(media=("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))
ENDED: Final = Answered(problems=(404, 409, 503))
"""The same of what the body names, which may not be there."""
OPENED: Final = Answered(201, problems=(404, 409, 503))
CAPACITY: Final = Answered(201, problems=(409, 429))
SECRETS_SET: Final = Answered(204, (), problems=(409,))
LEFT: Final = Answered(303, (), problems=(401, 404, 429))
"""Sent on to another address, or told why not."""
STREAM: Final = Answered(media=("text/event-stream",), problems=(429,))
READY: Final = Answered(problems=(503,))
METRICS: Final = Answered(media=("text/plain",), problems=(401,))
SIGNED_IN: Final = Answered(201, problems=(401, 429))
TAKEN: Final = Answered(202, problems=(400, 408, 409, 413, 415, 429, 503, 507))


@dataclass(frozen=True, slots=True)
class Route:
    """``roles`` None: open to everyone. ``query`` and ``body`` describe what the handler reads.

    ``about_people`` says when a header may say what people are read about for.
    ``pattern`` is the path as the router takes it, where a parameter spans several parts. ``by_token_alone``: not by
    a browser's session, which what it gives would outlive.
    """

    method: str
    path: str
    handler: Handler
    roles: frozenset[Role] | None
    summary: str
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    pattern: str | None = None
    answered: Answered = JSON
    headers: tuple[str, ...] = ()
    about_people: Literal["", "always", "searched"] = ""
    by_token_alone: bool = False


ROUTES: Final[web.AppKey[Mapping[tuple[str, str], Route]]] = web.AppKey("routes")


def by_method_and_path(routes: Iterable[Route]) -> Mapping[tuple[str, str], Route]:
    """As the application keeps them under :data:`ROUTES`."""
    return {(route.method, route.path): route for route in routes}


def route_of(request: web.Request) -> Route | None:
    """The route that a request is for; None for what the router does not know, and for static files."""
    resource = request.match_info.route.resource
    if resource is None:
        return None
    method = "GET" if request.method == "HEAD" else request.method
    return request.app[ROUTES].get((method, resource.canonical))
