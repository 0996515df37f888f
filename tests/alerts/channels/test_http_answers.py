"""What robots and gateways answer by HTTP, and what it means."""

import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from alerts.channels.channel import Accepted, Failed, Later, Letter
from alerts.channels.robot import Robot
from alerts.channels.sms import SmsGateway
from alerts.channels.wecom import WECOM
from tests.kafka.certificates import SERVER_FILE

LETTER = Letter("id-1", '新线索 "E110"', "标段 L1", "13800000000")


@pytest.fixture
async def answering() -> AsyncIterator[TestServer]:
    async def handle(request: web.Request) -> web.Response:
        status = int(request.match_info["status"])
        headers = {"Retry-After": "7"} if status in (429, 503) else {}
        return web.Response(status=status, headers={**headers, "Location": "/elsewhere"}, text="not json")

    app = web.Application()
    app.router.add_post("/{status}", handle)
    server = TestServer(app)
    await server.start_server()
    yield server
    await server.close()


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (429, Later("http-429", timedelta(seconds=7))),
        (503, Later("http-503", timedelta(seconds=7))),
        (500, Later("http-500")),
        (302, Later("redirect")),
        (410, Failed("http-410")),
        (404, Failed("http-404")),
        (200, Later("no-answer-of-a-robot")),
    ],
)
async def test_a_status_says_whether_to_try_again(answering: TestServer, status: int, meaning: object) -> None:
    robot = Robot("city", WECOM, str(answering.make_url(f"/{status}")), private_addresses=True)
    async with robot.opened() as opened:
        assert await opened.send(LETTER) == meaning


async def test_nobody_there_and_a_wrong_certificate_are_tried_again(certificates: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates / SERVER_FILE)
    server = TestServer(web.Application(), scheme="https")
    await server.start_server(ssl=context)
    wrong, nobody = f"https://localhost:{server.port}/x", f"http://127.0.0.1:{unused_port()}/x"
    for url, error in ((wrong, "certificate"), (nobody, "unreachable")):
        async with Robot("city", WECOM, url, private_addresses=True).opened() as opened:
            assert await opened.send(LETTER) == Later(error)
    await server.close()


async def test_an_address_inside_the_network_is_not_reached_unless_it_is_allowed(answering: TestServer) -> None:
    async with Robot("city", WECOM, str(answering.make_url("/200"))).opened() as opened:
        assert await opened.send(LETTER) == Later("unreachable")


async def test_a_gateway_gets_the_body_of_the_settings_and_may_refuse_under_200() -> None:
    got: list[dict[str, str]] = []

    async def handle(request: web.Request) -> web.Response:
        got.append(await request.json())
        return web.json_response({"Code": "OK" if len(got) == 1 else "isv.BUSINESS_LIMIT_CONTROL"})

    app = web.Application()
    app.router.add_post("/", handle)
    server = TestServer(app)
    await server.start_server()
    body = '{"PhoneNumbers": {{ phone|tojson }}, "TemplateParam": {{ text|tojson }}, "OutId": {{ letter_id|tojson }}}'
    gateway = SmsGateway("sms", str(server.make_url("/")), body, {}, "Code", "OK", private_addresses=True)
    async with gateway.opened() as opened:
        assert await opened.send(LETTER) == Accepted()
        assert await opened.send(LETTER) == Failed("gateway-refused")
    assert got[0] == {"PhoneNumbers": "13800000000", "TemplateParam": '新线索 "E110"', "OutId": "id-1"}
    await server.close()
