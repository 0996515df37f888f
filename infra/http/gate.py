"""What every request passes: who asks, may they, is the form genuine; and how it is answered."""

import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from aiohttp import web
from structlog.contextvars import bound_contextvars

from domain.errors import CannotRecord, MonitorError, NotAllowed, NotEntitled, NotFound, Overloaded
from infra.http.client_address import client_address
from infra.http.events import cannot_record, overloaded
from infra.http.failures import log_failure
from infra.http.keys import ACCESS, ACTOR, INSTALLATION, ISSUER_KEYS, REQUEST_ID, TOKEN_IDS
from infra.http.problems import Problem, answered, from_http_error, not_found
from infra.http.refusals import forbidden, unauthenticated
from infra.http.route import Route, route_of
from infra.http.session import SESSION_COOKIE
from infra.identity.access import Proven
from infra.identity.refused_tokens import NotAuthenticated
from streams.intake.quarantine import NotQuarantined
from streams.node.node import FactsComeByTopics, Unanswered

CSRF_HEADER = "X-CSRF-Token"
BACKGROUND_HEADER = "X-Background"
"""What a page asks by itself does not keep a session from ending that nobody uses."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = structlog.get_logger(__name__)


async def harden(request: web.Request, response: web.StreamResponse) -> None:
    """Security headers on every answer; nothing is stored on the way, and no software is named."""
    response.headers.update(_HEADERS)
    if REQUEST_ID in request:
        response.headers["X-Request-Id"] = request[REQUEST_ID]
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.popall("Server", None)


@web.middleware
async def log_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """All that is logged of a request names it; the caller gets the same id, to ask about it.

    Routes are told as templates: addresses hold ids of people and cases.
    """
    request_id, began = uuid4().hex[:16], time.perf_counter()
    request[REQUEST_ID] = request_id
    with bound_contextvars(request_id=request_id):
        response = await handler(request)
        tell = log.info if response.status >= HTTPStatus.BAD_REQUEST else log.debug
        tell(
            "request_answered",
            method=request.method,
            route=_resource(request),
            status=response.status,
            role=request[ACTOR].role if ACTOR in request else None,
            seconds=round(time.perf_counter() - began, 4),
        )
    return response


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        return await answered(request, from_http_error(error))
    except MonitorError as error:
        if isinstance(error, NotAuthenticated) and error.reason != "missing":
            log.info("sign_in_refused", reason=error.reason, address=client_address(request))
        return await answered(request, problem_of(error))
    except ConnectionError:
        raise
    except Exception as error:  # noqa: BLE001 - the outermost edge: nothing of the error may reach the caller
        log_failure(error, method=request.method, route=_resource(request))
        failed = "The request could not be answered; the operator can see why."
        return await answered(request, Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", failed))


@web.middleware
async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only those the route table names get further; the handler finds them as ``request[ACTOR]``."""
    refuse_other_sites(request)
    route = route_of(request)
    if route is None or route.roles is None:
        return await handler(request)
    proven = await signed_in(request, route)
    if proven.actor.role not in route.roles:
        raise forbidden("Your role does not allow this.")
    request[ACTOR], request[TOKEN_IDS] = proven.actor, proven.ids
    return await handler(request)


def refuse_other_sites(request: web.Request) -> None:
    """Another site must not change anything here, nor sign a visitor in or out.

    Browsers say where a call comes from; programs need not.
    """
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("Origin")
    public = request.app[INSTALLATION].settings.http.public_url or ""
    own = {request.host.lower(), urlsplit(public).netloc.lower()} - {""}
    is_own = origin is None or urlsplit(origin).netloc.lower() in own
    if not is_own or request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Problem(HTTPStatus.FORBIDDEN, "other_site", "Another site may not ask for this.")


async def signed_in(request: web.Request, route: Route) -> Proven:
    """By bearer token; else by the session cookie, which changes something only with its form token."""
    access = request.app[ACCESS]
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise NotAuthenticated("scheme")
        return await request.app[ISSUER_KEYS].prove(token.strip())
    cookie = request.cookies.get(SESSION_COOKIE)
    if cookie is not None and route.by_token_alone:
        access.prove_session(cookie, is_use=False)
        raise Problem(HTTPStatus.FORBIDDEN, "token_needed", "This is done with a bearer token, not from a session.")
    if cookie is None:
        raise NotAuthenticated("missing")
    proven = access.prove_session(cookie, is_use=BACKGROUND_HEADER not in request.headers)
    if route.method not in SAFE_METHODS and not access.csrf_matches(cookie, request.headers.get(CSRF_HEADER, "")):
        raise Problem(HTTPStatus.FORBIDDEN, "csrf", "The page is out of date; load it again.")
    return proven


def problem_of(error: MonitorError) -> Problem:
    """The one place where errors of the inner packages become answers."""
    match error:
        case Problem():
            return error
        case NotAuthenticated():
            return unauthenticated(error)
        case NotFound() | NotQuarantined():
            return not_found()
        case NotEntitled():
            return forbidden(f"{error.reason[:1].upper()}{error.reason[1:]}.")
        case NotAllowed():
            return Problem(HTTPStatus.CONFLICT, "not_allowed", f"{error.reason[:1].upper()}{error.reason[1:]}.")
        case Overloaded():
            return overloaded(error)
        case CannotRecord():
            return cannot_record(error)
        case Unanswered():
            return _unanswered(error)
        case FactsComeByTopics():
            said = "The facts of a cluster come by its topics; /asyncapi.json says which carries what."
            return Problem(HTTPStatus.CONFLICT, "come_by_topics", said, members={"topics": error.topics})
    log_failure(error)
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "The request could not be answered.")


def _unanswered(error: Unanswered) -> Problem:
    log.warning("command_unanswered", shard=error.shard)
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unanswered",
        "The worker that would record this did not answer; nothing was recorded.",
        headers={"Retry-After": "5"},
    )


def _resource(request: web.Request) -> str | None:
    resource = request.match_info.route.resource
    return resource.canonical if resource else None
