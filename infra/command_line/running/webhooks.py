"""``webhooks``: how deliveries to each endpoint stand, and serving one again that wanted no more."""

from dataclasses import asdict
from typing import Any

import click

from alerts import endpoints
from domain.errors import NotFound
from infra.command_line.command_group import CommandGroup
from infra.command_line.evidence import check_recorded
from infra.command_line.options import Common, common_options, list_options
from infra.command_line.output import print_json, print_list
from infra.command_line.shards import each_shard
from infra.installation import system_clock

_COLUMNS = {
    "shard": "shard",
    "endpoint": "endpoint",
    "disabled_at": "disabled since",
    "waiting": "waiting",
    "delivered": "delivered",
    "given_up": "given up",
    "closed": "closed",
}


@click.group(cls=CommandGroup)
def webhooks() -> None:
    """Endpoints that notices are posted to."""


@webhooks.command("list")
@list_options
def list_endpoints(common: Common) -> None:
    """List every endpoint that was ever served: its deliveries, and since when it is disabled; of every shard."""
    settings = common.settings()
    check_recorded(settings)
    rows: list[dict[str, Any]] = []
    for shard, installation in each_shard(settings):
        with installation.database.read() as connection:
            rows += [{"shard": shard, **asdict(each)} for each in endpoints.endpoint_states(connection)]
    times = common.times(settings)
    told = ({**row, "disabled_at": times.minute(row["disabled_at"])} for row in rows)
    print_list(common.form, rows, told, _COLUMNS)


@webhooks.command()
@click.argument("endpoint")
@common_options
def enable(common: Common, endpoint: str) -> None:
    """Serve ENDPOINT again, which answered 410 Gone: with the notices it refused, and all that came since."""
    settings = common.settings()
    check_recorded(settings)
    enabled: list[int | None] = []
    for shard, installation in each_shard(settings):
        with installation.database.transaction() as connection:
            if endpoints.enable(connection, endpoint, system_clock()):
                enabled.append(shard)
    if not enabled:
        raise NotFound("disabled endpoint")
    if common.as_json:
        print_json([{"shard": shard, "endpoint": endpoint} for shard in enabled])
    else:
        click.echo("enabled")
