"""``person erase``: forget who a pseudonym is."""

import asyncio
from contextlib import closing
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import click

from domain.errors import MonitorError, NotFound
from infra.command_line.command_group import CommandGroup
from infra.command_line.evidence import check_recorded
from infra.command_line.folder import DataFolder
from infra.command_line.local_user import operator
from infra.command_line.opening import writing
from infra.command_line.options import Common, common_options
from infra.command_line.server_session import server_session
from infra.command_line.shards import print_shards
from infra.erasing import check_sealed, erase_identity
from infra.installation import Installation
from infra.settings import Settings
from streams.node.commands import RecordErasure
from streams.node.node import Node


@click.group(cls=CommandGroup)
def person() -> None:
    """What is kept about a person beside the ledger."""


@person.command()
@click.argument("person_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
def erase(common: Common, person_id: str, yes: bool) -> None:
    """Remove name and number of PERSON_ID from the identity vault, for good; in a cluster, from that of every shard.

    The ledger and all that follows from it stay as they are, under the pseudonym. That it was erased, and by whom, is
    recorded first: by the server that holds the folder, or in a cluster by the worker of the person's shard.
    """
    if not yes:
        click.confirm("Nobody will be able to tell who this is. Erase?", abort=True, err=True)
    settings = common.settings()
    check_recorded(settings)
    erased = asyncio.run(_erase(settings, person_id))
    found = [str(shard) for shard, rows in erased.items() if rows]
    if common.as_json:
        print_shards([(shard, {"person_id": person_id, "erased": rows}) for shard, rows in erased.items()])
    else:
        click.echo("erased" if None in erased else f"erased from shard {', '.join(found)}")


async def _erase(settings: Settings, person_id: str) -> dict[int | None, int]:
    if settings.kafka.brokers:
        return await _erase_in_cluster(settings, person_id)
    url = DataFolder(settings.data).server()
    if url is not None:
        return {None: await _erase_through_server(settings, url, person_id)}
    async with writing(settings) as (installation, node):
        return await _record_and_erase(installation, node, person_id)


async def _erase_in_cluster(settings: Settings, person_id: str) -> dict[int | None, int]:
    from infra.cluster.console import Console  # The clients of a broker load slowly.
    from infra.cluster.console_node import node_of
    from infra.logs import log_warnings_only

    log_warnings_only()
    with closing(Console.open(settings)) as console:
        return await _record_and_erase(console, node_of(console), person_id)


async def _record_and_erase(installation: Installation, node: Node, person_id: str) -> dict[int | None, int]:
    check_sealed(installation, person_id)
    await node.perform(RecordErasure(person_id, operator(), installation.clock()))
    return erase_identity(installation, person_id)


async def _erase_through_server(settings: Settings, url: str, person_id: str) -> int:
    async with (
        server_session(settings, url, operator()) as session,
        session.post(f"/api/v1/people/{quote(person_id, safe='')}/erase") as response,
    ):
        answer: dict[str, Any] = await response.json(content_type=None)
    if response.status == HTTPStatus.NOT_FOUND:
        raise NotFound("person in the vault")
    if response.status != HTTPStatus.OK:
        raise MonitorError(f"the server answered {response.status}: {answer.get('detail')}")
    return int(answer["erased"])
