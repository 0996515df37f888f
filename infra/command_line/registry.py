"""The registry of sources, for commands: in the data folder, through the server that holds it, or in a cluster."""

from typing import Any, Final

import click
from pydantic import TypeAdapter, ValidationError

from domain.errors import MonitorError
from domain.sources.bounds import BOUNDS, Bounds, SourceUri, bounds_record
from infra.command_line.carrying_out import Call, carry_out
from infra.command_line.opening import opened
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
    """Carry ``command`` out; raises what it raises, MonitorError where a server refused, or FolderHeld."""
    await carry_out(settings, command, _call(command), what="registered source")


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


def _call(command: ChangeRegistry) -> Call:
    match command:
        case RegisterSource():
            return "/api/v1/sources", {"source": command.source, **bounds_record(command.bounds)}
        case EndSource():
            return "/api/v1/sources/end", {"source": command.source, "reason": command.reason}
