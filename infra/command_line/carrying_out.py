"""A command given at this machine: done in the data folder, by the server that holds it, or in a cluster."""

from http import HTTPStatus
from typing import Any

from domain.errors import MonitorError, NotFound
from infra.command_line.folder import DataFolder
from infra.command_line.opening import writing
from infra.settings import Settings
from streams.node.commands import ChangeAccount, ChangeRegistry

Call = tuple[str, dict[str, Any]]
"""The path and the body by which a server is asked for the same."""


async def carry_out(settings: Settings, command: ChangeRegistry | ChangeAccount, call: Call, *, what: str) -> None:
    """Raises what ``command`` raises, MonitorError where a server refused, or FolderHeld.

    ``what`` is that which a server may not have.
    """
    if settings.kafka.brokers:
        await _in_cluster(settings, command)
        return
    url = DataFolder(settings.data).server()
    if url is not None:
        await post_to_server(settings, url, command, call, what=what)
        return
    async with writing(settings) as (_, node):
        await node.perform(command)


async def _in_cluster(settings: Settings, command: ChangeRegistry | ChangeAccount) -> None:
    from infra.cluster.console import Console  # The clients of a broker load slowly.
    from infra.cluster.console_node import node_of
    from infra.logs import log_warnings_only

    log_warnings_only()
    console = Console.open(settings)
    try:
        await node_of(console).perform(command)
    finally:
        console.close()


async def post_to_server(
    settings: Settings, url: str, command: ChangeRegistry | ChangeAccount, call: Call, *, what: str
) -> dict[str, Any]:
    """The server's answer; raises NotFound, or MonitorError where it refused."""
    from infra.command_line.server_session import server_session  # A client of HTTP loads slowly.

    path, body = call
    async with (
        server_session(settings, url, command.actor) as session,
        session.post(path, json=body) as response,
    ):
        answer: dict[str, Any] = await response.json(content_type=None)
    if response.status == HTTPStatus.NOT_FOUND:
        raise NotFound(what)
    if response.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
        raise MonitorError(f"the server answered {response.status}: {answer.get('detail') or answer.get('title')}")
    return answer
