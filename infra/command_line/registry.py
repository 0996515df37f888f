"""The registry of sources, for commands: in the data folder, through the server that holds it, or in a cluster."""

import asyncio
from typing import Any

import click
from pydantic import ValidationError

from domain.errors import MonitorError
from domain.sources.bounds import ALL, BOUNDS, SOURCE_URI, Bounds, bounds_record, is_open
from infra.command_line.carrying_out import Call, carry_out
from infra.command_line.local_user import local_user, operator
from infra.command_line.opening import opened
from infra.settings import Settings
from projections.boards.registered_sources import Registration, registrations
from streams.node.commands import ChangeRegistry, EndSource, RegisterSource


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


def registered_by_use(settings: Settings, source: str) -> bool:
    """Whether it was registered now, because this is its first use and nobody has decided on any source yet.

    Raises :class:`NotRegistered` where it is not registered, or its grant has ended.
    """
    granted = {each.source: each.granted for each in registered(settings)}
    if granted.get(source) is not None:
        return False
    if settings.kafka.brokers or not is_open(granted.values()):
        raise NotRegistered(source)
    bounds = checked_bounds(name=source[:200], owner=local_user(), types=(ALL,), areas=(ALL,), first_use=True)
    asyncio.run(change_registry(settings, RegisterSource(checked_source(source), bounds, operator())))
    return True


def checked_source(uri: str) -> str:
    """Raises click's UsageError."""
    try:
        return SOURCE_URI.validate_python(uri)
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
