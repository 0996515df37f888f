"""Calls to the server that holds a data folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from domain.access import Actor
from domain.errors import MonitorError
from infra.command_line.local_user import open_access
from infra.settings import Settings

if TYPE_CHECKING:
    import aiohttp

_TOKEN_LIFE: Final = timedelta(days=1)
_TIMEOUT_SECONDS: Final = 600


class ServerSilent(MonitorError):
    """The server that holds the folder does not answer."""

    def __init__(self, url: str) -> None:
        super().__init__(f"the server at {url} holds the folder and does not answer")
        self.url = url


class NoServer(MonitorError):
    """A link leads to a server, and none is running."""

    def __init__(self) -> None:
        super().__init__("no server runs on this data folder; start it first: tender-monitor serve")


@asynccontextmanager
async def server_session(settings: Settings, url: str, actor: Actor) -> AsyncIterator["aiohttp.ClientSession"]:
    """Calls to the server as ``actor``: whoever can read the keys may sign for anybody. Raises ServerSilent."""
    token = open_access(settings).issue_token(actor, expires=_TOKEN_LIFE)
    async with session_with(url, token) as session:
        yield session


@asynccontextmanager
async def session_with(url: str, token: str) -> AsyncIterator["aiohttp.ClientSession"]:
    """The same with a token that was issued before."""
    import aiohttp  # It loads slowly: only where there is a server.

    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(url, headers=headers, timeout=timeout) as session:
        try:
            yield session
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ServerSilent(url) from error
