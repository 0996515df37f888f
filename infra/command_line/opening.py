"""The installation of a data folder, or of a cluster, opened to be written or only read."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import TYPE_CHECKING

from infra.command_line.folder import DataFolder
from infra.installation import FactsComeByTopics, Installation
from infra.settings import Settings

if TYPE_CHECKING:
    from streams.node.node import Node
    from streams.one_machine.node import EmbeddedNode


@contextmanager
def opened(settings: Settings) -> Iterator[Installation]:
    """The installation, for reading beside whoever writes it; all shards of a cluster as one."""
    with closing(_open(settings)) as installation:
        yield installation


def _open(settings: Settings) -> Installation:
    if not settings.kafka.brokers:
        return Installation.open(settings)
    from infra.cluster.console import Console  # The clients of a broker load slowly.

    return Console.open(settings)


def check_one_machine(settings: Settings) -> None:
    """Raises FactsComeByTopics for a cluster: nobody but its workers writes there."""
    if settings.kafka.brokers:
        raise FactsComeByTopics


@asynccontextmanager
async def writing(settings: Settings) -> AsyncIterator[tuple[Installation, "EmbeddedNode"]]:
    """The installation and its running writer; raises FolderHeld while another process writes, or FactsComeByTopics."""
    from infra.logs import log_warnings_only  # Logs are loaded by what writes, and not by what only reads.

    check_one_machine(settings)
    log_warnings_only()
    with DataFolder(settings.data).held(), opened(settings) as installation:
        node = installation.embedded()
        await node.start()
        try:
            yield installation, node
        finally:
            await node.stop()


@asynccontextmanager
async def handing_in(settings: Settings) -> AsyncIterator[tuple[Installation, "Node"]]:
    """All shards of a cluster, and what hands deliveries in by its topics."""
    from infra.cluster.console import Console
    from infra.cluster.console_node import node_of
    from infra.logs import log_warnings_only

    log_warnings_only()
    with closing(Console.open(settings)) as console:
        node = node_of(console)
        await node.start()
        try:
            yield console, node
        finally:
            await node.stop()
