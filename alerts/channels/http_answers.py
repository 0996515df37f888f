"""One POST to a robot or a gateway, and what its HTTP status means; what its body means, the channel says."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from alerts.channels.channel import SECONDS_FOR_A_LETTER, Failed, Later
from alerts.channels.webhook import inner_session, session, waiting

_MOST_BYTES: Final = 64 * 1024
"""Of an answer: what is longer is no answer of a robot."""
_FOR_EVER: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.GONE,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
_ONE_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Said:
    """A status 2xx, and its body where that is JSON."""

    document: Any


def client(*, private_addresses: bool) -> aiohttp.ClientSession:
    """A session that reaches public addresses alone, unless the settings allow others."""
    return inner_session() if private_addresses else session()


async def ask(
    client: aiohttp.ClientSession, url: str, body: bytes, headers: Mapping[str, str]
) -> Said | Later | Failed:
    """Post once. A redirect is not followed: it could lead into a private network, and would carry the key along."""
    limit = aiohttp.ClientTimeout(total=SECONDS_FOR_A_LETTER)
    given = {"Content-Type": "application/json; charset=utf-8", **headers}
    try:
        async with client.post(url, data=body, headers=given, allow_redirects=False, timeout=limit) as response:
            if not 200 <= response.status < 300:
                return _refused(response.status, response.headers.get("Retry-After"))
            return Said(_document(await response.content.read(_MOST_BYTES)))
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError, ssl.SSLError):
        return Later("certificate")
    except TimeoutError:
        return Later("timeout")
    except (aiohttp.ClientError, OSError):
        return Later("unreachable")


def _refused(status: int, retry_after: str | None) -> Later | Failed:
    if status in _FOR_EVER:
        return Failed(f"http-{status}")
    if 300 <= status < 400:
        return Later("redirect")
    asked = waiting(retry_after)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Later("http-429", asked or _ONE_MINUTE)
    return Later(f"http-{status}", asked)


def _document(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
