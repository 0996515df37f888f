"""Accounts 账号: opened, invited and disabled by operators; roles granted by security officers."""

import re
from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection

from domain.access import Role
from domain.accounts.account import WhyDisabled
from domain.accounts.grants import GRANT, Grant
from domain.errors import NotFound
from domain.facts.fact import Jurisdiction, Uscc
from infra.http.answers import answer_json
from infra.http.body import read_model
from infra.http.ended_sessions import look
from infra.http.keys import ACCOUNTS, ACTOR, CODES, INSTALLATION, NODE
from infra.http.problems import invalid, not_found
from infra.http.reading import read
from infra.identity.accounts import Details, DetailsWanted, account_document, details_of
from infra.identity.sign_in_codes import account_code, sign_in_link
from projections.boards.accounts import account, accounts
from streams.node.commands import (
    ChangeAccount,
    DisableAccount,
    EnableAccount,
    EndDeputy,
    GrantRole,
    InviteAccount,
    NameDeputy,
    OpenAccount,
    WithdrawRole,
)
from streams.threads import in_thread

_ID: Final = re.compile("[0-9a-f]{32}")
AccountId = Annotated[str, Field(pattern=f"^{_ID.pattern}$")]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class RoleWanted(_Body):
    """A role with the bound that it needs."""

    role: Role
    jurisdiction: Jurisdiction | None = None
    uscc: Uscc | None = None

    @property
    def grant(self) -> Grant:
        """Raises a problem (400) where the role lacks the bound that it needs."""
        try:
            return GRANT.validate_python(self.model_dump())
        except ValidationError as error:
            raise invalid(error, where="body") from None


class DeputyWanted(_Body):
    """The account that stands in, by id or login name, and the days on which it does, both inclusive."""

    deputy: Annotated[str, Field(min_length=2, max_length=100)]
    first: date
    last: date


class DeputyGone(_Body):
    deputy: AccountId


class Invitation(_Body):
    """How long the link waits to be used."""

    seconds: Annotated[int, Field(ge=60, le=7 * 86_400)] = 3 * 86_400


class Disabling(_Body):
    why: WhyDisabled


class Nothing(_Body):
    pass


async def list_accounts(request: web.Request) -> web.Response:
    """Who each is stands only in the answers to operators and security officers."""
    vault, named = request.app[INSTALLATION].vault, _sees_names(request)

    def question(connection: Connection, _: object) -> web.Response:
        found = accounts(connection)
        details = details_of(connection, vault, found) if named else {}
        items = [account_document(each, details.get(each.account_id), named=named) for each in found]
        return answer_json({"items": items})

    return await read(request, question)


async def show_account(request: web.Request) -> web.Response:
    return await _answer(request, await named_account(request), HTTPStatus.OK)


async def open_account(request: web.Request) -> web.Response:
    wanted, account_id = await read_model(request, DetailsWanted), uuid4()
    await _perform(request, _opening(request, account_id, wanted))
    return await _answer(request, account_id, HTTPStatus.CREATED)


async def change_details(request: web.Request) -> web.Response:
    account_id = await named_account(request)
    wanted = await read_model(request, DetailsWanted)
    await _perform(request, _opening(request, account_id, wanted))
    return await _answer(request, account_id, HTTPStatus.OK)


def _opening(request: web.Request, account_id: UUID, wanted: DetailsWanted) -> OpenAccount:
    key = request.app[INSTALLATION].vault.login_key(wanted.login)
    return OpenAccount(account_id, key, Details.of(account_id, wanted).encoded(), request[ACTOR])


async def invite(request: web.Request) -> web.Response:
    """A link that signs the person in, once; it is shown here and nowhere else."""
    account_id = await named_account(request)
    wanted = await read_model(request, Invitation)
    lasts = timedelta(seconds=wanted.seconds)
    until = request.app[INSTALLATION].clock() + lasts
    await _perform(request, InviteAccount(account_id, until, request[ACTOR]))
    code = await in_thread(request.app[CODES].issue, account_code(account_id.hex), lasts=lasts)
    address = request.app[INSTALLATION].settings.http.public_url or str(request.url.origin())
    return answer_json({"link": sign_in_link(address, code), "until": until}, status=HTTPStatus.CREATED)


async def grant_role(request: web.Request) -> web.Response:
    account_id, wanted = await named_account(request), await read_model(request, RoleWanted)
    return await _changed(request, GrantRole(account_id, wanted.grant, request[ACTOR]))


async def withdraw_role(request: web.Request) -> web.Response:
    account_id, wanted = await named_account(request), await read_model(request, RoleWanted)
    return await _changed(request, WithdrawRole(account_id, wanted.grant, request[ACTOR]))


async def name_deputy(request: web.Request) -> web.Response:
    account_id, wanted = await named_account(request), await read_model(request, DeputyWanted)
    deputy, first, last = _deputy(request, wanted.deputy), wanted.first, wanted.last
    return await _changed(request, NameDeputy(account_id, deputy, first, last, request[ACTOR]))


async def end_deputy(request: web.Request) -> web.Response:
    account_id, wanted = await named_account(request), await read_model(request, DeputyGone)
    return await _changed(request, EndDeputy(account_id, UUID(wanted.deputy), request[ACTOR]))


async def disable(request: web.Request) -> web.Response:
    account_id, given = await named_account(request), await read_model(request, Disabling)
    return await _changed(request, DisableAccount(account_id, given.why, request[ACTOR]))


async def enable(request: web.Request) -> web.Response:
    account_id, _ = await named_account(request), await read_model(request, Nothing)
    return await _changed(request, EnableAccount(account_id, request[ACTOR]))


def _deputy(request: web.Request, named: str) -> UUID:
    """By login name or id; an id of nobody is found out where the accounts are."""
    found = request.app[ACCOUNTS].of_login(named)
    if found is not None:
        return UUID(found.account_id)
    if not _ID.fullmatch(named):
        raise NotFound("account")
    return UUID(named)


async def _changed(request: web.Request, command: ChangeAccount) -> web.Response:
    await _perform(request, command)
    return await _answer(request, command.account_id, HTTPStatus.OK)


async def _perform(request: web.Request, command: ChangeAccount) -> None:
    """Sessions that must not go on end before the answer."""
    await request.app[NODE].perform(command)
    await look(request.app)


async def _answer(request: web.Request, account_id: UUID, status: HTTPStatus) -> web.Response:
    vault, named = request.app[INSTALLATION].vault, _sees_names(request)
    own = request[ACTOR].account == account_id.hex

    def question(connection: Connection, _: object) -> dict[str, Any] | None:
        found = account(connection, account_id.hex)
        if found is None:
            return None
        details = details_of(connection, vault, [found]) if named or own else {}
        return account_document(found, details.get(found.account_id), named=named or own)

    document = await read(request, question)
    if document is None:
        raise not_found()
    return answer_json(document, status=status)


def _sees_names(request: web.Request) -> bool:
    return request[ACTOR].may_administer or request[ACTOR].may_grant_roles


async def named_account(request: web.Request) -> UUID:
    """The account that the address names, before anything else is looked at; raises a problem (404)."""
    named = request.match_info["account_id"]
    if not _ID.fullmatch(named):
        raise not_found()
    if await read(request, lambda connection, _: account(connection, named)) is None:
        raise not_found()
    return UUID(named)
