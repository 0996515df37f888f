"""Signing in and out of the browser: a bearer token in exchange for a same-site cookie."""

from datetime import timedelta
from http import HTTPStatus

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from infra.http.answers import answer_json
from infra.http.body import read_model
from infra.http.keys import ACCESS, INSTALLATION
from infra.http.problems import Problem

SESSION_COOKIE = "session"


class SignIn(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    token: str


async def open_session(request: web.Request) -> web.Response:
    _refuse_other_sites(request)
    given = await read_model(request, SignIn)
    http = request.app[INSTALLATION].settings.http
    session = request.app[ACCESS].open_session(given.token, longest=timedelta(hours=http.session_hours))
    response = answer_json({"csrf": session.csrf}, status=HTTPStatus.CREATED)
    response.set_cookie(
        SESSION_COOKIE,
        session.cookie,
        max_age=session.max_age_seconds,
        path="/",
        secure=http.secure_cookies,
        httponly=True,
        samesite="Strict",
    )
    return response


async def close_session(request: web.Request) -> web.Response:
    _refuse_other_sites(request)
    response = web.Response(status=HTTPStatus.NO_CONTENT)
    response.del_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="Strict")
    return response


def _refuse_other_sites(request: web.Request) -> None:
    """Another site must not sign a visitor in or out; browsers say where a request comes from."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Problem(HTTPStatus.FORBIDDEN, "other_site", "Sign in from this site's own page.")
