"""``account``: the people who sign in, their roles and deputies, invitations and sessions."""

import asyncio
from datetime import date, timedelta
from typing import Any, Final

import click

from domain.access import Role
from domain.accounts.account import WhyDisabled
from domain.accounts.grants import Grant
from domain.evidence.days import day_in_shanghai
from infra.command_line.accounts import (
    account_named,
    change_account,
    checked_grant,
    id_of,
    invitation,
    known_accounts,
    open_account,
)
from infra.command_line.command_group import CommandGroup
from infra.command_line.evidence import check_recorded
from infra.command_line.folder import DataFolder
from infra.command_line.local_user import operator, security_officer
from infra.command_line.opening import opened
from infra.command_line.options import Common, Day, Duration, common_options, list_options
from infra.command_line.output import print_json, print_list
from infra.identity.sessions import SessionRegister
from infra.identity.tokens import TokenRegister, Why
from infra.installation import system_clock
from infra.settings import Settings
from streams.node.commands import (
    ChangeAccount,
    DisableAccount,
    EnableAccount,
    EndDeputy,
    GrantRole,
    NameDeputy,
    WithdrawRole,
)

_LINK_WAITS: Final = timedelta(days=3)
_ROLES: Final = [role.value for role in Role if role is not Role.SOURCE]
_COLUMNS: Final = {
    "account_id": "id",
    "login": "login",
    "name": "name",
    "roles": "roles",
    "deputies": "deputies",
    "opened_at": "opened",
    "disabled_at": "disabled",
}
_SESSIONS: Final = {
    "id": "id",
    "account": "account",
    "capacity": "as",
    "how": "by",
    "opened_at": "opened",
    "seen_at": "last used",
    "expires_at": "ends",
}


@click.group(cls=CommandGroup)
def account() -> None:
    """The people who sign in. ACCOUNT is a login name or an id."""


@account.command()
@click.argument("login")
@click.option("--name", required=True, help="Who the person is; kept sealed, as the login name is.")
@click.option("--mail", help="Where notices may be sent.")
@click.option("--phone", help="The number for short messages.")
@click.option("--role", type=click.Choice(_ROLES), help="Grant this role at once.")
@click.option("--jurisdiction", metavar="CODE", help="GB/T 2260 prefix that bounds what is seen.")
@click.option("--uscc", metavar="CODE", help="The organisation a bidder or tenderer is.")
@common_options
def add(
    common: Common,
    login: str,
    name: str,
    mail: str | None,
    phone: str | None,
    role: str | None,
    jurisdiction: str | None,
    uscc: str | None,
) -> None:
    """Open an account for the person who signs in as LOGIN.

    Without a role it may do nothing. The account is opened as an operator does it, and the role granted as a security
    officer does it: the record says that both were done at this machine, and by whom.
    """
    settings, grant = common.settings(), _grant(role, jurisdiction, uscc)
    asyncio.run(open_account(settings, {"login": login, "name": name, "mail": mail, "phone": phone}))
    if grant is not None:
        granted = GrantRole(id_of(settings, login), grant, security_officer())
        asyncio.run(change_account(settings, granted))
    _tell(common, settings, login, "opened")


@account.command("list")
@list_options
def list_accounts(common: Common) -> None:
    """List every account that was ever opened, with its roles and deputies."""
    settings = common.settings()
    check_recorded(settings)
    times, found = common.times(settings), known_accounts(settings)
    moments = ("opened_at", "disabled_at")
    told = (
        {
            **each,
            "roles": [_words(grant) for grant in each["roles"]],
            "deputies": [f"{one['account_id'][:8]} {one['first']}–{one['last']}" for one in each["deputies"]],
            **{name: times.minute(each[name]) if each[name] else None for name in moments},
        }
        for each in found
    )
    print_list(common.form, found, told, _COLUMNS)


@account.command()
@click.argument("name", metavar="ACCOUNT")
@common_options
def show(common: Common, name: str) -> None:
    """Show ACCOUNT in full."""
    settings = common.settings()
    check_recorded(settings)
    found = account_named(settings, name)
    if common.as_json:
        print_json(found)
        return
    for key, value in found.items():
        shown = ", ".join(map(_words, value)) if key == "roles" else value
        click.echo(f"{key:<14} {shown if shown not in (None, '', [], ()) else '-'}")


@account.command()
@click.argument("name", metavar="ACCOUNT")
@click.option("--expires", type=Duration(), help="How long the link waits to be used (default 3d).")
@common_options
def invite(common: Common, name: str, expires: timedelta | None) -> None:
    """Print a short link that signs ACCOUNT in, once. A server must be running."""
    settings = common.settings()
    link = asyncio.run(invitation(settings, id_of(settings, name), expires or _LINK_WAITS))
    if common.as_json:
        print_json({"link": link})
    else:
        click.echo(link)


@account.command()
@click.argument("name", metavar="ACCOUNT")
@click.option("--role", type=click.Choice(_ROLES), required=True, help="What the account may do.")
@click.option("--jurisdiction", metavar="CODE", help="GB/T 2260 prefix that bounds what is seen.")
@click.option("--uscc", metavar="CODE", help="The organisation a bidder or tenderer is.")
@common_options
def grant(common: Common, name: str, role: str, jurisdiction: str | None, uscc: str | None) -> None:
    """Grant ACCOUNT a role. Nobody is operator, security officer and auditor at once, or two of them."""
    settings = common.settings()
    granted = checked_grant(role=role, jurisdiction=jurisdiction, uscc=uscc)
    _change(common, settings, name, GrantRole(id_of(settings, name), granted, security_officer()), "granted")


@account.command()
@click.argument("name", metavar="ACCOUNT")
@click.option("--role", type=click.Choice(_ROLES), required=True, help="What the account may not do any more.")
@click.option("--jurisdiction", metavar="CODE", help="With the bound that was granted.")
@click.option("--uscc", metavar="CODE", help="With the bound that was granted.")
@common_options
def withdraw(common: Common, name: str, role: str, jurisdiction: str | None, uscc: str | None) -> None:
    """Take a role from ACCOUNT; its sessions in this role end."""
    settings = common.settings()
    granted = checked_grant(role=role, jurisdiction=jurisdiction, uscc=uscc)
    _change(common, settings, name, WithdrawRole(id_of(settings, name), granted, security_officer()), "withdrawn")


@account.command()
@click.argument("name", metavar="ACCOUNT")
@click.argument("other", metavar="DEPUTY")
@click.option("--from", "first", type=Day(), help="The first day (default today).")
@click.option("--to", "last", type=Day(), help="The last day.")
@click.option("--end", is_flag=True, help="DEPUTY stands in no more.")
@common_options
def deputy(common: Common, name: str, other: str, first: date | None, last: date | None, end: bool) -> None:
    """Let DEPUTY do what ACCOUNT may, on the days given."""
    settings = common.settings()
    principal, stands_in = id_of(settings, name), id_of(settings, other)
    if end:
        _change(common, settings, name, EndDeputy(principal, stands_in, security_officer()), "ended")
        return
    if last is None:
        raise click.UsageError("--to: the last day is needed")
    begins = first or day_in_shanghai(system_clock())
    _change(common, settings, name, NameDeputy(principal, stands_in, begins, last, security_officer()), "named")


@account.command()
@click.argument("name", metavar="ACCOUNT")
@click.option("--why", type=click.Choice([why.value for why in WhyDisabled]), required=True, help="It is recorded.")
@common_options
def disable(common: Common, name: str, why: str) -> None:
    """Let ACCOUNT sign in no more; its sessions end. What it has done stays as it is."""
    settings = common.settings()
    _change(common, settings, name, DisableAccount(id_of(settings, name), WhyDisabled(why), operator()), "disabled")


@account.command()
@click.argument("name", metavar="ACCOUNT")
@common_options
def enable(common: Common, name: str) -> None:
    """Let ACCOUNT sign in again."""
    settings = common.settings()
    _change(common, settings, name, EnableAccount(id_of(settings, name), operator()), "enabled")


@account.command()
@click.option("--end", "ended", metavar="ID", help="End this session; a running server refuses it within two seconds.")
@list_options
def sessions(common: Common, ended: str | None) -> None:
    """List the open sessions of browsers."""
    settings = common.settings()
    times = common.times(settings)
    with opened(settings) as installation:
        register = SessionRegister(installation.database, idle=timedelta(minutes=settings.http.idle_minutes))
        found = register.open_sessions()
        for each in found:
            if each.id == ended:
                TokenRegister(installation.database).end(each.id, each.expires_at, Why.ENDED)
    rows: list[dict[str, Any]] = [
        {name: getattr(each, name) for name in _SESSIONS} for each in found if each.id != ended
    ]
    moments = ("opened_at", "seen_at", "expires_at")
    print_list(common.form, rows, ({**row, **{name: times.minute(row[name]) for name in moments}} for row in rows),
               _SESSIONS)  # fmt: skip


def _grant(role: str | None, jurisdiction: str | None, uscc: str | None) -> Grant | None:
    if role is None and (jurisdiction or uscc):
        raise click.UsageError("--role: a bound needs a role")
    return checked_grant(role=role, jurisdiction=jurisdiction, uscc=uscc) if role else None


def _words(grant: dict[str, Any]) -> str:
    return " ".join(str(part) for part in grant.values() if part is not None)


def _change(common: Common, settings: Settings, name: str, command: ChangeAccount, done: str) -> None:
    check_recorded(settings)
    asyncio.run(change_account(settings, command))
    _tell(common, settings, name, done)


def _tell(common: Common, settings: Settings, name: str, done: str) -> None:
    found = account_named(settings, name)
    if common.as_json:
        print_json(found)
        return
    click.echo(f"{done} {found['account_id']}")
    if done == "opened" and found["roles"] and DataFolder(settings.data).server() is not None:
        click.echo(f"a link to sign in: tender-monitor account invite {found['account_id']}")
