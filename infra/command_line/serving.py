"""A server that holds its data folder and says where it is."""

import asyncio
import errno
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any, Final, TypeVar

from domain.errors import MonitorError
from infra.command_line.folder import DataFolder
from infra.http.server import Running, running
from infra.settings import Settings

_CANNOT_LISTEN: Final = (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES)

T = TypeVar("T")


class AddressTaken(MonitorError):
    """The server cannot listen there."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on {host} port {port}: {reason}; --port chooses another, 0 a free one")
        self.host = host
        self.port = port


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Running]:
    """Serves until the block ends; raises FolderHeld or :class:`AddressTaken`."""
    folder = DataFolder(settings.data)
    async with AsyncExitStack() as stack:
        stack.enter_context(folder.held())
        with listening(settings.http.host, settings.http.port):
            server = await stack.enter_async_context(running(settings))
        stack.enter_context(folder.announced(server.local_url))
        yield server


@contextmanager
def listening(host: str, port: int) -> Iterator[None]:
    """Raises :class:`AddressTaken` where the block cannot listen there."""
    try:
        yield
    except OSError as error:
        if error.errno not in _CANNOT_LISTEN:
            raise
        raise AddressTaken(host, port, errno.errorcode[error.errno]) from error


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` on the fastest event loop there is."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(main)


def _loop_factory() -> Any:
    try:
        import uvloop
    except ImportError:  # not made for Windows
        return None
    return uvloop.new_event_loop
