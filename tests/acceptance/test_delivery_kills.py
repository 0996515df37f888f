"""``kill -9`` while files are fetched, watched, uploaded and replaced: nothing is lost, nothing counts twice."""

import asyncio
import contextlib
import http.client
import json
import os
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.acceptance.city import installed
from tests.acceptance.killed_server import PROGRAM, Server, server_in, tokens
from tests.bureau_servers import PASSWORD, USER, Bureau, SftpServer, a_new, http_feed, sftp_server
from tests.delivery_builders import BUREAU, MAPPING, Row, a_file, a_row
from tests.infra.deliveries.standing_payments import expected, standing_in

MOMENTS = (pytest.param(2, id="2 moments"), pytest.param(20, id="20 moments", marks=pytest.mark.long))
ROWS = 300
DROPPED, SENT, NEW = "2025-03", "2025-04", "2025-05"
BOUNDARY = "----upload"
WATCH = """
settled_seconds = 0
[[feeds]]
files = "社保*.csv"
mapping = "insurance.toml"
snapshot = "440100"
[[feeds]]
files = "增量*.csv"
mapping = "insurance.toml"
increments = true
[[sftp]]
host = "127.0.0.1"
port = {port}
user = "{user}"
host_key = "{host_key}"
password_file = "password"
[[http]]
url = "{address}/feed"
name = "增量.csv"
cursor_header = "Next-Since"
token_file = "token"
"""


def version(number: int, month: str, rows: int = ROWS) -> list[Row]:
    """A snapshot in which one row is gone, one is new, and one says something else than in the one before."""
    first = 10_000 * int(month[-2:]) + number
    return [a_row(first + place, month=month, payer=f"广州示例{number}号公司" if not place else "广州示例公司")
            for place in range(rows)]  # fmt: skip


@dataclass
class LaidOut:
    bureau: Bureau
    sftp: SftpServer
    address: str


@asynccontextmanager
async def _laid_out(outbox: Path) -> AsyncIterator[LaidOut]:
    bureau = Bureau(make=a_file, at_once=50)
    async with http_feed(bureau) as address, sftp_server(outbox) as sftp:
        yield LaidOut(bureau, sftp, address)


@contextmanager
def laid_out(outbox: Path) -> Iterator[LaidOut]:
    """A bureau's servers, in a thread of their own."""
    loop, stack = asyncio.new_event_loop(), contextlib.AsyncExitStack()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        opened = asyncio.run_coroutine_threadsafe(stack.enter_async_context(_laid_out(outbox)), loop)
        yield opened.result(30)
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


@dataclass
class Watch:
    """``watch --once`` over one folder, and where its files come from."""

    folder: Path
    data: Path
    servers: LaidOut

    def lay_out(self, number: int) -> None:
        """One more file in each of the three ways."""
        name = f"社保{DROPPED}_v{number:03}.csv"
        (self.folder / f"{name}.part").write_bytes(a_file(version(number, DROPPED)))
        (self.folder / f"{name}.part").rename(self.folder / name)
        sent = self.servers.sftp.folder / f"社保{SENT}_v{number:03}.csv"
        sent.write_bytes(a_file(version(number, SENT)))
        rows = self.servers.bureau.rows
        rows += [a_row(900_000 + len(rows) + place, month=NEW) for place in range(120)]

    def expected(self, number: int) -> dict[str, str]:
        return expected([*version(number, DROPPED), *version(number, SENT), *self.servers.bureau.rows])

    def run(self, *, dies_after: float | None = None) -> tuple[float, bool]:
        """How long it ran, and whether it was killed."""
        begun = time.monotonic()
        command: list[str | Path] = [PROGRAM, "watch", self.folder, "--once", "--data", self.data]
        started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        with closing(started.stdout) as said:  # type: ignore[type-var]
            try:
                started.wait(dies_after if dies_after is not None else 120)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()
                return time.monotonic() - begun, True
            assert started.returncode == 0, said.read().decode()  # type: ignore[union-attr]
        return time.monotonic() - begun, False


def a_watch(tmp_path: Path, servers: LaidOut) -> Watch:
    folder = a_new(tmp_path / "in")
    sftp = servers.sftp
    told = WATCH.format(port=sftp.port, user=USER, host_key=sftp.host_key, address=servers.address)
    contents = {"watch.toml": told, "insurance.toml": MAPPING, "password": PASSWORD, "token": servers.bureau.token}
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8")
    tokens(tmp_path / "data", BUREAU)
    return Watch(folder, tmp_path / "data", servers)


def counting(data: Path) -> dict[str, Any]:
    with closing(installed(data, datetime.now(UTC))) as installation, installation.database.read() as connection:
        return standing_in(installation.recorder.scan(connection, after=0, limit=1_000_000))


@pytest.mark.parametrize("moments", MOMENTS)
def test_a_watch_that_is_killed_while_it_fetches_and_takes_goes_on_at_its_next_start(
    tmp_path: Path, moments: int
) -> None:
    draw = Random(os.urandom(8))
    with laid_out(a_new(tmp_path / "outbox")) as servers:
        watch = a_watch(tmp_path, servers)
        idle, _ = watch.run()
        watch.lay_out(0)
        busy, _ = watch.run()
        assert counting(watch.data) == watch.expected(0)
        killed = number = 0
        while killed < moments:
            number += 1
            assert number < 3 * moments + 5, "it is never killed in time"
            watch.lay_out(number)
            killed += watch.run(dies_after=draw.uniform(0.7 * idle, max(busy, 1.2 * idle)))[1]
        watch.run()
        assert counting(watch.data) == watch.expected(number)
        left = {each.name for each in watch.folder.iterdir() if each.suffix in (".csv", ".part")}
    assert left == set()


@dataclass
class Office:
    """Uploads snapshots of one month to a server that is killed now and then."""

    server: Server
    token: Callable[[str], str]

    def request(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> tuple[int, Any]:
        assert self.server.url is not None
        headers = {"Authorization": f"Bearer {self.token(BUREAU)}", "Content-Type": kind}
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=60)
        with closing(connection):
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"null")

    def upload(self, content: bytes, month: str) -> str:
        fields = {"mapping": MAPPING, "area": "440100", "period": month}
        parts = [f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
                 for key, value in fields.items()]  # fmt: skip
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        body = "".join(parts).encode() + head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        status, said = self.request("POST", "/api/v1/uploads", body, f"multipart/form-data; boundary={BOUNDARY}")
        assert status == 201, said
        return str(said["upload_id"])

    def accept(self, upload_id: str) -> None:
        status, said = self.request("POST", f"/api/v1/uploads/{upload_id}/accept")
        assert status == 202, said

    def taken(self, upload_id: str) -> float:
        """How long it takes until it is taken."""
        begun = time.monotonic()
        while (said := self.request("GET", f"/api/v1/uploads/{upload_id}")[1])["state"] == "taking":
            assert time.monotonic() - begun < 60
            time.sleep(0.02)
        assert said["state"] == "taken", said
        return time.monotonic() - begun


@pytest.mark.parametrize("moments", MOMENTS)
def test_a_server_that_is_killed_while_it_takes_uploads_goes_on_at_its_next_start(tmp_path: Path, moments: int) -> None:
    draw = Random(os.urandom(8))
    rows = 1_500
    data = tmp_path / "data"
    token = tokens(data, BUREAU)
    with server_in(data) as server:
        office = Office(server, token)
        first = office.upload(a_file(version(0, DROPPED, rows)), DROPPED)
        office.accept(first)
        seconds = office.taken(first)
        for number in range(1, moments + 1):
            content = a_file(version(number, DROPPED, rows))
            if number % 3 == 0:
                _killed_while_it_is_sent(server, office, content, draw)
            upload = office.upload(content, DROPPED)
            office.accept(upload)
            time.sleep(draw.uniform(0, seconds))
            server.kill()
            server.start()
            office.taken(upload)
        server.stop()
    assert counting(data) == expected(version(moments, DROPPED, rows))


def _killed_while_it_is_sent(server: Server, office: Office, content: bytes, draw: Random) -> None:
    """Its answer never comes: whoever sent it sends it again."""

    def send() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            office.upload(content, DROPPED)

    sending = threading.Thread(target=send)
    sending.start()
    time.sleep(draw.uniform(0, 0.3))
    server.kill()
    sending.join(60)
    server.start()
