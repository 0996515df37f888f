"""Robots against servers that behave as the makers' documents say."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts.channels.channel import Accepted, Answer, Failed, Later, Letter
from alerts.channels.dingtalk import DINGTALK
from alerts.channels.feishu import FEISHU
from alerts.channels.robot import Dialect, Robot, cut
from alerts.channels.wecom import WECOM
from tests.alerts.channels.chat_servers import SECRET, ChatServer, chat_server

DIALECTS = {"wecom": WECOM, "dingtalk": DINGTALK, "feishu": FEISHU}
WRONG = {"wecom": "errcode-93000", "dingtalk": "errcode-310000", "feishu": "code-19021"}
TOO_FAST = {"wecom": "errcode-45009", "dingtalk": "errcode-130101", "feishu": "code-11232"}
LETTER = Letter("id-1", "新线索 E110", "标段 L1")


async def send(dialect: Dialect, server: ChatServer, letter: Letter = LETTER, *, secret: str = SECRET) -> Answer:
    robot = Robot("city", dialect, server.url, secret, private_addresses=True)
    async with robot.opened() as opened:
        return await opened.send(letter)


@pytest.mark.parametrize("kind", DIALECTS)
async def test_a_signed_message_is_taken_under_its_id(kind: str) -> None:
    async with chat_server(kind) as server:
        assert await send(DIALECTS[kind], server) == Accepted()
        assert (server.got, server.ids) == (["新线索 E110\n标段 L1"], ["id-1"])


@pytest.mark.parametrize("kind", DIALECTS)
async def test_a_wrong_key_or_signature_fails_for_good_although_http_says_200(kind: str) -> None:
    async with chat_server(kind) as server:
        server.url = server.url.replace("key=", "key=x")
        assert await send(DIALECTS[kind], server, secret="wrong") == Failed(WRONG[kind])


@pytest.mark.parametrize("kind", DIALECTS)
async def test_who_sends_too_fast_waits_as_long_as_the_maker_says(kind: str) -> None:
    async with chat_server(kind) as server:
        server.per_minute = 0
        answer = await send(DIALECTS[kind], server)
    assert isinstance(answer, Later)
    assert (answer.error, answer.whole_channel) == (TOO_FAST[kind], True)
    assert answer.wait == timedelta(minutes=10 if kind == "dingtalk" else 1)


async def test_a_signature_of_long_ago_is_refused() -> None:
    async with chat_server("dingtalk") as server:
        then = datetime.now(UTC) - timedelta(hours=2)
        robot = Robot("city", DINGTALK, server.url, SECRET, private_addresses=True, now=lambda: then)
        async with robot.opened() as opened:
            assert await opened.send(LETTER) == Failed("errcode-310000")


async def test_a_text_that_is_too_long_is_cut_and_not_refused() -> None:
    async with chat_server("wecom") as server:
        assert await send(WECOM, server, Letter("id-2", "长", "字" * 5_000)) == Accepted()
        assert server.got[0].endswith("…")


def test_no_character_is_cut_in_half() -> None:
    assert cut("汉字汉字", 10) == "汉字…"
    assert cut("short", 10) == "short"
