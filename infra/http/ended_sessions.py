"""Tokens and sessions that were ended elsewhere, by a command or by another console, end here too.

So do sessions of accounts that are disabled, have lost the role they act in, or are not used any more.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from infra.http.keys import ACCESS, ACCOUNTS, SESSIONS, TOKENS
from infra.http.notice_streams import STREAMS
from infra.identity.tokens import Why
from streams.threads import in_thread

LOOK_SECONDS: Final = 2.0
"""How long a token that was revoked may still be used."""

log = structlog.get_logger(__name__)


async def watch_ended(app: web.Application) -> AsyncIterator[None]:
    """While the application runs; nobody is let in before the first look."""
    await look(app)
    watching = asyncio.create_task(_watch(app))
    yield
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching


async def _watch(app: web.Application) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await look(app)
        except (SQLAlchemyError, OSError) as error:
            log.warning("ended_tokens_not_seen", error=type(error).__name__)


async def look(app: web.Application) -> None:
    """Once; what ends then has ended for good, whatever the account may do later."""
    ended = await in_thread(_ended, app)
    app[ACCESS].end(ended)
    app[STREAMS].end_those_of(ended)


def _ended(app: web.Application) -> frozenset[str]:
    known, tokens, sessions = app[ACCOUNTS], app[TOKENS], app[SESSIONS]
    known.look()
    for each in sessions.look():
        if not each.of_account:
            continue
        if known.actor(each.account, each.capacity) is None:
            tokens.end(each.id, each.expires_at, Why.NOT_IN_FORCE)
        elif sessions.is_idle(each.id, each.opened_at):
            tokens.end(each.id, each.expires_at, Why.IDLE)
    return tokens.ended()
