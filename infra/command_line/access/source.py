"""``source``: which sources may say what."""

import asyncio
from datetime import date
from typing import Final

import click

from domain.sources.bounds import Channel
from infra.command_line.command_group import CommandGroup
from infra.command_line.evidence import check_recorded
from infra.command_line.local_user import operator
from infra.command_line.options import Common, Day, common_options, list_options, reason_option
from infra.command_line.output import print_json, print_list
from infra.command_line.registry import change_registry, checked_bounds, checked_source, registered
from infra.documents.registered_sources import registration_document
from infra.settings import Settings
from streams.node.commands import EndSource, RegisterSource

_COLUMNS: Final = {
    "source": "source",
    "name": "name",
    "owner": "owner",
    "types": "types",
    "areas": "areas",
    "channel": "channel",
    "valid_from": "from",
    "valid_to": "until",
    "ended_at": "ended",
    "granted_by": "granted by",
    "first_use": "by first use",
}


@click.group(cls=CommandGroup)
def source() -> None:
    """Which sources may send what."""


@source.command()
@click.argument("uri")
@click.option("--types", required=True, help="Message types without prefix and version, with commas between; * is all.")
@click.option("--areas", required=True, help="GB/T 2260 prefixes or names of pools, with commas; * is the country.")
@click.option("--owner", required=True, help="The organisation that answers for the source.")
@click.option("--name", help="What people call the source (default: as its owner).")
@click.option("--channel", type=click.Choice([each.value for each in Channel]), default=Channel.ANY.value,
              show_default=True, help="The only way by which its messages may come.")  # fmt: skip
@click.option("--from", "valid_from", type=Day(), help="The first day of the grant.")
@click.option("--expires", type=Day(), help="The last day of the grant.")
@click.option("--corrects", default="", help="Other sources whose facts it may take back, with commas between.")
@common_options
def add(
    common: Common,
    uri: str,
    types: str,
    areas: str,
    owner: str,
    name: str | None,
    channel: str,
    valid_from: date | None,
    expires: date | None,
    corrects: str,
) -> None:
    """Let the source URI send TYPES about AREAS, or grant it other bounds than before.

    Its messages are checked when they come in. One outside the bounds goes to the quarantine, from where it can be
    sent again after another grant. What was recorded stays as it is.
    """
    bounds = checked_bounds(
        name=name or owner,
        owner=owner,
        types=_parts(types),
        areas=_parts(areas),
        channel=channel,
        valid_from=valid_from,
        valid_to=expires,
        corrects=_parts(corrects),
    )
    settings = common.settings()
    asyncio.run(change_registry(settings, RegisterSource(checked_source(uri), bounds, operator())))
    _tell(common, settings, uri, "registered")


@source.command("list")
@list_options
def list_sources(common: Common) -> None:
    """List every source that was ever registered: what it may send, and until when."""
    settings = common.settings()
    check_recorded(settings)
    times = common.times(settings)
    found = registered(settings)
    told = (
        {**registration_document(each), "ended_at": times.minute(each.ended_at) if each.ended_at else None}
        for each in found
    )
    print_list(common.form, [registration_document(each) for each in found], told, _COLUMNS)


@source.command()
@click.argument("uri")
@reason_option("Why; it is recorded.")
@common_options
def end(common: Common, uri: str, reason: str) -> None:
    """From now on take nothing from the source URI; what it has sent stays as it is."""
    settings = common.settings()
    check_recorded(settings)
    asyncio.run(change_registry(settings, EndSource(uri, reason, operator())))
    _tell(common, settings, uri, "ended")


def _parts(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in text.split(","))))


def _tell(common: Common, settings: Settings, uri: str, done: str) -> None:
    if common.as_json:
        (found,) = (each for each in registered(settings) if each.source == uri)
        print_json(registration_document(found))
    else:
        click.echo(f"{done} {uri}")
