"""The keys of outside issuers: read at the start, renewed while the server runs, and when a token names a new one."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiohttp
import structlog
from joserfc.jwk import KeySet

from domain.errors import MonitorError
from infra.identity.access import Access, Proven
from infra.identity.issuers import Issuer, issuer_from_jwks
from infra.identity.outside_roles import RoleClaim
from infra.identity.refused_tokens import UnknownKey
from infra.settings import OidcIssuer

RENEW_EVERY_SECONDS = 300.0
AGAIN_SECONDS = 10.0
"""How soon an issuer is asked again that did not answer, or of which a token names another key."""
ANSWER_WITHIN_SECONDS = 10.0
LARGEST_DOCUMENT_BYTES = 256 * 1024

log = structlog.get_logger(__name__)


class KeysUnavailable(MonitorError):
    """The key set could not be read; the keys known before stay in force."""


class IssuerKeys:
    """Proves tokens, and reads an issuer's keys again when a token names one that is not known."""

    def __init__(self, access: Access, issuers: Sequence[OidcIssuer]) -> None:
        self._access = access
        self._issuers = {one.issuer: one for one in issuers}
        self._reading = {one.issuer: asyncio.Lock() for one in issuers}
        self._asked_at = {one.issuer: float("-inf") for one in issuers}
        for one in issuers:
            # Known by name before its keys are: a token of an issuer that is away now is proven once it answers.
            access.trust(Issuer(one.issuer, one.audience, KeySet([]), role_claim=_role_claim(one)))

    async def prove(self, token: str) -> Proven:
        """As :meth:`Access.prove`; raises :class:`NotAuthenticated`."""
        try:
            return self._access.prove(token)
        except UnknownKey as unknown:
            if not await self._read_again(unknown.issuer):
                raise
        return self._access.prove(token)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Trust the issuers by their current keys for as long as the block lasts."""
        unread = await self._renew()
        task = asyncio.create_task(self._renew_for_ever(unread))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _renew_for_ever(self, unread: bool) -> None:
        while self._issuers:
            await asyncio.sleep(AGAIN_SECONDS if unread else RENEW_EVERY_SECONDS)
            unread = await self._renew()

    async def _renew(self) -> bool:
        """True where not every issuer answered."""
        answers = await asyncio.gather(*(self._renew_one(issuer) for issuer in self._issuers))
        return not all(answers)

    async def _read_again(self, issuer: str) -> bool:
        """Whether there may be new keys now. Tokens with made-up keys make us ask no more often than that."""
        one, asked_at = self._issuers.get(issuer), self._asked_at.get(issuer)
        if one is None:
            return False
        async with self._reading[issuer]:
            if self._asked_at[issuer] != asked_at:
                return True
            if time.monotonic() - self._asked_at[issuer] < AGAIN_SECONDS:
                return False
            self._asked_at[issuer] = time.monotonic()
            return await self._read_keys(one)

    async def _renew_one(self, issuer: str) -> bool:
        async with self._reading[issuer]:
            return await self._read_keys(self._issuers[issuer])

    async def _read_keys(self, one: OidcIssuer) -> bool:
        try:
            document = await _read(one.jwks_url)
            issuer = issuer_from_jwks(document, issuer=one.issuer, audience=one.audience, role_claim=_role_claim(one))
        except (KeysUnavailable, ValueError) as error:
            log.warning("issuer_keys_unavailable", issuer=one.issuer, error=type(error).__name__)
            return False
        self._access.trust(issuer)
        return True


def _role_claim(one: OidcIssuer) -> RoleClaim:
    return RoleClaim(one.role_claim, one.roles)


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
