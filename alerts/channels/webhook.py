"""Signed webhooks by the Standard Webhooks 1.0 specification: one attempt to post one message.

A message is signed over its id, its timestamp and its body, with every secret of the endpoint (``v1``,
HMAC-SHA-256) and with the endpoint's signing key (``v1a``, Ed25519).
"""

import base64
import hashlib
import hmac
import random
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Final

import aiohttp
from aiohttp.connector import AddrInfoType
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from alerts.channels.public_addresses import is_public

TIMEOUT_SECONDS: Final = 15
RETRY_AFTER: Final = tuple(timedelta(seconds=seconds) for seconds in (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 36_000))
"""The waiting time before each attempt, the first one included; each ± 20 %."""
LONGEST_WAIT: Final = timedelta(hours=24)
_JITTER: Final = 0.2
_USER_AGENT: Final = "tender-monitor"


class Answer(StrEnum):
    """The result of an attempt."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GONE = "gone"
    """The endpoint answered 410: it wants no more messages."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to post a message.

    ``status`` is the HTTP status, None where there was no answer. ``wait`` is the time that the endpoint
    asks to wait before the next attempt.
    """

    answer: Answer
    status: int | None = None
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Endpoint:
    """Where to post, and the keys to sign with: ``secrets`` are ``whsec_…``, ``signing_key`` is ``whsk_…``.

    Only with ``private_addresses`` may the address lie in a private network.
    """

    name: str
    url: str
    secrets: tuple[str, ...]
    signing_key: str | None = None
    private_addresses: bool = False


class ForbiddenAddress(OSError):
    """The name of the endpoint resolves to an address in a private network, which is not allowed."""


def signed_headers(endpoint: Endpoint, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of an attempt; every attempt has the same ``message_id`` and its own time ``at``."""
    timestamp = int(at.timestamp())
    content = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signatures(endpoint, content)),
    }


def session() -> aiohttp.ClientSession:
    """An HTTP session that reaches only public addresses."""
    return _session(aiohttp.TCPConnector(socket_factory=_public_socket, use_dns_cache=False))


def inner_session() -> aiohttp.ClientSession:
    """An HTTP session that reaches private addresses as well."""
    return _session(aiohttp.TCPConnector(use_dns_cache=False))


async def post(client: aiohttp.ClientSession, endpoint: Endpoint, message_id: str, body: bytes) -> Attempt:
    """Post the message once, now.

    A redirect is a failure: it could lead into a private network, and the owner of the endpoint should
    name the right address.
    """
    headers = {
        "Content-Type": "application/json",
        **signed_headers(endpoint, message_id, datetime.now(UTC), body),
    }
    try:
        async with client.post(endpoint.url, data=body, headers=headers, allow_redirects=False) as response:
            return _attempt(response.status, response.headers.get("Retry-After"))
    except (aiohttp.ClientError, TimeoutError, OSError):
        return Attempt(Answer.FAILED)


def next_attempt(attempts: int, at: datetime, wait: timedelta | None) -> datetime | None:
    """When to try again after the attempt with the number ``attempts``, made ``at``; None after the last attempt."""
    if attempts >= len(RETRY_AFTER):
        return None
    planned = RETRY_AFTER[attempts] * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - it spreads load
    # An endpoint may ask for more time, but neither for less nor for so much that nothing is ever sent again.
    return at + max(planned, min(wait or timedelta(), LONGEST_WAIT))


def _attempt(status: int, retry_after: str | None) -> Attempt:
    if 200 <= status < 300:
        return Attempt(Answer.DELIVERED, status)
    if status == HTTPStatus.GONE:
        return Attempt(Answer.GONE, status)
    return Attempt(Answer.FAILED, status, waiting(retry_after))


def waiting(retry_after: str | None) -> timedelta | None:
    """The time in a ``Retry-After`` header, which is a number of seconds or an HTTP date; None for anything else."""
    if retry_after is None:
        return None
    if retry_after.isdigit():
        return timedelta(seconds=min(int(retry_after), int(LONGEST_WAIT.total_seconds())))
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(timedelta(), until - datetime.now(UTC)) if until.tzinfo else None


def _signatures(endpoint: Endpoint, content: bytes) -> Iterator[str]:
    for secret in endpoint.secrets:
        mac = hmac.digest(_key(secret, "whsec_"), content, hashlib.sha256)
        yield f"v1,{base64.b64encode(mac).decode()}"
    if endpoint.signing_key is not None:
        key = Ed25519PrivateKey.from_private_bytes(_key(endpoint.signing_key, "whsk_")[:32])
        yield f"v1a,{base64.b64encode(key.sign(content)).decode()}"


def _key(text: str, prefix: str) -> bytes:
    return base64.b64decode(text.removeprefix(prefix), validate=True)


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
        headers={"User-Agent": _USER_AGENT},
        trust_env=False,
    )


def _public_socket(address: AddrInfoType) -> socket.socket:
    """A socket for a public address; raises :class:`ForbiddenAddress` for any other."""
    # Checked here, at the address of this connection: a name may resolve to a public address when it is
    # checked, and to a private one when it is used (DNS rebinding).
    family, kind, protocol, _, where = address
    if not is_public(str(where[0])):
        raise ForbiddenAddress("the endpoint lies in a private network")
    return socket.socket(family=family, type=kind, proto=protocol)
