"""Places at which a bureau lays out its files: a real HTTP server and a real SFTP server, each on a port of its own."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

USER, PASSWORD = "monitor", "only for this test"


@dataclass
class Bureau:
    """Answers ``since`` with what it has behind it, at most two rows an answer."""

    rows: list[Any] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    token: str = "of the bureau"
    status: int = 200
    make: Callable[[list[Any]], bytes] = lambda rows: json.dumps(rows).encode()

    async def answer(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401)
        since = request.query.get("since")
        self.asked.append(since)
        if self.status != 200:
            return web.Response(status=self.status, headers={"Location": "http://127.0.0.1:1/"})
        begin = int(since or 0)
        some = self.rows[begin : begin + 2]
        following = str(begin + len(some))
        if request.path == "/document":
            return web.json_response({"items": some, "next": following})
        return web.Response(body=self.make(some), headers={"Next-Since": following})


@pytest.fixture
async def bureau() -> AsyncIterator[tuple[Bureau, str]]:
    """The bureau and the address of its feed."""
    found = Bureau()
    application = web.Application()
    application.router.add_get("/feed", found.answer)
    application.router.add_get("/document", found.answer)
    async with TestServer(application) as server:
        yield found, str(server.make_url("")).rstrip("/")


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


@pytest.fixture
async def sftp(tmp_path: Path) -> AsyncIterator[SftpServer]:
    async with sftp_server(a_new(tmp_path / "outbox")) as server:
        yield server
