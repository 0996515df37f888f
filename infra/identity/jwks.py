"""The keys of outside issuers: read at the start, renewed while the server runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiohttp
import structlog

from domain.errors import MonitorError
from infra.identity.access import Access, issuer_from_jwks
from infra.settings import OidcIssuer

RENEW_EVERY_SECONDS = 300.0
ANSWER_WITHIN_SECONDS = 10.0
LARGEST_DOCUMENT_BYTES = 256 * 1024

log = structlog.get_logger(__name__)


class KeysUnavailable(MonitorError):
    """The key set could not be read; the keys known before stay in force."""


@asynccontextmanager
async def keep_trusting(access: Access, issuers: Sequence[OidcIssuer]) -> AsyncIterator[None]:
    """Trust ``issuers`` by their current keys for as long as the block lasts."""
    await _renew(access, issuers)
    task = asyncio.create_task(_renew_for_ever(access, issuers))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _renew_for_ever(access: Access, issuers: Sequence[OidcIssuer]) -> None:
    while issuers:
        await asyncio.sleep(RENEW_EVERY_SECONDS)
        await _renew(access, issuers)


async def _renew(access: Access, issuers: Sequence[OidcIssuer]) -> None:
    for one in issuers:
        try:
            document = await _read(one.jwks_url)
            issuer = issuer_from_jwks(document, issuer=one.issuer, audience=one.audience, role_claim=one.role_claim)
        except (KeysUnavailable, ValueError) as error:
            log.warning("issuer_keys_unavailable", issuer=one.issuer, error=type(error).__name__)
        else:
            access.trust(issuer)


async def _read(address: str) -> bytes:
    """A key set by https (or http on this machine), or from a file."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        return await asyncio.to_thread(_read_file, Path(unquote(parts.path)))
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise KeysUnavailable("keys come by https or from a file")
    timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(address, allow_redirects=False) as got,
        ):
            got.raise_for_status()
            document = bytearray()
            async for piece in got.content.iter_chunked(16 * 1024):
                document += piece
                if len(document) > LARGEST_DOCUMENT_BYTES:
                    raise KeysUnavailable("the answer is too large for a key set")
            return bytes(document)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise KeysUnavailable("the issuer does not answer") from error


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeysUnavailable("the file cannot be read") from error
