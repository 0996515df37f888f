"""Messages on their way to a server that is busy, or away for a moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from infra.command_line.facts_in.sending import open_sender
from infra.command_line.facts_in.through_server import NotSent
from infra.command_line.folder import DataFolder
from infra.deliveries.sender import Answer, Sender
from infra.settings import Settings
from tests.lead_strategies import put_keys


@asynccontextmanager
async def a_sender(folder: Path, *answers: web.Response) -> AsyncIterator[tuple[Sender, list[bytes]]]:
    """To a server that holds the data folder and gives these answers; with the bodies it is sent."""
    put_keys(folder)
    got: list[bytes] = []
    left = iter(answers)

    async def take(request: web.Request) -> web.Response:
        got.append(await request.read())
        return next(left)

    async def registered(_: web.Request) -> web.Response:
        return web.json_response({"items": [], "registered": []})

    app = web.Application()
    app.router.add_get("/api/v1/sources", registered)
    app.router.add_post("/api/v1/events", take)
    server, data = TestServer(app), DataFolder(folder)
    await server.start_server()
    with data.held(), data.announced(str(server.make_url("/"))):
        async with open_sender(Settings(data=folder)) as sender:
            yield sender, got
    await server.close()


def busy() -> web.Response:
    return web.json_response({"title": "Too Many Requests"}, status=429, headers={"Retry-After": "0.01"})


async def test_a_busy_server_is_sent_the_same_again_when_it_asked_for_it(tmp_path: Path) -> None:
    accepted = web.json_response({"accepted": 1, "duplicates": 0, "rejected": []}, status=202)
    async with a_sender(tmp_path, busy(), busy(), accepted) as (sender, got):
        assert await sender.send([b"{}", b"[]"]) == Answer(1, 0, ())
    assert got == [b"{}\n[]"] * 3


async def test_a_server_that_stays_busy_is_given_up_after_six_tries(tmp_path: Path) -> None:
    async with a_sender(tmp_path, *[busy() for _ in range(7)]) as (sender, got):
        with pytest.raises(NotSent, match="in 6 tries"):
            await sender.send([b"{}"])
    assert len(got) == 6


async def test_a_refusal_is_told_at_once(tmp_path: Path) -> None:
    refusal = web.json_response({"title": "Forbidden", "detail": "not yours"}, status=403)
    async with a_sender(tmp_path, refusal) as (sender, got):
        with pytest.raises(NotSent, match="403: not yours"):
            await sender.send([b"{}"])
    assert len(got) == 1
