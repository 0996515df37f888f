"""The registry of sources, for commands: in the data folder, through the server that holds it, or in a cluster."""

from http import HTTPStatus
from typing import Any, Final

import click
from pydantic import TypeAdapter, ValidationError

from domain.errors import MonitorError, NotFound
from domain.sources.bounds import BOUNDS, Bounds, SourceUri, bounds_record
from infra.command_line.folder import DataFolder
from infra.command_line.opening import opened, writing
from infra.settings import Settings
from projections.boards.registered_sources import Registration, registrations
from streams.node.commands import ChangeRegistry, EndSource, RegisterSource

_SOURCE: Final[TypeAdapter[str]] = TypeAdapter(SourceUri)


class NotRegistered(MonitorError):
    """Nobody registered the source; the text says how to."""

    def __init__(self, source: str) -> None:
        super().__init__(
            f"the source {source} is not registered; register it first: "
            f"tender-monitor source add {source} --types TYPES --areas AREAS --owner NAME"
        )
        self.source = source


async def change_registry(settings: Settings, command: ChangeRegistry) -> None:
    """Carry ``command`` out; raises what it raises, NotSaid where the server refused, or FolderHeld."""
    if settings.kafka.brokers:
        await _in_cluster(settings, command)
        return
    url = DataFolder(settings.data).server()
    if url is not None:
        await _through_server(settings, url, command)
        return
    async with writing(settings) as (_, node):
        await node.perform(command)


def registered(settings: Settings) -> list[Registration]:
    """All registrations, by source."""
    with opened(settings) as installation, installation.database.read() as connection:
        return registrations(connection)


def check_registered(settings: Settings, source: str) -> None:
    """Raises :class:`NotRegistered` where the source is not, or its grant has ended."""
    if not any(each.source == source and each.ended_at is None for each in registered(settings)):
        raise NotRegistered(source)


def checked_source(uri: str) -> str:
    """Raises click's UsageError."""
    try:
        return _SOURCE.validate_python(uri)
    except ValidationError as error:
        raise click.UsageError(f"{uri}: {error.errors()[0]['msg']}") from error


def checked_bounds(**given: Any) -> Bounds:
    """Raises click's UsageError."""
    try:
        return BOUNDS.validate_python(given)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False)[0]
        raise click.UsageError(f"--{problem['loc'][0]} {problem['input']}: {problem['msg']}") from error


async def _in_cluster(settings: Settings, command: ChangeRegistry) -> None:
    from infra.cluster.console import Console  # The clients of a broker load slowly.
    from infra.cluster.console_node import node_of
    from infra.logs import log_warnings_only

    log_warnings_only()
    console = Console.open(settings)
    try:
        await node_of(console).perform(command)
    finally:
        console.close()


async def _through_server(settings: Settings, url: str, command: ChangeRegistry) -> None:
    from infra.command_line.server_session import server_session  # A client of HTTP loads slowly.

    path, body = _call(command)
    async with (
        server_session(settings, url, command.actor) as session,
        session.post(f"/api/v1/sources{path}", json=body) as response,
    ):
        answer: dict[str, Any] = await response.json(content_type=None)
    if response.status == HTTPStatus.NOT_FOUND:
        raise NotFound("registered source")
    if response.status != HTTPStatus.OK:
        raise MonitorError(f"the server answered {response.status}: {answer.get('detail') or answer.get('title')}")


def _call(command: ChangeRegistry) -> tuple[str, dict[str, Any]]:
    match command:
        case RegisterSource():
            return "", {"source": command.source, **bounds_record(command.bounds)}
        case EndSource():
            return "/end", {"source": command.source, "reason": command.reason}
