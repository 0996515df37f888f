"""Signed webhooks as Standard Webhooks 1.0 say: one thin message, posted once or again.

The signature is our own: over id, timestamp and body, by every secret of the endpoint
(``v1``, HMAC-SHA-256) and by its signing key (``v1a``, Ed25519).
"""

import base64
import hashlib
import hmac
import ipaddress
import random
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final

import aiohttp
from aiohttp.connector import AddrInfoType
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TIMEOUT_SECONDS: Final = 15
RETRY_AFTER: Final = tuple(timedelta(seconds=seconds) for seconds in (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 36_000))
"""How long each attempt waits for after the one before, the first included; ± 20 %."""
LONGEST_WAIT: Final = timedelta(hours=24)
_JITTER: Final = 0.2
_USER_AGENT: Final = "tender-monitor"


class Answer(StrEnum):
    """What an attempt came to."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GONE = "gone"
    """The endpoint says (410) that it wants no more."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """``status`` is the HTTP status, None where there was no answer; ``wait`` what the endpoint asked for."""

    answer: Answer
    status: int | None = None
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Endpoint:
    """Where to post, and what signs: ``secrets`` as ``whsec_…``, ``signing_key`` as ``whsk_…``."""

    name: str
    url: str
    secrets: tuple[str, ...]
    signing_key: str | None = None
    private_addresses: bool = False


class ForbiddenAddress(OSError):
    """The endpoint's name leads into a network that it may not lead into."""


def signed_headers(endpoint: Endpoint, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of an attempt; ``message_id`` is the same at every attempt, ``at`` is not."""
    timestamp = int(at.timestamp())
    content = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_signatures(endpoint, content)),
    }


def session() -> aiohttp.ClientSession:
    """For endpoints on public addresses only."""
    return _session(aiohttp.TCPConnector(socket_factory=_public_socket, use_dns_cache=False))


def inner_session() -> aiohttp.ClientSession:
    """For endpoints that may lie inside the own network."""
    return _session(aiohttp.TCPConnector(use_dns_cache=False))


async def post(client: aiohttp.ClientSession, endpoint: Endpoint, message_id: str, body: bytes) -> Attempt:
    """One attempt, now. A redirect is a failure: the endpoint's owner has to name the right address."""
    headers = {
        "Content-Type": "application/json",
        **signed_headers(endpoint, message_id, datetime.now(UTC), body),
    }
    try:
        async with client.post(endpoint.url, data=body, headers=headers, allow_redirects=False) as response:
            return _judged(response.status, response.headers.get("Retry-After"))
    except (aiohttp.ClientError, TimeoutError, OSError):
        return Attempt(Answer.FAILED)


def next_attempt(attempts: int, at: datetime, wait: timedelta | None) -> datetime | None:
    """When to try again after ``attempts`` of them; None after the last."""
    if attempts >= len(RETRY_AFTER):
        return None
    planned = RETRY_AFTER[attempts] * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - it spreads load
    return at + max(planned, min(wait or timedelta(), LONGEST_WAIT))


def _judged(status: int, retry_after: str | None) -> Attempt:
    if 200 <= status < 300:
        return Attempt(Answer.DELIVERED, status)
    if status == HTTPStatus.GONE:
        return Attempt(Answer.GONE, status)
    return Attempt(Answer.FAILED, status, _waiting(retry_after))


def _waiting(retry_after: str | None) -> timedelta | None:
    """Seconds or an HTTP date; what is neither is as if it were not there."""
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
    """Checked where the connection is made: what a name resolved to earlier proves nothing."""
    family, kind, protocol, _, where = address
    if not is_public(str(where[0])):
        raise ForbiddenAddress("the endpoint lies in a private network")
    return socket.socket(family=family, type=kind, proto=protocol)


def is_public(text: str) -> bool:
    """Also for an IPv4 address dressed up as an IPv6 one."""
    address: Any = ipaddress.ip_address(text.partition("%")[0])
    plain = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
    return bool(plain.is_global) and not plain.is_multicast
