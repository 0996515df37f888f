"""``outbox``: messages that could not be sent and were set aside; send them again, or never."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from typing import Any

import click

from alerts import set_aside
from alerts.set_aside import Status
from domain.errors import NotFound
from infra.command_line.command_group import CommandGroup
from infra.command_line.evidence import check_recorded
from infra.command_line.local_user import local_user
from infra.command_line.options import Common, common_options, list_options, reason_option
from infra.command_line.output import print_json, print_list
from infra.command_line.shards import each_shard, shard_numbers
from infra.installation import Installation, system_clock
from infra.settings import Settings

_COLUMNS = {
    "row": "row",
    "topic": "topic",
    "partition": "partition",
    "size": "bytes",
    "error": "error",
    "set_aside_at": "set aside",
    "status": "status",
    "settled_by": "by",
    "reason": "reason",
}

Settle = Callable[..., None]


@click.group(cls=CommandGroup)
def outbox() -> None:
    """Messages that could not be sent to a topic, and were set aside."""


@outbox.command("list")
@click.option("--settled", is_flag=True, help="Also those that were sent again or dropped.")
@list_options
def list_set_aside(common: Common, settled: bool) -> None:
    """List the messages that were set aside, of every shard."""
    settings = common.settings()
    check_recorded(settings)
    rows: list[dict[str, Any]] = []
    for shard, installation in each_shard(settings):
        with installation.database.read() as connection:
            found = set_aside.listed(connection, settled=settled)
        rows += [{"row": _row(shard, each.number), "shard": shard, **asdict(each)} for each in found]
    times = common.times(settings)
    told = ({**row, "set_aside_at": times.minute(row["set_aside_at"])} for row in rows)
    print_list(common.form, rows, told, _COLUMNS)


@outbox.command()
@click.argument("row")
@reason_option("What was mended; it stays on record.")
@common_options
def retry(common: Common, row: str, reason: str) -> None:
    """Put ROW (SHARD:NUMBER, as listed) into the outbox again, behind what waits there."""
    _settle(common.settings(), row, reason, set_aside.resend)
    if common.as_json:
        print_json({"row": row, "status": Status.RESENT})
    else:
        click.echo("a publisher will send it again")


@outbox.command()
@click.argument("row")
@reason_option("Why nobody needs it; it stays on record.")
@common_options
def drop(common: Common, row: str, reason: str) -> None:
    """Never send ROW (SHARD:NUMBER, as listed): its content is deleted, that it was dropped stays on record."""
    _settle(common.settings(), row, reason, set_aside.drop)
    if common.as_json:
        print_json({"row": row, "status": Status.DROPPED})
    else:
        click.echo("dropped")


def _settle(settings: Settings, row: str, reason: str, settle: Settle) -> None:
    check_recorded(settings)
    shard, number = _parsed(settings, row)
    opened = closing(Installation.open(settings, shard=shard))
    with opened as installation, installation.database.transaction() as connection:
        settle(connection, number, by=local_user(), reason=reason, at=system_clock())


def _row(shard: int | None, number: int) -> str:
    return str(number) if shard is None else f"{shard}:{number}"


def _parsed(settings: Settings, row: str) -> tuple[int | None, int]:
    """The shard and the number; one machine has no numbers of shards. Raises NotFound."""
    named, _, number = row.rpartition(":")
    shard = int(named) if named.isdecimal() else None
    if not number.isdecimal() or shard not in shard_numbers(settings):
        raise NotFound("message that was set aside")
    return shard, int(number)
