"""Signing in at an OpenID Connect provider: the way there, and the way back."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Final

from aiohttp import web
from pydantic import ConfigDict, Field

from domain.facts.access import NOBODY, AccessKind
from infra.http.access_log import record_access
from infra.http.client_address import client_address
from infra.http.keys import ACCOUNTS, INSTALLATION
from infra.http.parameters import Query, read_query
from infra.http.problems import not_found
from infra.http.session import asked_for, let_in, opened_for_account
from infra.http.sign_in_limits import SIGN_INS
from infra.identity.oidc import BEGUN_SECONDS, NotConfirmed, SignInProviders
from infra.identity.refused_tokens import NotAuthenticated
from streams.threads import in_thread

BEGUN_COOKIE: Final = "begun"
"""What must come back. The browser comes from another site then, so it may not be a strict one."""
_BACK: Final = "/sign-in/back"
PROVIDERS = web.AppKey("sign_in_providers", SignInProviders)
Refused = Callable[[web.Request], Awaitable[web.Response]]
REFUSED: web.AppKey[Refused] = web.AppKey("outside_sign_in_refused")
"""The page for whom the provider did not confirm."""


class CameBack(Query):
    """As RFC 6749 says; a provider may send more."""

    model_config = ConfigDict(extra="ignore")

    code: Annotated[str, Field(max_length=4_000)] = ""
    state: Annotated[str, Field(max_length=500)] = ""


async def leave(request: web.Request) -> web.Response:
    """To the provider; the address holds nothing about anybody."""
    number, http = request.match_info["provider"], request.app[INSTALLATION].settings.http
    request.app[SIGN_INS].check_address(client_address(request))
    providers = request.app[PROVIDERS]
    if not number.isascii() or not number.isdigit() or int(number) >= len(providers.names):
        raise not_found()
    back = (http.public_url or str(request.url.origin())).rstrip("/") + _BACK
    try:
        leaving = await providers.begin(int(number), back=back)
    except NotConfirmed as error:
        return await _refused(request, error.why)
    response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": leaving.address})
    response.set_cookie(
        BEGUN_COOKIE,
        leaving.kept,
        max_age=BEGUN_SECONDS,
        path=http.cookie_path,
        secure=http.cookies_are_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


async def come_back(request: web.Request) -> web.Response:
    """With the code; an account of the login name that the provider confirms is let in."""
    limits, address = request.app[SIGN_INS], client_address(request)
    limits.check_address(address)
    query, kept = read_query(request, CameBack), request.cookies.get(BEGUN_COOKIE, "")
    try:
        account_id = await _confirmed(request, kept, query)
        opened = await opened_for_account(request, account_id, "oidc")
    except (NotConfirmed, NotAuthenticated) as error:
        limits.refused(address)
        return await _refused(request, error.why if isinstance(error, NotConfirmed) else error.reason)
    entered = await let_in(request, opened, next=asked_for(request))
    base = request.app[INSTALLATION].settings.http.base_path
    response = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": base + asked_for(request)})
    response.del_cookie(BEGUN_COOKIE, path=request.app[INSTALLATION].settings.http.cookie_path, samesite="Lax")
    response.cookies.update(entered.cookies)
    return response


async def _confirmed(request: web.Request, kept: str, query: CameBack) -> str:
    """The account of whom the provider confirms; raises NotConfirmed."""
    login = await request.app[PROVIDERS].finish(kept, query.state, query.code)
    known = request.app[ACCOUNTS]
    await in_thread(known.look)
    found = known.of_login(login)
    if found is None:
        raise NotConfirmed("no_account")
    return found.account_id


async def _refused(request: web.Request, why: str) -> web.Response:
    await record_access(request, AccessKind.REFUSED, NOBODY, "", f"oidc: {why}")
    return await request.app[REFUSED](request)
