"""Tokens and sessions: who holds one, and ending them one by one."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from domain.access import Role
from domain.facts.access import AccessKind
from infra.http.access_log import record_access
from infra.http.answers import answer_json
from infra.http.ended_sessions import look
from infra.http.keys import ACTOR, SESSIONS, TOKEN_IDS, TOKENS
from infra.http.problems import not_found
from infra.http.session import holder
from infra.identity.sessions import OpenSession
from infra.identity.tokens import IssuedToken, Why
from streams.threads import in_thread


async def list_tokens(request: web.Request) -> web.Response:
    found = await in_thread(request.app[TOKENS].tokens)
    return answer_json({"items": [token_document(each) for each in found]})


async def revoke_token(request: web.Request) -> web.Response:
    """It ends with every session that was opened with it."""
    id, actor = request.match_info["token_id"], request[ACTOR]
    await in_thread(request.app[TOKENS].revoke, id)
    await record_access(request, AccessKind.TOKEN_REVOKED, f"token:{id}", actor.role, _by(request))
    await look(request.app)
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def list_sessions(request: web.Request) -> web.Response:
    """All for operators, the own ones for everybody else."""
    found = await in_thread(request.app[SESSIONS].open_sessions, session_filter(request))
    return answer_json({"items": [session_document(each, request[TOKEN_IDS]) for each in found]})


async def end_session(request: web.Request) -> web.Response:
    id = request.match_info["session_id"]
    found = await in_thread(request.app[SESSIONS].open_sessions, session_filter(request))
    session = next((each for each in found if each.id == id), None)
    if session is None:
        raise not_found()
    await in_thread(request.app[TOKENS].end, id, session.expires_at, Why.ENDED)
    await record_access(request, AccessKind.SESSION_ENDED, session.account, session.capacity, _by(request))
    await look(request.app)
    return web.Response(status=HTTPStatus.NO_CONTENT)


def session_filter(request: web.Request) -> str | None:
    """Whose sessions the caller may see and end; None: everybody's."""
    actor = request[ACTOR]
    return None if actor.role in (Role.OPERATOR, Role.SECURITY_OFFICER) else holder(actor.account, request[TOKEN_IDS])


def _by(request: web.Request) -> str:
    return f"by {holder(request[ACTOR].account, request[TOKEN_IDS])}"


def token_document(issued: IssuedToken) -> dict[str, Any]:
    actor = issued.actor
    return {
        "id": issued.id,
        "role": actor.role,
        "name": actor.name,
        "source": actor.source,
        "jurisdiction": actor.jurisdiction,
        "uscc": actor.uscc,
        "issued_at": issued.issued_at,
        "expires_at": issued.expires_at,
        "revoked_at": issued.ended_at,
    }


def session_document(session: OpenSession, own: tuple[str, ...]) -> dict[str, Any]:
    return {
        "id": session.id,
        "account": session.account,
        "capacity": session.capacity,
        "how": session.how,
        "opened_at": session.opened_at,
        "seen_at": session.seen_at,
        "expires_at": session.expires_at,
        "this_one": session.id in own,
    }
