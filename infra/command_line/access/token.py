"""``token``: a bearer token of this install for a person or a feed, or a sign-in link for a person."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
from typing import Final

import click
from pydantic import TypeAdapter, ValidationError

from domain.access import Actor, Role
from domain.errors import MonitorError
from domain.facts.fact import Jurisdiction, Uscc
from infra.command_line.folder import DataFolder
from infra.command_line.local_user import open_access
from infra.command_line.options import Common, Duration, common_options
from infra.command_line.output import print_json
from infra.command_line.server_session import server_session
from infra.identity.access import IncompleteActor
from infra.settings import Settings

_TOKEN_LIVES: Final = timedelta(days=30)
_LINK_WAITS: Final = timedelta(days=1)
_SHORTEST: Final = timedelta(minutes=1)
_LONGEST: Final = timedelta(days=7)
_SESSION_LASTS: Final = timedelta(days=1)
"""No session is longer, so the token behind a link need not outlive it by more."""


class NoServer(MonitorError):
    """A link leads to a server, and none is running."""

    def __init__(self) -> None:
        super().__init__("no server runs on this data folder; start it first: tender-monitor serve")


@click.command()
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]), help="What the bearer may do.")
@click.option("--source", metavar="URI", help="The CloudEvents source a feed may speak for.")
@click.option("--jurisdiction", metavar="CODE", help="GB/T 2260 prefix that bounds what is seen.")
@click.option("--uscc", metavar="CODE", help="The organisation a bidder or tenderer is.")
@click.option("--name", default=None, help="Who the bearer is, as the record will name them.")
@click.option(
    "--expires", type=Duration(), help="How long the token lives (default 30d), or the link waits (default 1d)."
)
@click.option("--link", is_flag=True, help="Print a short link instead, that signs in once. A server must be running.")
@common_options
def token(
    common: Common,
    role: str,
    source: str | None,
    jurisdiction: str | None,
    uscc: str | None,
    name: str | None,
    expires: timedelta | None,
    link: bool,
) -> None:
    """Print a token, or a sign-in link, and nothing else."""
    actor = Actor(
        role=Role(role),
        name=name or role,
        source=source,
        jurisdiction=_checked("--jurisdiction", Jurisdiction, jurisdiction),
        uscc=_checked("--uscc", Uscc, uscc),
    )
    settings = common.settings()
    try:
        if link:
            issued = asyncio.run(_link(settings, actor, expires or _LINK_WAITS))
        else:
            issued = open_access(settings).issue_token(actor, expires=expires or _TOKEN_LIVES)
    except IncompleteActor as error:
        raise click.UsageError(str(error)) from error
    if common.as_json:
        print_json({"link" if link else "token": issued})
    else:
        click.echo(issued)


async def _link(settings: Settings, actor: Actor, waits: timedelta) -> str:
    """Kept by the server that holds the folder; raises NoServer."""
    if not _SHORTEST <= waits <= _LONGEST:
        raise click.UsageError("--expires: a link waits a minute at least and seven days at most")
    url = DataFolder(settings.data).server()
    if url is None:
        raise NoServer
    body = {"seconds": int(waits.total_seconds())}
    async with (
        server_session(settings, url, actor, expires=waits + _SESSION_LASTS) as session,
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
