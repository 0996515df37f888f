"""Signing in and out of the browser: a bearer token, or a code that stands for one, for a same-site cookie."""

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Final, Self
from urllib.parse import quote, unquote

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from infra.http.answers import answer_json
from infra.http.body import read_model
from infra.http.client_address import client_address
from infra.http.keys import ACCESS, CODES, INSTALLATION, ISSUER_KEYS, TOKENS
from infra.http.notice_streams import STREAMS
from infra.http.sign_in_limits import SIGN_INS
from infra.identity.access import NotAuthenticated
from infra.identity.sign_in_codes import CodeRefused, sign_in_link
from infra.identity.tokens import Why
from streams.threads import in_thread

SESSION_COOKIE: Final = "session"
ASKED_COOKIE: Final = "asked"
"""The page somebody asked for before signing in."""
ASKED_SECONDS: Final = 15 * 60
_LONGEST_ADDRESS: Final = 2_000
_START: Final = "/"
# Browsers take "//host", and "/\\host" likewise, for the address of another site, and drop control characters.
_ON_THIS_SITE: Final = re.compile(r"/(?:[^/\\\x00-\x20\x7f][^\\\x00-\x20\x7f]*)?")


class SignIn(BaseModel):
    """Either a bearer token or a sign-in code."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    token: str | None = None
    code: str | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.token is None) == (self.code is None):
            raise PydanticCustomError("either", "either a token or a code is needed")
        return self


class LinkWanted(BaseModel):
    """How long the link waits to be used."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    seconds: Annotated[int, Field(ge=60, le=7 * 86_400)] = 86_400


async def open_session(request: web.Request) -> web.Response:
    limits, address = request.app[SIGN_INS], client_address(request)
    limits.check_address(address)
    given = await read_model(request, SignIn)
    http, access = request.app[INSTALLATION].settings.http, request.app[ACCESS]
    try:
        token = await _token(request, given)
        limits.opened((await request.app[ISSUER_KEYS].prove(token)).actor)
    except NotAuthenticated:
        limits.refused(address)
        raise
    session = access.open_session(token, longest=timedelta(hours=http.session_hours))
    said = {"csrf": session.csrf, "next": asked_for(request)}
    response = answer_json(said, status=HTTPStatus.CREATED)
    response.del_cookie(ASKED_COOKIE, path=http.cookie_path, httponly=True, samesite="Strict")
    response.set_cookie(
        SESSION_COOKIE,
        session.cookie,
        max_age=session.max_age_seconds,
        path=http.cookie_path,
        secure=http.cookies_are_secure,
        httponly=True,
        samesite="Strict",
    )
    return response


async def _token(request: web.Request, given: SignIn) -> str:
    if given.code is None:
        return given.token or ""
    try:
        return await in_thread(request.app[CODES].redeem, given.code)
    except CodeRefused as refused:
        raise NotAuthenticated("code") from refused


async def make_link(request: web.Request) -> web.Response:
    """For the bearer of a token: a short link that signs the same party in, once."""
    given = await read_model(request, LinkWanted)
    _, _, token = request.headers["Authorization"].partition(" ")
    lasts = timedelta(seconds=given.seconds)
    code = await in_thread(request.app[CODES].issue, token.strip(), lasts=lasts)
    address = request.app[INSTALLATION].settings.http.public_url or str(request.url.origin())
    return answer_json({"link": sign_in_link(address, code)}, status=HTTPStatus.CREATED)


async def show_session(request: web.Request) -> web.Response:
    """Whether this browser is signed in: a page that was opened by another site's link is not sent the cookie."""
    cookie = request.cookies.get(SESSION_COOKIE)
    try:
        signed_in = cookie is not None and bool(request.app[ACCESS].authenticate_session(cookie))
    except NotAuthenticated:
        signed_in = False
    return answer_json({"signed_in": signed_in})


def remember_asked(request: web.Request, response: web.StreamResponse) -> None:
    """Come back to the address of ``request`` after signing in."""
    address, http = str(request.rel_url), request.app[INSTALLATION].settings.http
    if request.method != "GET" or len(address) > _LONGEST_ADDRESS or request.path in (_START, "/sign-in"):
        return
    response.set_cookie(
        ASKED_COOKIE,
        quote(address, safe=""),
        max_age=ASKED_SECONDS,
        path=http.cookie_path,
        secure=http.cookies_are_secure,
        httponly=True,
        samesite="Strict",
    )


def asked_for(request: web.Request) -> str:
    """The page to go to after signing in: on this site, whatever the cookie says."""
    address = unquote(request.cookies.get(ASKED_COOKIE, _START))
    return address if _ON_THIS_SITE.fullmatch(address) else _START


async def close_session(request: web.Request) -> web.Response:
    """End the session here too: a copy of the cookie opens nothing afterwards."""
    cookie = request.cookies.get(SESSION_COOKIE)
    if cookie is not None:
        await _end(request, cookie)
    response = web.Response(status=HTTPStatus.NO_CONTENT)
    path = request.app[INSTALLATION].settings.http.cookie_path
    response.del_cookie(SESSION_COOKIE, path=path, httponly=True, samesite="Strict")
    return response


async def _end(request: web.Request, cookie: str) -> None:
    access = request.app[ACCESS]
    try:
        proven = access.prove_session(cookie)
    except NotAuthenticated:
        return
    own = proven.ids[0]
    await in_thread(request.app[TOKENS].end, own, proven.expires_at, Why.SIGNED_OUT)
    access.end([own])
    request.app[STREAMS].end_those_of(frozenset([own]))
