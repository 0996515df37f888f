"""A server that holds its data folder and says where it is."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial
from typing import TypeVar

from infra.command_line.folder import DataFolder
from infra.command_line.server_process import check_port, listening
from infra.installation import system_clock
from infra.serving.server import Answering, Running, console, running
from infra.settings import Settings

A = TypeVar("A", bound=Answering)


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
    check_port(settings.http.host, settings.http.port)
    async with AsyncExitStack() as stack:
        stack.enter_context(folder.held())
        with listening(settings.http.host, settings.http.port):
            server = await stack.enter_async_context(start(settings))
        stack.enter_context(folder.announced(server.local_url))
        yield server
