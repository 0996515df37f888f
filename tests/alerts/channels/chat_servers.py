"""Servers of group robots, as their makers' public documents describe them: signatures, limits, answers."""

import base64
import hmac
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

SECRET = "SEC0123456789abcdef"
KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
Answer = Callable[["ChatServer", web.Request, dict[str, Any]], dict[str, Any]]


@dataclass
class ChatServer:
    """``got`` are the texts that it took, ``ids`` the ids under which they came, ``per_minute`` its limit."""

    answer: Answer
    per_minute: int
    url: str = ""
    got: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return len(self.got) >= self.per_minute

    async def handle(self, request: web.Request) -> web.Response:
        answer = self.answer(self, request, await request.json())
        if not answer.get("errcode", answer.get("code")):
            self.ids.append(request.headers["X-Request-Id"])
        return web.json_response(answer)


def wecom(server: ChatServer, request: web.Request, body: dict[str, Any]) -> dict[str, Any]:
    """developer.work.weixin.qq.com/document/path/91770."""
    if request.query.get("key") != KEY:
        return {"errcode": 93000, "errmsg": "invalid webhook url, hint: [1], from ip: 10.0.0.1"}
    if body["msgtype"] != "text" or len(body["text"]["content"].encode()) > 2_048:
        return {"errcode": 40058, "errmsg": "content exceed max length. invalid Request Parameter"}
    if server.is_full:
        return {"errcode": 45009, "errmsg": "api freq out of limit, hint: [1]"}
    server.got.append(body["text"]["content"])
    return {"errcode": 0, "errmsg": "ok"}


def dingtalk(server: ChatServer, request: web.Request, body: dict[str, Any]) -> dict[str, Any]:
    """open.dingtalk.com/document/robots/customize-robot-security-settings: the time may be an hour off."""
    timestamp = request.query.get("timestamp", "0")
    mac = hmac.digest(SECRET.encode(), f"{timestamp}\n{SECRET}".encode(), "sha256")
    late = abs(time.time() * 1_000 - int(timestamp)) > 3_600_000
    if late or request.query.get("sign") != base64.b64encode(mac).decode():
        return {"errcode": 310000, "errmsg": "sign not match, more: [https://ding-doc.dingtalk.com/]"}
    if server.is_full:
        return {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}
    server.got.append(body["text"]["content"])
    return {"errcode": 0, "errmsg": "ok"}


def feishu(server: ChatServer, request: web.Request, body: dict[str, Any]) -> dict[str, Any]:
    """open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: the time may be an hour off."""
    timestamp = body.get("timestamp", "0")
    mac = hmac.digest(f"{timestamp}\n{SECRET}".encode(), b"", "sha256")
    if abs(time.time() - int(timestamp)) > 3_600 or body.get("sign") != base64.b64encode(mac).decode():
        return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}
    if server.is_full:
        return {"code": 11232, "msg": "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]"}
    server.got.append(body["content"]["text"])
    return {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}


ADDRESSES = {
    "wecom": f"/cgi-bin/webhook/send?key={KEY}",
    "dingtalk": "/robot/send?access_token=abc",
    "feishu": "/open-apis/bot/v2/hook/abc",
}
ANSWERS: dict[str, tuple[Answer, int]] = {"wecom": (wecom, 20), "dingtalk": (dingtalk, 20), "feishu": (feishu, 100)}


@asynccontextmanager
async def chat_server(kind: str) -> AsyncIterator[ChatServer]:
    found = ChatServer(*ANSWERS[kind])
    app = web.Application()
    app.router.add_post("/{path:.*}", found.handle)
    server = TestServer(app)
    await server.start_server()
    found.url = str(server.make_url("")).rstrip("/") + ADDRESSES[kind]
    yield found
    await server.close()
