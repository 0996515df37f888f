"""A server that is killed again and again while a city streams in over HTTP.

Nothing that was answered is lost, nothing is recorded twice, and the clues are those that
were planted. Takes half a minute for the small city, and two minutes for the large one.
"""

import http.client
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from sqlalchemy import select

from infra.installation import Installation
from projections.batches import BATCHES
from tests.acceptance.city import City, Extent, expected_clues, installed, open_clues, outside_facts, settle
from tests.acceptance.killed_server import Server, server_in, tokens
from tests.source_builders import SIMULATED, sources_in

CHUNK = 4_000


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


def test_kills_lose_nothing_and_double_nothing(city: City, tmp_path: Path) -> None:
    moments = Random(os.urandom(8))
    token = tokens(tmp_path, *SIMULATED)
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
