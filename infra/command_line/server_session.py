"""Calls to the server that holds a data folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import aiohttp

from domain.access import Actor
from infra.command_line.local_user import open_access
from infra.settings import Settings

_TOKEN_LIFE: Final = timedelta(days=1)
_TIMEOUT: Final = aiohttp.ClientTimeout(total=600)


@asynccontextmanager
async def server_session(settings: Settings, url: str, actor: Actor) -> AsyncIterator[aiohttp.ClientSession]:
    """Calls to the server as ``actor``: whoever can read the keys may sign for anybody."""
    token = open_access(settings).issue_token(actor, expires=_TOKEN_LIFE)
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(url, headers=headers, timeout=_TIMEOUT) as session:
        yield session
