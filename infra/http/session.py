"""Signing in and out of the browser: a token, a code or a password with a second factor, for a same-site cookie."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Final, Self
from urllib.parse import quote, unquote

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from domain.access import Actor
from domain.facts.access import NOBODY, AccessKind
from infra.http.access_log import record_access
from infra.http.answers import answer_json
from infra.http.body import read_model
from infra.http.client_address import client_address
from infra.http.keys import ACCESS, ACCOUNTS, ACTOR, CODES, INSTALLATION, ISSUER_KEYS, PASSWORDS, SESSIONS, TOKENS
from infra.http.notice_streams import STREAMS
from infra.http.problems import Problem
from infra.http.sign_in_limits import SIGN_INS
from infra.identity.access import Session
from infra.identity.passwords import Locked, Proof, Refused
from infra.identity.refused_tokens import NotAuthenticated
from infra.identity.sessions import OpenSession
from infra.identity.sign_in_codes import CodeRefused, account_of, sign_in_link
from infra.identity.tokens import Why
from infra.settings import Http
from streams.threads import in_thread

SESSION_COOKIE: Final = "session"
ASKED_COOKIE: Final = "asked"
"""The page somebody asked for before signing in."""
DEVICE_COOKIE: Final = "device"
"""Of a browser in which somebody has signed in by password: its wrong tries are counted apart."""
_DEVICE_SECONDS: Final = 365 * 86_400
ASKED_SECONDS: Final = 15 * 60
_LONGEST_ADDRESS: Final = 2_000
_START: Final = "/"
# Browsers take "//host", and "/\\host" likewise, for the address of another site, and drop control characters.
_ON_THIS_SITE: Final = re.compile(r"/(?:[^/\\\x00-\x20\x7f][^\\\x00-\x20\x7f]*)?")


class SignIn(BaseModel):
    """A bearer token, a sign-in code, or a login name with its password.

    ``otp`` is the one-time code of the second factor: beside a password, and beside a code whose account has one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    token: str | None = None
    code: str | None = None
    login: Annotated[str, Field(max_length=200)] | None = None
    password: Annotated[str, Field(max_length=1_000)] | None = None
    otp: Annotated[str, Field(max_length=20)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(each is not None for each in (self.token, self.code, self.login)) != 1:
            raise PydanticCustomError("either", "a token, a code or a login name is needed, and one of them alone")
        if (self.login is None) != (self.password is None):
            raise PydanticCustomError("either", "a login name goes with a password")
        return self


class CapacityWanted(BaseModel):
    """The key of one of the things that the account may act as."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    capacity: Annotated[str, Field(min_length=1, max_length=120)]


class LinkWanted(BaseModel):
    """How long the link waits to be used."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    seconds: Annotated[int, Field(ge=60, le=7 * 86_400)] = 86_400


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was opened: for whom, and how it is listed."""

    session: Session
    actor: Actor
    how: str
    account: str
    capacity: str

    @property
    def listed(self) -> OpenSession:
        session = self.session
        moments = session.opened_at, session.opened_at, session.expires_at
        return OpenSession(session.id, self.account, self.capacity, self.how, *moments)


async def open_session(request: web.Request) -> web.Response:
    limits, address = request.app[SIGN_INS], client_address(request)
    limits.check_address(address)
    given = await read_model(request, SignIn)
    try:
        opened = await _opened(request, given)
    except NotAuthenticated as error:
        limits.refused(address)
        await record_access(request, AccessKind.REFUSED, error.account or NOBODY, "", error.reason)
        raise
    return await let_in(request, opened, next=asked_for(request))


async def let_in(request: web.Request, opened: Opened, *, next: str) -> web.Response:
    """The session is listed and on record before the browser has it."""
    request.app[SIGN_INS].opened(opened.actor)
    await in_thread(request.app[SESSIONS].add, opened.listed)
    await record_access(request, AccessKind.SIGNED_IN, opened.account, opened.actor.role, opened.how)
    session, http = opened.session, request.app[INSTALLATION].settings.http
    response = answer_json({"csrf": session.csrf, "next": next}, status=HTTPStatus.CREATED)
    response.del_cookie(ASKED_COOKIE, path=http.cookie_path, httponly=True, samesite="Strict")
    if opened.how == "password":
        account = request.app[ACCOUNTS].book.get(opened.account)
        device = request.app[PASSWORDS].device_cookie(account.login_key if account else "")
        _set_cookie(response, http, DEVICE_COOKIE, device, _DEVICE_SECONDS)
    _set_cookie(response, http, SESSION_COOKIE, session.cookie, session.max_age_seconds)
    return response


def _set_cookie(response: web.Response, http: Http, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=http.cookie_path,
        secure=http.cookies_are_secure,
        httponly=True,
        samesite="Strict",
    )


async def _opened(request: web.Request, given: SignIn) -> Opened:
    """Raises NotAuthenticated, or a problem (429) while a login name is locked."""
    if given.login is not None:
        account_id = await _proven_by_password(request, given)
        return await opened_for_account(request, account_id, "password")
    if given.code is None:
        return await _opened_by_token(request, given.token or "", "token")
    codes = request.app[CODES]
    try:
        account_of_code = account_of(await in_thread(codes.peek, given.code))
        if account_of_code is not None:
            await _check_second_factor(request, account_of_code, given.otp)
        redeemed = await in_thread(codes.redeem, given.code)
    except CodeRefused as refused:
        raise NotAuthenticated("code") from refused
    if account_of_code is None:
        return await _opened_by_token(request, redeemed, "link")
    return await opened_for_account(request, account_of_code, "link")


async def _proven_by_password(request: web.Request, given: SignIn) -> str:
    known, passwords, login = request.app[ACCOUNTS], request.app[PASSWORDS], given.login or ""
    await in_thread(known.look)
    found = known.of_login(login)
    account_id = found.account_id if found else None
    proof = Proof(given.password or "", given.otp or "", request.cookies.get(DEVICE_COOKIE))
    key = request.app[INSTALLATION].vault.login_key(login)
    with _told_of_refusals(account_id, "password"):
        await in_thread(passwords.check, account_id, key, proof)
    return str(account_id)


async def _check_second_factor(request: web.Request, account_id: str, otp: str | None) -> None:
    """An account that has a second factor is not let in by a link alone: an operator made that."""
    passwords, known = request.app[PASSWORDS], request.app[ACCOUNTS]
    if not await in_thread(passwords.has_secrets, account_id):
        return
    if not otp:
        raise Problem(HTTPStatus.UNAUTHORIZED, "second_factor_needed", "The one-time code is needed besides.")
    await in_thread(known.look)
    found = known.book.get(account_id)
    with _told_of_refusals(account_id, "second-factor"):
        await in_thread(passwords.check_code, account_id, found.login_key if found else "", otp)


@contextmanager
def _told_of_refusals(account_id: str | None, how: str) -> Iterator[None]:
    try:
        yield
    except Refused as refused:
        raise NotAuthenticated(how, account=account_id) from refused
    except Locked as locked:
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "locked",
            "Too many wrong tries; come again later.",
            headers={"Retry-After": str(locked.seconds)},
        ) from locked


async def _opened_by_token(request: web.Request, token: str, how: str) -> Opened:
    proven = await request.app[ISSUER_KEYS].prove(token)
    session = request.app[ACCESS].open_session(token, longest=_longest(request))
    return Opened(session, proven.actor, how, holder(None, proven.ids), capacity_of(proven.actor))


async def opened_for_account(request: web.Request, account_id: str, how: str, capacity: str | None = None) -> Opened:
    """A session of an account that has proven who it is, in the first of its roles unless ``capacity`` names one.

    Raises NotAuthenticated for an account that is disabled, or has no role.
    """
    known = request.app[ACCOUNTS]
    await in_thread(known.look)
    for each in known.capacities(account_id):
        if capacity in (None, each.key):
            session = request.app[ACCESS].open_account_session(account_id, each.key, longest=_longest(request))
            return Opened(session, each.actor(account_id), how, account_id, each.key)
    raise NotAuthenticated("not_in_force", account=account_id)


async def change_capacity(request: web.Request) -> web.Response:
    """Act in another of the own roles: a new session in the place of this one."""
    wanted, actor = await read_model(request, CapacityWanted), request[ACTOR]
    if actor.account is None:
        raise Problem(HTTPStatus.CONFLICT, "no_account", "Only an account has several roles.")
    try:
        opened = await opened_for_account(request, actor.account, "change", wanted.capacity)
    except NotAuthenticated:
        raise Problem(HTTPStatus.CONFLICT, "not_in_force", "The account may not act so.") from None
    response = await let_in(request, opened, next=_START)
    await _end(request, request.cookies[SESSION_COOKIE])
    return response


def holder(account: str | None, ids: tuple[str, ...]) -> str:
    """Whoever a session belongs to: an account, or the token that it was opened with."""
    # Of a session that a token opened, the token comes last; a token that an outside issuer signed has no id here.
    return account or f"token:{ids[-1] if ids else ''}"


def capacity_of(actor: Actor) -> str:
    """What the bearer of a token acts as, in the form of an account's grant."""
    return ":".join(filter(None, (actor.role.value, actor.source or actor.jurisdiction or actor.uscc)))


def _longest(request: web.Request) -> timedelta:
    return timedelta(hours=request.app[INSTALLATION].settings.http.session_hours)


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
        signed_in = cookie is not None and bool(request.app[ACCESS].prove_session(cookie, is_use=False))
    except NotAuthenticated:
        signed_in = False
    return answer_json({"signed_in": signed_in})


def remember_asked(request: web.Request, response: web.StreamResponse) -> None:
    """Come back to the address of ``request`` after signing in."""
    address, http = str(request.rel_url), request.app[INSTALLATION].settings.http
    signing_in = request.path == _START or request.path.startswith("/sign-in")
    if request.method != "GET" or len(address) > _LONGEST_ADDRESS or signing_in:
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
    own, actor = proven.ids[0], proven.actor
    await in_thread(request.app[TOKENS].end, own, proven.expires_at, Why.SIGNED_OUT)
    account = holder(actor.account, proven.ids[1:])
    await record_access(request, AccessKind.SIGNED_OUT, account, actor.role, Why.SIGNED_OUT)
    access.end([own])
    request.app[STREAMS].end_those_of(frozenset([own]))
