"""The server of one machine, and that of a cluster's console, from start to stop."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry

from domain.access import Actor
from infra.channels import sending
from infra.http.health import MEASURES
from infra.http.keys import ISSUER_KEYS
from infra.identity.access import Access
from infra.identity.sign_in_codes import SignInCodes, sign_in_link
from infra.identity.tokens import TokenRegister
from infra.installation import Installation, system_clock
from infra.recording_clock import RecordingClock
from infra.serving.application import build
from infra.serving.quiet_protocol import QuietRunner
from infra.serving.watchdog import drop_silent_connections
from infra.settings import Settings
from infra.webhooks import posting
from infra.witness.asking import keep_witnessed
from infra.witness.figures import WitnessFigures
from streams.node.node import Node
from streams.one_machine.node import EmbeddedNode

if TYPE_CHECKING:
    from infra.cluster.handing_in import OpenProducer

GRACE_SECONDS = 15.0
"""How long requests under way may take to end once the server stops."""
MAX_HEADER_BYTES = 16 * 1024
"""A token with many claims is longer than aiohttp's 8 KiB."""

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised here, not bound to

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answering:
    """A server that answers; ``url`` is where people find it, ``local_url`` where this machine does."""

    url: str
    local_url: str
    access: Access
    codes: SignInCodes
    installation: Installation

    def sign_in_link(self, actor: Actor, *, lasts: timedelta, token_lasts: timedelta) -> str:
        """Signs ``actor`` in, once; the session ends with the token at the latest. Waits for the database."""
        issued = self.access.issue(actor, expires=token_lasts)
        TokenRegister(self.installation.database).add(issued)
        return sign_in_link(self.url, self.codes.issue(issued.token, lasts=lasts))


@dataclass(frozen=True, slots=True)
class Running(Answering):
    """That of one machine."""

    node: EmbeddedNode


@asynccontextmanager
async def running(
    settings: Settings, *, clock: Callable[[], datetime] = system_clock, watched: RecordingClock | None = None
) -> AsyncIterator[Running]:
    """The server for as long as the block lasts; what was accepted is committed before it ends.

    Facts are recorded and judged by ``clock``, or by one that is ``watched``; tokens and sessions end by the real one.
    """
    installation = await asyncio.to_thread(Installation.open, settings, clock=clock)
    if watched is not None:
        installation = replace(installation, watched=watched)
    try:
        node = installation.embedded()
        await node.start(expecting_bulk=True)
        try:
            async with (
                _serving(installation, node) as (found, registry),
                posting(installation, node, registry),
                sending(installation, node, registry, found.url),
            ):
                yield Running(found.url, found.local_url, found.access, found.codes, installation, node)
        finally:
            await node.stop()
    finally:
        await asyncio.to_thread(installation.close)


@asynccontextmanager
async def console(settings: Settings, open_producer: "OpenProducer | None" = None) -> AsyncIterator[Answering]:
    """The console of the cluster in the settings; it writes to the topics by ``open_producer``, else by Kafka.

    Raises what :func:`infra.cluster.start_checks.check_before_start` does.
    """
    # The clients of a broker and of PostgreSQL load slowly, and one machine needs neither.
    from infra.cluster.console import Console
    from infra.cluster.console_node import node_of
    from infra.cluster.start_checks import check_before_start

    await asyncio.to_thread(check_before_start, settings)
    installation = await asyncio.to_thread(Console.open, settings)
    try:
        node = node_of(installation, open_producer)
        await node.start()
        try:
            async with _serving(installation, node) as (found, _):
                yield found
        finally:
            await node.stop()
    finally:
        await asyncio.to_thread(installation.close)


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Binds loopback unless the settings name another address."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    async with running(settings) as server:
        log.info("server_ready", url=server.url)
        await stop.wait()
        log.info("server_stopping")


def run(settings: Settings) -> None:
    """:func:`serve` on uvloop where there is one."""
    if sys.platform == "win32":
        asyncio.run(serve(settings))
        return
    import uvloop

    uvloop.run(serve(settings))


def access_of(installation: Installation) -> Access:
    access, keys = installation.settings.access, installation.keys
    return Access(keys.tokens, issuer=access.issuer, audience=access.audience, suite=keys.suite)


@asynccontextmanager
async def _serving(installation: Installation, node: Node) -> AsyncIterator[tuple[Answering, CollectorRegistry]]:
    """What answers, and the registry behind its ``/metrics``."""
    settings = installation.settings
    access, codes = access_of(installation), SignInCodes(installation.database, installation.vault)
    app = build(installation, node, access, codes)
    runner = QuietRunner(
        app,
        access_log=None,
        auto_decompress=False,
        handle_signals=False,
        shutdown_timeout=GRACE_SECONDS,
        max_field_size=MAX_HEADER_BYTES,
        keepalive_timeout=75.0,
    )
    app[MEASURES].registry.register(witnesses := WitnessFigures())
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.http.host, settings.http.port).start()
        async with (
            app[ISSUER_KEYS].kept(),
            drop_silent_connections(runner),
            AsyncExitStack() as logs,
        ):
            for each in installation.logs:
                suite = installation.log_suite
                await logs.enter_async_context(keep_witnessed(each, settings.transparency, suite, witnesses))
            local_url = _address(runner)
            url = settings.http.public_url or local_url
            yield Answering(url, local_url, access, codes, installation), app[MEASURES].registry
    finally:
        await runner.cleanup()


def _address(runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    host = _ANYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
