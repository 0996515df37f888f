"""Accounts, for commands: found by login name or id, changed wherever they are kept."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import click
from pydantic import ValidationError

from domain.accounts.grants import GRANT, Grant, grant_record
from domain.errors import NotFound
from infra.command_line.carrying_out import Call, carry_out, post_to_server
from infra.command_line.folder import DataFolder
from infra.command_line.local_user import operator
from infra.command_line.opening import opened
from infra.command_line.server_session import NoServer
from infra.identity.accounts import Details, DetailsWanted, account_document, details_of
from infra.installation import system_clock
from infra.settings import Settings
from projections.boards.accounts import accounts
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

_PATH: Final = "/api/v1/accounts"


def known_accounts(settings: Settings) -> list[dict[str, Any]]:
    """As interfaces answer them, in the order of opening: whoever reads the folder may read who they are."""
    with opened(settings) as installation, installation.database.read() as connection:
        found = accounts(connection)
        details = details_of(connection, installation.vault, found)
    return [account_document(each, details.get(each.account_id), named=True) for each in found]


def account_named(settings: Settings, name: str) -> dict[str, Any]:
    """That with the login name or the id ``name``; raises NotFound."""
    for each in known_accounts(settings):
        if name == each["account_id"] or name.casefold() == (each["login"] or "").casefold():
            return each
    raise NotFound("account")


def id_of(settings: Settings, name: str) -> UUID:
    return UUID(account_named(settings, name)["account_id"])


async def open_account(settings: Settings, given: dict[str, Any]) -> None:
    wanted = _checked_details(given)
    with opened(settings) as installation:
        key = installation.vault.login_key(wanted.login)
    account_id = uuid4()
    command = OpenAccount(account_id, key, Details.of(account_id, wanted).encoded(), operator())
    await carry_out(settings, command, (_PATH, wanted.model_dump()), what="account")


async def change_account(settings: Settings, command: ChangeAccount) -> None:
    """Raises what the command raises, MonitorError where a server refused, or FolderHeld."""
    await carry_out(settings, command, _call(command), what="account")


async def invitation(settings: Settings, account_id: UUID, lasts: timedelta) -> str:
    """A link, made by the server that it leads to; raises NoServer."""
    url = DataFolder(settings.data).server()
    if url is None:
        raise NoServer
    command = InviteAccount(account_id, system_clock() + lasts, operator())
    call = f"{_PATH}/{account_id.hex}/invite", {"seconds": int(lasts.total_seconds())}
    answer = await post_to_server(settings, url, command, call, what="account")
    return str(answer["link"])


def checked_grant(**given: Any) -> Grant:
    """Raises click's UsageError."""
    try:
        return GRANT.validate_python(given)
    except ValidationError as error:
        raise click.UsageError(_said(error)) from error


def _checked_details(given: dict[str, Any]) -> DetailsWanted:
    try:
        return DetailsWanted.model_validate(given)
    except ValidationError as error:
        raise click.UsageError(_said(error)) from error


def _said(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = "".join(f"--{part}: " for part in problem["loc"][:1])
    return f"{where}{problem['msg']}"


def _call(command: ChangeAccount) -> Call:
    under = f"{_PATH}/{command.account_id.hex}"
    match command:
        case GrantRole():
            return f"{under}/roles", grant_record(command.grant)
        case WithdrawRole():
            return f"{under}/roles/withdraw", grant_record(command.grant)
        case NameDeputy():
            days = {"first": command.first.isoformat(), "last": command.last.isoformat()}
            return f"{under}/deputies", {"deputy": command.deputy.hex, **days}
        case EndDeputy():
            return f"{under}/deputies/end", {"deputy": command.deputy.hex}
        case DisableAccount():
            return f"{under}/disable", {"why": command.why.value}
        case EnableAccount():
            return f"{under}/enable", {}
    raise ValueError(f"no call for {type(command).__name__}")
