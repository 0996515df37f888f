"""How long the event loop lets others wait: what one call does in one go, all others wait for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry, Histogram

EVERY_SECONDS: Final = 0.05
_BUCKETS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class LoopLag:
    """Wants to run every 50 ms, and notes how much later it did."""

    def __init__(self, registry: CollectorRegistry, *, namespace: str) -> None:
        about = "How much later than it should a task of the event loop ran, looked at every 50 ms."
        self._seconds = Histogram("loop_lag_seconds", about, namespace=namespace, registry=registry, buckets=_BUCKETS)

    async def watch(self) -> None:
        """For ever."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY_SECONDS
            await asyncio.sleep(EVERY_SECONDS)
            self._seconds.observe(max(0.0, loop.time() - due))


LOOP_LAG = web.AppKey("loop_lag", LoopLag)


async def watch_loop(app: web.Application) -> AsyncIterator[None]:
    """While the application runs."""
    watching = asyncio.create_task(app[LOOP_LAG].watch())
    yield
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
