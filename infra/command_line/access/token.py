"""``token``: a bearer token of this install, for a person or a feed."""

from datetime import timedelta

import click
from pydantic import TypeAdapter, ValidationError

from domain.access import Actor, Role
from domain.facts.fact import Jurisdiction, Uscc
from infra.command_line.local_user import open_access
from infra.command_line.options import Common, Duration, common_options
from infra.command_line.output import print_json
from infra.identity.access import IncompleteActor


@click.command()
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]), help="What the bearer may do.")
@click.option("--source", metavar="URI", help="The CloudEvents source a feed may speak for.")
@click.option("--jurisdiction", metavar="CODE", help="GB/T 2260 prefix that bounds what is seen.")
@click.option("--uscc", metavar="CODE", help="The organisation a bidder or tenderer is.")
@click.option("--name", default=None, help="Who the bearer is, as the record will name them.")
@click.option("--expires", type=Duration(), default="30d", show_default=True, help="How long the token lives.")
@common_options
def token(
    common: Common,
    role: str,
    source: str | None,
    jurisdiction: str | None,
    uscc: str | None,
    name: str | None,
    expires: timedelta,
) -> None:
    """Print a token and nothing else."""
    actor = Actor(
        role=Role(role),
        name=name or role,
        source=source,
        jurisdiction=_checked("--jurisdiction", Jurisdiction, jurisdiction),
        uscc=_checked("--uscc", Uscc, uscc),
    )
    try:
        issued = open_access(common.settings()).issue_token(actor, expires=expires)
    except IncompleteActor as error:
        raise click.UsageError(str(error)) from error
    if common.as_json:
        print_json({"token": issued})
    else:
        click.echo(issued)


def _checked(option: str, kind: object, value: str | None) -> str | None:
    if value is None:
        return None
    try:
        checked: str = TypeAdapter(kind).validate_python(value)  # type: ignore[arg-type]
    except ValidationError as error:
        raise click.UsageError(f"{option}: {error.errors()[0]['msg']}") from error
    return checked
