"""The installation of a data folder, opened to be written or only read."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from infra.command_line.folder import DataFolder
from infra.installation import Installation
from infra.settings import Settings
from streams.embedded import Embedded


@contextmanager
def opened(settings: Settings) -> Iterator[Installation]:
    """The installation, for reading beside whoever writes it."""
    installation = Installation.open(settings)
    try:
        yield installation
    finally:
        installation.close()


@asynccontextmanager
async def writing(settings: Settings) -> AsyncIterator[tuple[Installation, Embedded]]:
    """The installation and its running writer; raises FolderHeld while another process writes."""
    with DataFolder(settings.data).held(), opened(settings) as installation:
        node = installation.embedded()
        await node.start()
        try:
            yield installation, node
        finally:
            await node.stop()
