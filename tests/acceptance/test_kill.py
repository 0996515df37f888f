"""A server that is killed again and again while a city streams in over HTTP.

Nothing that was answered is lost, nothing is recorded twice, and the clues are those that
were planted. Takes half a minute for the small city, and two minutes for the large one.
"""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from sqlalchemy import select

from domain.access import Actor, Role
from infra.command_line.local_user import open_access
from infra.installation import Installation
from infra.settings import Settings
from projections.batches import BATCHES
from tests.acceptance.city import City, Extent, expected_clues, installed, open_clues, outside_facts, settle
from tests.source_builders import SIMULATED, register_in, sources_in

CHUNK = 4_000
A_DAY = timedelta(days=1)
PROGRAM = Path(sys.executable).with_name("tender-monitor")


@dataclass
class Server:
    """``tender-monitor serve`` as a process of its own, started again after every death."""

    folder: Path
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    url: str | None = None
    groups: list[int] = field(default_factory=list)

    def start(self) -> None:
        command: list[str | Path] = [PROGRAM, "serve", "--data", self.folder, "--port", "0", "--json"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, start_new_session=True)
        self.groups.append(self.process.pid)
        self.url = self._announced()

    def _announced(self) -> str:
        """The address it prints as an object, once it listens."""
        assert self.process is not None
        assert self.process.stdout is not None
        said = b""
        while not said.rstrip().endswith(b"}"):
            line = self.process.stdout.readline()
            assert line, f"the server ended before it listened: {self.log.read_text(encoding='utf-8')[-4_000:]}"
            said += line
        url: str = json.loads(said)["url"]
        return url

    def kill(self) -> None:
        """``kill -9``: nobody is told, nothing is tidied up."""
        assert self.process is not None
        self.url = None
        self.process.kill()
        self.process.wait()
        self._hang_up()

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(timeout=60) == 0
        self._hang_up()

    def _hang_up(self) -> None:
        if self.process is not None and self.process.stdout is not None:
            self.process.stdout.close()

    def clean_up(self) -> None:
        for group in self.groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        if self.process is not None and self.process.poll() is None:
            self.kill()


@contextmanager
def server_in(folder: Path) -> Iterator[Server]:
    server = Server(folder, folder.with_suffix(".log"))
    try:
        server.start()
        yield server
    finally:
        server.clean_up()


@dataclass
class Sender:
    """Sends every chunk until it was answered."""

    server: Server
    token: Callable[[str], str]
    answered: int = 0
    """Messages in chunks that were answered."""
    retries: int = 0
    failure: str | None = None

    def send_all(self, lines: Sequence[bytes]) -> None:
        for first in range(0, len(lines), CHUNK):
            of_source: dict[str, list[bytes]] = {}
            for line in lines[first : first + CHUNK]:
                of_source.setdefault(sources_in([line])[0], []).append(line)
            for source, chunk in of_source.items():
                self._send(source, chunk)
                if self.failure is not None:
                    return

    def _send(self, source: str, chunk: Sequence[bytes]) -> None:
        body = b"\n".join(chunk)
        while (answer := self._answer(source, body)) is None:
            self.retries += 1
            time.sleep(0.05)
        if answer["accepted"] + answer["duplicates"] != len(chunk):
            self.failure = json.dumps(answer)[:2_000]
            return
        self.answered += len(chunk)

    def _answer(self, source: str, body: bytes) -> dict[str, int] | None:
        """What the server said; None if it died before, or had no room."""
        url = self.server.url
        if url is None:
            return None
        headers = {"Authorization": f"Bearer {self.token(source)}", "Content-Type": "application/x-ndjson"}
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        try:
            connection.request("POST", "/api/v1/events", body, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        if response.status in (429, 503):
            return None
        assert response.status == 202, content[:2_000]
        answer: dict[str, int] = json.loads(content)
        return answer


def tokens(folder: Path) -> Callable[[str], str]:
    """A token for each source of the city, all of which are registered."""
    with closing(Installation.open(Settings(data=folder))) as installation:
        register_in(installation, *SIMULATED)
    access = open_access(Settings(data=folder))
    return cache(lambda source: access.issue_token(Actor(Role.SOURCE, source, source=source), expires=A_DAY))


def test_kills_lose_nothing_and_double_nothing(city: City, tmp_path: Path) -> None:
    moments = Random(os.urandom(8))
    token = tokens(tmp_path)
    with server_in(tmp_path) as server:
        sender = Sender(server, token)
        sending = threading.Thread(target=_guarded(sender, city.lines), daemon=True)
        sending.start()
        kills = _kill_again_and_again(server, sending, moments, city.extent)
        sending.join(timeout=400)
        assert not sending.is_alive()
        server.stop()
    assert sender.failure is None, server.log.read_text(encoding="utf-8")[-4_000:]
    assert sender.answered == len(city.lines)
    assert kills == city.extent.kills
    assert sender.retries > 0
    installation = installed(tmp_path, datetime.now(UTC))
    settle(installation, installation.open_shard())
    _assert_whole(installation, city)
    installation.close()
    _assert_names_nobody(server.log.read_text(encoding="utf-8"), city)


def _guarded(sender: Sender, lines: Sequence[bytes]) -> Callable[[], None]:
    def run() -> None:
        try:
            sender.send_all(lines)
        except Exception as error:  # noqa: BLE001 - the test reports it
            sender.failure = repr(error)

    return run


def _kill_again_and_again(server: Server, sending: threading.Thread, moments: Random, extent: Extent) -> int:
    kills = 0
    while kills < extent.kills and sending.is_alive():
        time.sleep(moments.uniform(0.05, extent.longest_life_seconds))
        server.kill()
        kills += 1
        server.start()
    return kills


def _assert_names_nobody(log: str, city: City) -> None:
    leads = city.truth["appointments"]
    assert not [lead for lead in leads if lead["person_id_number"] in log or lead["person_name"] in log]


def _assert_whole(installation: Installation, city: City) -> None:
    found, expected = open_clues(installation), expected_clues(installation, city)
    assert found - expected == Counter()
    assert expected - found == Counter()
    assert outside_facts(installation) == city.messages
    with installation.database.read() as connection:
        batches = connection.execute(select(BATCHES).order_by(BATCHES.c.batch)).all()
        last_position = installation.recorder.last_position(connection)
    assert [batch.batch for batch in batches] == list(range(1, len(batches) + 1))
    sizes = (batch.last_position - batch.first_position + 1 for batch in batches)
    assert [batch.last_position for batch in batches] == list(accumulate(sizes))
    assert batches[-1].last_position == last_position
