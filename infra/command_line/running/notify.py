"""``notify``: what goes out by mail, robots and SMS: how it stands, sending it again, a test."""

from dataclasses import asdict
from typing import Any

import click

from alerts import receipts
from alerts.outgoing import State
from domain.errors import NotFound
from infra.channels import channel_named
from infra.command_line.command_group import CommandGroup
from infra.command_line.evidence import check_recorded
from infra.command_line.options import Common, common_options, list_options
from infra.command_line.output import print_json, print_list
from infra.command_line.shards import each_shard
from infra.installation import Installation, system_clock
from projections.boards.accounts import account, holder_of_login

_COLUMNS = {
    "row_id": "row",
    "channel": "channel",
    "account_id": "account",
    "occasion": "occasion",
    "state": "state",
    "tries": "tries",
    "error": "error",
    "queued_at": "written",
    "accepted_at": "accepted",
}
_MOST = 1_000


@click.group(cls=CommandGroup)
def notify() -> None:
    """Notices that go out by mail, group robots and SMS."""


@notify.command("list")
@click.option("--failed", is_flag=True, help="Only those that failed for good.")
@click.option("--channel", help="Only those of this channel.")
@list_options
def list_rows(common: Common, failed: bool, channel: str | None) -> None:
    """List what goes out, with its receipts, of every shard: the first thousand of each, in the order of writing."""
    settings = common.settings()
    check_recorded(settings)
    state = State.FAILED if failed else None
    rows: list[dict[str, Any]] = []
    for shard, installation in each_shard(settings):
        with installation.database.read() as connection:
            found = receipts.receipts(connection, state=state, channel=channel, limit=_MOST)
        rows += [{"shard": shard, **asdict(each)} for each in found]
    times = common.times(settings)
    moments = ("queued_at", "accepted_at")
    told = ({**row, **{name: times.minute(row[name]) for name in moments}} for row in rows)
    print_list(common.form, rows, told, _COLUMNS)


@notify.command()
@click.argument("row", required=False)
@click.option("--channel", help="All failed ones of this channel.")
@common_options
def resend(common: Common, row: str | None, channel: str | None) -> None:
    """Send ROW again, which failed, under its id; or all of a channel."""
    if (row is None) is (channel is None):
        raise click.UsageError("name a row, or --channel")
    settings = common.settings()
    check_recorded(settings)
    count = 0
    for _, installation in each_shard(settings):
        with installation.database.transaction() as connection:
            count += _resent(connection, row, channel)
    if row is not None and not count:
        raise NotFound("failed notification")
    if common.as_json:
        print_json({"resent": count})
    else:
        click.echo(f"{count} will be sent again")


def _resent(connection: Any, row: str | None, channel: str | None) -> int:
    if channel is not None:
        return receipts.resend_all(connection, channel, system_clock())
    try:
        receipts.resend(connection, str(row), system_clock())
    except NotFound:
        return 0
    return 1


@notify.command()
@click.argument("channel")
@click.option("--to", "login", help="The account, by login name or id, where CHANNEL sends to accounts.")
@common_options
def test(common: Common, channel: str, login: str | None) -> None:
    """Send a test message by CHANNEL; ``notify list`` shows what became of it."""
    settings = common.settings()
    check_recorded(settings)
    found = channel_named(settings.channels, channel)
    if found.reaches is not None and login is None:
        raise click.UsageError(f"{channel} sends to accounts: name one with --to")
    _, installation = next(iter(each_shard(settings)))
    with installation.database.transaction() as connection:
        account_id = _account_id(connection, installation, login) if login else None
        language = settings.language.value
        row_id = receipts.queue_test(connection, channel, account_id, language, system_clock())
    if common.as_json:
        print_json({"row_id": row_id})
    else:
        click.echo(f"{row_id} waits to be sent")


def _account_id(connection: Any, installation: Installation, login: str) -> str:
    found = holder_of_login(connection, installation.vault.login_key(login)) or login
    if account(connection, found) is None:
        raise NotFound("account")
    return found
