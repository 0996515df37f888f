"""Signed webhooks, against the specification's vector, the reference library, and a real server."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from alerts.channels.webhook import (
    LONGEST_WAIT,
    RETRY_AFTER,
    Answer,
    Attempt,
    Endpoint,
    inner_session,
    next_attempt,
    post,
    session,
    signed_headers,
)

SHARED = Path(__file__).parents[3] / ".." / "shared"
VECTOR = SHARED / "vectors" / "standard-webhooks.json"
SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes ...").decode()
OTHER = "whsec_" + base64.b64encode(b"the next one of 24 bytes").decode()
NOW = datetime(2025, 6, 18, 1, 30, tzinfo=UTC)


def an_endpoint(url: str = "https://receiver.example/hook", **given: object) -> Endpoint:
    values: dict[str, object] = {"secrets": (SECRET,), "private_addresses": True, **given}
    return Endpoint("supervisor", url, **values)  # type: ignore[arg-type]


def test_the_vector_of_the_specification_holds() -> None:
    if not VECTOR.exists():
        pytest.skip("the vectors are not beside this checkout")
    vector = json.loads(VECTOR.read_text(encoding="utf-8"))
    at = datetime.fromtimestamp(vector["timestamp"], UTC)
    headers = signed_headers(an_endpoint(secrets=(vector["secret"],)), vector["id"], at, vector["body"].encode())
    assert headers["webhook-signature"] == vector["signature"]


@given(st.text(max_size=200))
def test_the_reference_library_verifies_what_we_sign(body: str) -> None:
    at = datetime.now(UTC)
    headers = signed_headers(an_endpoint(secrets=(SECRET, OTHER)), "msg_1", at, body.encode())
    for secret in (SECRET, OTHER):
        Webhook(secret).verify(body, headers, json_parse=False)


def test_the_time_of_day_elsewhere_signs_the_same() -> None:
    """The reference library signs an aware +08:00 time eight hours wrong."""
    elsewhere = NOW.astimezone(datetime.strptime("+0800", "%z").tzinfo)
    assert signed_headers(an_endpoint(), "m", elsewhere, b"") == signed_headers(an_endpoint(), "m", NOW, b"")


def test_a_signing_key_signs_besides() -> None:
    key = Ed25519PrivateKey.generate()
    text = "whsk_" + base64.b64encode(key.private_bytes_raw()).decode()
    headers = signed_headers(an_endpoint(signing_key=text), "msg_1", NOW, b"{}")
    (_, asymmetric) = headers["webhook-signature"].split(" ")
    version, signature = asymmetric.split(",")
    assert version == "v1a"
    key.public_key().verify(base64.b64decode(signature), f"msg_1.{int(NOW.timestamp())}.{{}}".encode())


def test_retries_spread_over_a_day_and_end() -> None:
    for attempts, planned in enumerate(RETRY_AFTER):
        again = next_attempt(attempts, NOW, None)
        assert again is not None
        assert 0.8 * planned <= again - NOW <= 1.2 * planned
    assert next_attempt(len(RETRY_AFTER), NOW, timedelta(hours=1)) is None


def test_what_the_endpoint_asks_for_is_respected_within_reason() -> None:
    assert next_attempt(1, NOW, timedelta(hours=3)) == NOW + timedelta(hours=3)
    assert next_attempt(1, NOW, timedelta(days=400)) == NOW + LONGEST_WAIT


Serve = Callable[[Callable[[web.Request], Awaitable[web.Response]]], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """A receiver on the loopback address."""
    servers: list[TestServer] = []

    async def start(handler: Callable[[web.Request], Awaitable[web.Response]]) -> str:
        app = web.Application()
        app.router.add_post("/hook", handler)
        server = TestServer(app)
        await server.start_server()
        servers.append(server)
        return str(server.make_url("/hook"))

    yield start
    for server in servers:
        await server.close()


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (200, {}, Attempt(Answer.DELIVERED, 200)),
        (204, {}, Attempt(Answer.DELIVERED, 204)),
        (302, {"Location": "/elsewhere"}, Attempt(Answer.FAILED, 302)),
        (410, {}, Attempt(Answer.GONE, 410)),
        (429, {"Retry-After": "120"}, Attempt(Answer.FAILED, 429, timedelta(minutes=2))),
        (500, {"Retry-After": "soon"}, Attempt(Answer.FAILED, 500)),
    ],
)
async def test_answers_are_told_apart(serve: Serve, status: int, headers: dict[str, str], expected: Attempt) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers)

    async with inner_session() as client:
        assert await post(client, an_endpoint(await serve(handler)), "msg_1", b"{}") == expected


async def test_a_receiver_with_the_reference_library_accepts_it(serve: Serve) -> None:
    received: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        body = await request.text()
        Webhook(SECRET).verify(body, dict(request.headers))
        received.append(request.headers["webhook-id"])
        return web.Response()

    async with inner_session() as client:
        attempt = await post(client, an_endpoint(await serve(handler)), "msg_1", b'{"type":"notice.raised"}')
    assert attempt.answer is Answer.DELIVERED
    assert received == ["msg_1"]


async def test_a_private_address_is_never_called_unless_it_may_be(serve: Serve) -> None:
    called = asyncio.Event()

    async def handler(_: web.Request) -> web.Response:
        called.set()
        return web.Response()

    url = await serve(handler)
    async with session() as client:
        attempt = await post(client, an_endpoint(url, private_addresses=False), "msg_1", b"{}")
    assert attempt == Attempt(Answer.FAILED)
    assert not called.is_set()


async def test_nobody_there_is_a_failure() -> None:
    async with inner_session() as client:
        assert await post(client, an_endpoint("http://127.0.0.1:9/hook"), "msg_1", b"{}") == Attempt(Answer.FAILED)
