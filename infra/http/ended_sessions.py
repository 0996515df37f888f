"""Tokens and sessions that were ended elsewhere, by a command or by another console, end here too."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from infra.http.keys import ACCESS, TOKENS
from infra.http.notice_streams import STREAMS
from streams.threads import in_thread

LOOK_SECONDS: Final = 2.0
"""How long a token that was revoked may still be used."""

log = structlog.get_logger(__name__)


async def watch_ended(app: web.Application) -> AsyncIterator[None]:
    """While the application runs; nobody is let in before the first look."""
    await _look(app)
    watching = asyncio.create_task(_watch(app))
    yield
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching


async def _watch(app: web.Application) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await _look(app)
        except (SQLAlchemyError, OSError) as error:
            log.warning("ended_tokens_not_seen", error=type(error).__name__)


async def _look(app: web.Application) -> None:
    ended = await in_thread(app[TOKENS].ended)
    app[ACCESS].end(ended)
    app[STREAMS].end_those_of(ended)
