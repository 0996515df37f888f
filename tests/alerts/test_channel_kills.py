"""A sender that is killed loses nothing, and what it sends again bears the same id."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import func, select

from alerts.lease import LEASE_SECONDS
from alerts.outgoing import OUTGOING, Row, State, Telling, queue
from infra.storage.database import Database, open_database

ROWS_FOR_A_KILL = 60


@dataclass
class Robot:
    url: str = ""
    ids: list[str] = field(default_factory=list)


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Nothing: who is killed resets its connections."""


@contextmanager
def robot() -> Iterator[Robot]:
    found, said = Robot(), json.dumps({"errcode": 0, "errmsg": "ok"}).encode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            found.ids.append(self.headers["X-Request-Id"])
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Nothing: the test's output is no place for an access log."""

    with QuietServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        found.url = f"http://127.0.0.1:{server.server_port}/send"
        yield found
        server.shutdown()


@contextmanager
def senders(file: Path, found: Robot) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.alerts.channel_sender", str(file), found.url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process


@contextmanager
def sender(made_by: "subprocess.Popen[str]", generation: int) -> Iterator[None]:
    """Killed at the end of the block."""
    assert made_by.stdin is not None
    assert made_by.stdout is not None
    made_by.stdin.write(f"{generation * (LEASE_SECONDS + 1)}\n")
    made_by.stdin.flush()
    number = int(made_by.stdout.readline())
    try:
        yield
    finally:
        os.kill(number, signal.SIGKILL)


def waiting(database: Database) -> int:
    with database.read() as connection:
        rows = select(func.count()).select_from(OUTGOING).where(OUTGOING.c.state == State.WAITING)
        return int(connection.execute(rows).scalar_one())


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.long)])
def test_a_sender_killed_at_any_moment_loses_nothing_and_sends_again_under_the_same_id(
    tmp_path: Path, kills: int
) -> None:
    file = tmp_path / "monitor.db"
    database, now = open_database(file), datetime.now(UTC)
    rows = [Row(f"n{number}", "city", None, Telling.RAISED, now) for number in range(ROWS_FOR_A_KILL * kills)]
    with database.transaction() as connection:
        queue(connection, rows, now)
    chance = random.Random(7)
    with robot() as found, senders(file, found) as made_by:
        for generation in range(kills):
            before = len(found.ids)
            with sender(made_by, generation):
                wait_until(partial(moves, found, before, database))
                time.sleep(chance.uniform(0, 0.05))
        with sender(made_by, kills):
            wait_until(lambda: not waiting(database))
    sent = Counter(found.ids)
    print(f"{kills} kills, {len(rows)} rows: {len(found.ids) - len(sent)} sent again under the same id")  # noqa: T201
    assert set(sent) == {row.row_id for row in rows}
    database.close()


def wait_until(question: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not question():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def moves(found: Robot, before: int, database: Database) -> bool:
    """Whether something was sent, or nothing is left."""
    return len(found.ids) > before or not waiting(database)
