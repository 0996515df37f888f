"""aiohttp waits for ever for the headers of a new connection; this does not."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

HEADERS_WITHIN_SECONDS = 30.0
LOOK_EVERY_SECONDS = 5.0


@asynccontextmanager
async def drop_silent_connections(
    runner: web.AppRunner, *, within: float = HEADERS_WITHIN_SECONDS, every: float = LOOK_EVERY_SECONDS
) -> AsyncIterator[None]:
    """Close connections that have sent no complete request ``within`` seconds of opening."""
    task = asyncio.create_task(_watch(runner, within, every))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _watch(runner: web.AppRunner, within: float, every: float) -> None:
    silent_since: dict[RequestHandler, float] = {}
    while True:
        await asyncio.sleep(every)
        silent = [connection for connection in _connections(runner) if _has_asked_nothing(connection)]
        now = time.monotonic()
        silent_since = {connection: silent_since.get(connection, now) for connection in silent}
        for connection, since in silent_since.items():
            if now - since > within and connection.transport is not None:
                connection.transport.abort()


def _connections(runner: web.AppRunner) -> list[RequestHandler]:
    return runner.server.connections if runner.server is not None else []


def _has_asked_nothing(connection: RequestHandler) -> bool:
    # aiohttp tells neither in public; idle connections that have asked before end by keep-alive.
    return connection._current_request is None and connection._request_count == 0
