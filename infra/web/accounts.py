"""The pages of accounts: the own one for everybody, all of them for those who administer."""

import base64
from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from typing import Any, Final

import segno
from aiohttp import web
from markupsafe import Markup
from sqlalchemy import Connection

from domain.access import Actor, Role
from domain.accounts.account import WhyDisabled
from domain.evidence.days import day_in_shanghai
from infra.documents.access_log import accesses_on
from infra.http.keys import ACCESS, ACCOUNTS, INSTALLATION, PASSWORDS, SESSIONS, TOKENS
from infra.http.reading import read
from infra.http.route import ACCOUNT_READERS
from infra.http.session import SESSION_COOKIE
from infra.http.tokens import token_document
from infra.identity.accounts import account_document
from infra.identity.passwords import new_second_factor, second_factor_address
from infra.web.pages import page, sign_in_page, signed_in
from streams.threads import in_thread

MOST_ACCESSES: Final = 500
_GRANTABLE: Final = tuple(role for role in Role if role is not Role.SOURCE)


async def show_own_account(request: web.Request) -> web.Response:
    actor = signed_in(request)
    if actor is None:
        return await sign_in_page(request, "sign_in_how", status=HTTPStatus.UNAUTHORIZED)
    known = request.app[ACCOUNTS]
    shown = known.book.get(actor.account or "")
    if shown is None:
        return await page(request, "message.html", actor, status=HTTPStatus.NOT_FOUND, message="no_account")
    sessions = await in_thread(request.app[SESSIONS].open_sessions, shown.account_id)
    session_id = _session_id(request)
    return await page(
        request,
        "account.html",
        actor,
        account_id=shown.account_id,
        own=account_document(shown, known.details(shown.account_id), named=True),
        capacities=known.capacities(shown.account_id),
        current=next((each.capacity for each in sessions if each.id == session_id), ""),
        deputies=shown.deputies,
        may_name_deputies=actor.acting_for is None,
        sessions=sessions,
        session_id=session_id,
        everybody=False,
        today=_today(request),
        **await in_thread(_offer, request, shown.account_id),
    )


def _offer(request: web.Request, account_id: str) -> dict[str, Any]:
    """A new second factor, which counts once the form comes back with a code of it."""
    passwords, details = request.app[PASSWORDS], request.app[ACCOUNTS].details(account_id)
    secret = new_second_factor()
    address = second_factor_address(secret, details.login if details else account_id[:8], "Tender-integrity monitor")
    drawn = segno.make(address, error="m", micro=False)
    image = drawn.svg_inline(border=4, dark="#000", light="#fff", omitsize=True)
    return {
        "has_secrets": passwords.has_secrets(account_id),
        "secret": secret,
        "offered": base64.urlsafe_b64encode(passwords.offered(account_id, secret)).decode(),
        "code": Markup(image),  # noqa: S704 - made here, of modules alone
    }


async def show_accounts(request: web.Request) -> web.Response:
    """Each of the three duties sees what it may change; the auditor sees ids, and who signed in today."""
    actor = signed_in(request)
    if actor is None:
        return await sign_in_page(request, "sign_in_how", status=HTTPStatus.UNAUTHORIZED)
    if actor.role not in ACCOUNT_READERS:
        return await page(request, "message.html", actor, status=HTTPStatus.NOT_FOUND, message="problem_not_found")
    administers = actor.may_administer or actor.may_grant_roles
    return await page(
        request,
        "accounts.html",
        actor,
        people=await in_thread(_people, request, actor),
        own_id=actor.account,
        operates=actor.may_administer,
        grants=actor.may_grant_roles,
        audits=actor.role is Role.AUDITOR,
        roles=_GRANTABLE,
        whys=tuple(WhyDisabled),
        sessions=await in_thread(request.app[SESSIONS].open_sessions) if administers else [],
        session_id=_session_id(request),
        everybody=True,
        tokens=await in_thread(_tokens, request) if actor.may_administer else [],
        today=_today(request),
        accesses=await read(request, _accesses(request)) if actor.role is Role.AUDITOR else [],
    )


def _people(request: web.Request, actor: Actor) -> list[dict[str, Any]]:
    known, named = request.app[ACCOUNTS], actor.may_administer or actor.may_grant_roles
    known.look()
    return [account_document(each, known.details(each.account_id), named=named) for each in known.book]


def _tokens(request: web.Request) -> list[dict[str, Any]]:
    return [token_document(each) for each in request.app[TOKENS].tokens()]


def _accesses(request: web.Request) -> Callable[[Connection, object], Any]:
    installation, day = request.app[INSTALLATION], _today(request)

    def question(connection: Connection, _: object) -> Any:
        return accesses_on(connection, installation, day, account=None)[:MOST_ACCESSES]

    return question


def _today(request: web.Request) -> date:
    return day_in_shanghai(request.app[INSTALLATION].clock())


def _session_id(request: web.Request) -> str:
    return request.app[ACCESS].prove_session(request.cookies[SESSION_COOKIE]).ids[0]
