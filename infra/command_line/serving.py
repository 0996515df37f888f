"""A server that holds its data folder and says where it is."""

import asyncio
import errno
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

from domain.errors import MonitorError
from infra.command_line.folder import DataFolder
from infra.installation import system_clock
from infra.serving.server import Answering, Running, console, running
from infra.settings import Settings

_CANNOT_LISTEN: Final = (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES)

T = TypeVar("T")
A = TypeVar("A", bound=Answering)


class AddressTaken(MonitorError):
    """The server cannot listen there."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on {host} port {port}: {reason}; --port chooses another, 0 a free one")
        self.host = host
        self.port = port


def serving(
    settings: Settings, *, clock: Callable[[], datetime] = system_clock
) -> AbstractAsyncContextManager[Running]:
    """Serves one machine until the block ends; raises FolderHeld or :class:`AddressTaken`."""
    return _holding(settings, partial(running, clock=clock))


def serving_what_is_there(settings: Settings) -> AbstractAsyncContextManager[Answering]:
    """The console where the settings name brokers, else one machine; otherwise as :func:`serving`."""
    return _holding(settings, console) if settings.kafka.brokers else _holding(settings, running)


@asynccontextmanager
async def _holding(settings: Settings, start: Callable[[Settings], AbstractAsyncContextManager[A]]) -> AsyncIterator[A]:
    folder = DataFolder(settings.data)
    async with AsyncExitStack() as stack:
        stack.enter_context(folder.held())
        with listening(settings.http.host, settings.http.port):
            server = await stack.enter_async_context(start(settings))
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
