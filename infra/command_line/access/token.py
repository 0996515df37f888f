"""``token``: a bearer token of this install for a person or a feed, or a sign-in link; listed, and revoked."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import click
from pydantic import TypeAdapter, ValidationError

from domain.access import Actor, Role
from domain.errors import MonitorError
from domain.facts.fact import Jurisdiction, Uscc
from infra.command_line.command_group import CommandGroup
from infra.command_line.folder import DataFolder
from infra.command_line.local_user import open_access
from infra.command_line.opening import opened
from infra.command_line.options import Common, Duration, common_options, list_options
from infra.command_line.output import print_json, print_list
from infra.command_line.registry import registered_by_use
from infra.command_line.server_session import NoServer, session_with
from infra.identity.access import TooLong
from infra.identity.claims import IncompleteActor
from infra.identity.tokens import IssuedToken, TokenRegister
from infra.settings import Settings
from infra.texts.importing import FIRST_USE, REGISTERED

_TOKEN_LIVES: Final = timedelta(days=30)
_LINK_WAITS: Final = timedelta(days=1)
_SHORTEST: Final = timedelta(minutes=1)
_LONGEST: Final = timedelta(days=7)
_SESSION_LASTS: Final = timedelta(days=1)
"""No session is longer, so the token behind a link need not outlive it by more."""


_COLUMNS: Final = {
    "id": "id",
    "role": "role",
    "name": "name",
    "bounds": "source, place or code",
    "issued_at": "issued",
    "expires_at": "ends",
    "ended_at": "revoked",
}


@click.group(cls=CommandGroup, invoke_without_command=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), help="What the bearer may do.")
@click.option("--source", metavar="URI", help="The CloudEvents source a feed may speak for.")
@click.option("--jurisdiction", metavar="CODE", help="GB/T 2260 prefix that bounds what is seen.")
@click.option("--uscc", metavar="CODE", help="The organisation a bidder or tenderer is.")
@click.option("--name", default=None, help="Who the bearer is, as the record will name them.")
@click.option(
    "--expires", type=Duration(), help="How long the token lives (default 30d), or the link waits (default 1d)."
)
@click.option("--link", is_flag=True, help="Print a short link instead, that signs in once. A server must be running.")
@click.pass_context
@common_options
def token(
    common: Common,
    context: click.Context,
    role: str | None,
    source: str | None,
    jurisdiction: str | None,
    uscc: str | None,
    name: str | None,
    expires: timedelta | None,
    link: bool,
) -> None:
    """Print a token, or a sign-in link, and nothing else.

    A token lives at most 90 days, that of a source 400; `token list` has its id, by which `token revoke` ends it.
    That of a source needs a registered source: tender-monitor source add. As long as nobody has decided on any
    source of the data folder, the token itself registers it, for all types and the whole country.
    """
    if context.invoked_subcommand is not None:
        return
    if role is None:
        raise click.UsageError("--role: what the bearer may do is needed")
    actor = Actor(
        role=Role(role),
        name=name or role,
        source=source,
        jurisdiction=_checked("--jurisdiction", Jurisdiction, jurisdiction),
        uscc=_checked("--uscc", Uscc, uscc),
    )
    settings = common.settings()
    if source is not None and Role(role) is Role.SOURCE:
        _check_registered(settings, source)
    try:
        if link:
            issued = asyncio.run(_link(settings, actor, expires or _LINK_WAITS))
        else:
            issued = _issued(settings, actor, expires or _TOKEN_LIVES)
    except (IncompleteActor, TooLong) as error:
        raise click.UsageError(str(error)) from error
    if common.as_json:
        print_json({"link" if link else "token": issued})
    else:
        click.echo(issued)


@token.command("list")
@list_options
def list_tokens(common: Common) -> None:
    """List the tokens that have not expired: whose each is, and whether it was revoked."""
    settings = common.settings()
    with opened(settings) as installation:
        found = TokenRegister(installation.database).tokens()
    times = common.times(settings)
    rows = [_row(each) for each in found]
    moments = ("issued_at", "expires_at", "ended_at")
    told = ({**row, **{name: times.minute(row[name]) for name in moments}} for row in rows)
    print_list(common.form, rows, told, _COLUMNS)


@token.command()
@click.argument("id")
@common_options
def revoke(common: Common, id: str) -> None:
    """End the token ID, and every session opened with it; a running server refuses both within two seconds."""
    with opened(common.settings()) as installation:
        TokenRegister(installation.database).revoke(id)
    if common.as_json:
        print_json({"id": id, "revoked": True})
    else:
        click.echo("revoked")


def _row(issued: IssuedToken) -> dict[str, Any]:
    actor = issued.actor
    bounds = actor.source or actor.jurisdiction or actor.uscc
    return {
        "id": issued.id,
        "role": actor.role.value,
        "name": actor.name,
        "bounds": bounds,
        "issued_at": issued.issued_at,
        "expires_at": issued.expires_at,
        "ended_at": issued.ended_at,
    }


def _check_registered(settings: Settings, source: str) -> None:
    if registered_by_use(settings, source):
        words = settings.language.of(REGISTERED).format(source=source, types="*")
        click.echo(f"{words}\n{settings.language.of(FIRST_USE)}", err=True)


def _issued(settings: Settings, actor: Actor, lives: timedelta) -> str:
    """A new token, which is listed from now on."""
    with opened(settings) as installation:
        issued = open_access(settings).issue(actor, expires=lives)
        TokenRegister(installation.database).add(issued)
    return issued.token


async def _link(settings: Settings, actor: Actor, waits: timedelta) -> str:
    """Kept by the server that holds the folder; raises NoServer."""
    if not _SHORTEST <= waits <= _LONGEST:
        raise click.UsageError("--expires: a link waits a minute at least and seven days at most")
    url = DataFolder(settings.data).server()
    if url is None:
        raise NoServer
    body = {"seconds": int(waits.total_seconds())}
    bearer = await asyncio.to_thread(_issued, settings, actor, waits + _SESSION_LASTS)
    async with (
        session_with(url, bearer) as session,
        session.post("/sign-in-links", json=body) as response,
    ):
        answer: dict[str, str] = await response.json(content_type=None)
    if response.status != HTTPStatus.CREATED:
        raise MonitorError(f"the server answered {response.status}: {answer.get('detail')}")
    return answer["link"]


def _checked(option: str, kind: object, value: str | None) -> str | None:
    if value is None:
        return None
    try:
        checked: str = TypeAdapter(kind).validate_python(value)  # type: ignore[arg-type]
    except ValidationError as error:
        raise click.UsageError(f"{option}: {error.errors()[0]['msg']}") from error
    return checked
