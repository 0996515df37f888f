"""Places at which a bureau lays out its files: a real HTTP server and a real SFTP server, each on a port of its own."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
from aiohttp import web
from aiohttp.test_utils import TestServer

USER, PASSWORD = "monitor", "only for this test"


@dataclass
class Bureau:
    """Answers ``since`` with what it has behind it, at most ``at_once`` rows an answer."""

    rows: list[Any] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    token: str = "of the bureau"
    status: int = 200
    at_once: int = 2
    make: Callable[[list[Any]], bytes] = lambda rows: json.dumps(rows).encode()

    async def answer(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401)
        since = request.query.get("since")
        self.asked.append(since)
        if self.status != 200:
            return web.Response(status=self.status, headers={"Location": "http://127.0.0.1:1/"})
        begin = int(since or 0)
        some = self.rows[begin : begin + self.at_once]
        following = str(begin + len(some))
        if request.path == "/document":
            return web.json_response({"items": some, "next": following})
        return web.Response(body=self.make(some), headers={"Next-Since": following})


@asynccontextmanager
async def http_feed(bureau: Bureau) -> AsyncIterator[str]:
    """The address of what it answers: ``/feed`` with the cursor in a header, ``/document`` with it in a field."""
    application = web.Application()
    application.router.add_get("/feed", bureau.answer)
    application.router.add_get("/document", bureau.answer)
    async with TestServer(application) as server:
        yield str(server.make_url("")).rstrip("/")


class _ByPassword(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


@dataclass
class SftpServer:
    folder: Path
    port: int
    host_key: str


def a_new(folder: Path) -> Path:
    folder.mkdir()
    return folder


@asynccontextmanager
async def sftp_server(folder: Path) -> AsyncIterator[SftpServer]:
    key = asyncssh.generate_private_key("ssh-ed25519")

    def files(channel: Any) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=str(folder).encode())

    async with await asyncssh.listen(
        "127.0.0.1", 0, server_factory=_ByPassword, server_host_keys=[key], sftp_factory=files
    ) as server:
        yield SftpServer(folder, server.get_port(), key.export_public_key().decode().strip())
