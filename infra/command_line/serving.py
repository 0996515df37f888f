"""A running server: the node, the web application in front of it, and its address."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import aiohttp
import structlog
from aiohttp import web

from domain.errors import MonitorError
from infra.access import Access, issuer_from_jwks
from infra.command_line.folder import DataFolder
from infra.command_line.node import writing
from infra.command_line.token import open_access
from infra.http.application import build
from infra.installation import Installation
from infra.settings import OidcIssuer, Settings
from streams.embedded import Embedded

KEY_SET_SECONDS: Final = 600
_KEY_SET_BYTES: Final = 1024 * 1024
_SHUTDOWN_SECONDS: Final = 5.0
_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (recognised here, not bound to)

T = TypeVar("T")
log = structlog.get_logger(__name__)


class AddressTaken(MonitorError):
    """The server cannot listen there."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on {host} port {port}: {reason}; --port chooses another, 0 a free one")
        self.host = host
        self.port = port


@dataclass(frozen=True)
class Server:
    """``url`` is what people type."""

    url: str
    installation: Installation
    node: Embedded
    access: Access


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Server]:
    """Serves until the block ends; raises FolderHeld or :class:`AddressTaken`."""
    access = open_access(settings)
    folder = DataFolder(settings.data)
    async with (
        writing(settings) as (installation, node),
        _listening(build(installation, node, access), settings) as local,
        _trusting(access, settings.access.oidc),
    ):
        with folder.announced(local):
            yield Server(settings.http.public_url or local, installation, node, access)


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


@asynccontextmanager
async def _listening(app: web.Application, settings: Settings) -> AsyncIterator[str]:
    """Its address as seen from this machine."""
    host, port = settings.http.host, settings.http.port
    # The events handler decompresses by itself, so that it can count what comes out.
    runner = web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise AddressTaken(host, port, error.strerror or "no reason given") from error
        bound = runner.addresses[0][1]
        local = _ANYWHERE.get(host, host)
        yield f"http://[{local}]:{bound}" if ":" in local else f"http://{local}:{bound}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _trusting(access: Access, issuers: tuple[OidcIssuer, ...]) -> AsyncIterator[None]:
    """Keeps the keys of outside issuers fresh."""
    tasks = [asyncio.create_task(_refresh(access, issuer)) for issuer in issuers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _refresh(access: Access, issuer: OidcIssuer) -> None:
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        while True:
            try:
                async with session.get(issuer.jwks_url, raise_for_status=True, allow_redirects=False) as response:
                    document = await response.content.read(_KEY_SET_BYTES)
                access.trust(
                    issuer_from_jwks(
                        document, issuer=issuer.issuer, audience=issuer.audience, role_claim=issuer.role_claim
                    )
                )
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                log.warning("issuer_keys_not_read", issuer=issuer.issuer, kind=type(error).__name__)
            await asyncio.sleep(KEY_SET_SECONDS)
