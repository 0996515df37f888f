"""Whatever is sent to it, the server goes on answering everybody else."""

import gzip
import http.client
import itertools
import json
import statistics
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from domain.access import Role
from infra.http.route import Route
from infra.serving.application import ROUTES
from tests.builders import a_bid, a_bid_opening, a_message, a_payment
from tests.infra.http.served import ACTORS, BATCH, EVENT, NDJSON, SOURCE, Answer, Served, served
from tests.infra.http.test_events import peak_memory_bytes

LONGEST_TURN_SECONDS = 0.02
LONGEST_WAIT_SECONDS = 0.1
PEOPLE = iter(range(1, 1_000_000))
_LARGE = json.dumps({"id": "x", "data": "x" * 930_000}).encode()


@dataclass
class Looks:
    """How long each look at /healthz took, one after another."""

    seconds: list[float] = field(default_factory=list)

    @property
    def usual(self) -> float:
        """What nine of ten took at most."""
        return sorted(self.seconds)[len(self.seconds) * 9 // 10]


@contextmanager
def looking(server: Served) -> Iterator[Looks]:
    """Looks at /healthz without a pause until the block ends."""
    looks, ending = Looks(), threading.Event()
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)

    def look() -> None:
        while not ending.is_set():
            started = time.perf_counter()
            connection.request("GET", "/healthz")
            assert connection.getresponse().read() == b'{"status":"ok"}'
            looks.seconds.append(time.perf_counter() - started)
            time.sleep(0.005)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield looks
    finally:
        ending.set()
        thread.join(60)
        connection.close()


@pytest.fixture(scope="module")
def busy(server: Served) -> Served:
    """The server once its intake process is there, as it is but for its first seconds."""
    assert send(server, b"\n".join(a_line(server) for _ in range(100))).json()["accepted"] == 100
    return server


def send(server: Served, body: bytes, form: str = NDJSON, **headers: str) -> Answer:
    headers = {"Content-Type": form, **headers}
    return server.request("POST", "/api/v1/events", ACTORS[Role.SOURCE], body=body, headers=headers)


def a_line(server: Served, **given: Any) -> bytes:
    payment = a_payment(person={"person_id": f"{next(PEOPLE):064x}"})
    return json.dumps(a_message(payment, source=SOURCE, id=f"load-{server.number()}", **given)).encode()


def an_opening(server: Served, bids: list[Any]) -> bytes:
    message = a_message(a_bid_opening(tender_id=f"L-{server.number()}"), source=SOURCE, id=f"load-{server.number()}")
    message["data"]["bids"] = bids
    return json.dumps(message).encode()


def a_wide_opening(server: Served) -> bytes:
    people = [{"name": "测试", "id_type": 3, "id_number": f"G{next(PEOPLE):08d}"} for _ in range(500)]
    bid = a_bid(person={"person_id": f"{next(PEOPLE):064x}"}).model_dump(mode="json", exclude_none=True)
    return an_opening(server, [bid | {"staff": [{"person": person, "role": "safety"} for person in people]}])


GZIP = {"Content-Encoding": "gzip"}
Body = Callable[[Served], bytes]
HEAVY: dict[str, tuple[str, int, Body, dict[str, str]]] = {
    "2 MB of empty lines": (NDJSON, 413, lambda _: b"\n" * 2_000_000, {}),
    "2 MB of blank lines": (NDJSON, 413, lambda _: b" \t\r\n" * 500_000, {}),
    "10 KB that hold 10 MB of empty lines": (NDJSON, 413, lambda _: gzip.compress(b"\n" * 10_000_000), GZIP),
    "200 MB of empty lines in one": (NDJSON, 413, lambda _: _zipped(b"\n" * 1_000_000, 200), GZIP),
    "nothing, packed 13,000 times": (NDJSON, 400, lambda _: gzip.compress(b"") * 13_000, GZIP),
    "lines that are no events": (NDJSON, 400, lambda _: b"1\n" * 5_000, {}),
    "15 million events of one byte": (BATCH, 413, lambda _: _zipped(b"[" + b"1," * 500_000, 30), GZIP),
    "a batch of 6 MB": (BATCH, 202, lambda s: b"[" + b",".join(_long_lines(s, 2_000)) + b"]", {}),
    "a batch as large as a body may be": (BATCH, 400, lambda _: b"[" + b",".join([_LARGE] * 36) + b"]", {}),
    "a batch that is one long event": (BATCH, 413, lambda _: b"[[" + b"1," * 3_000_000 + b"1]]", {}),
    "an event with 15,000 empty bids": (EVENT, 400, lambda s: an_opening(s, [{}] * 15_000), {}),
    "an opening with 500 people": (EVENT, 202, a_wide_opening, {}),
    "an event with 300,000 numbers": (EVENT, 400, lambda _: json.dumps({"data": [1] * 300_000}).encode(), {}),
    "binary data with 300,000 numbers": ("application/json", 400, lambda _: json.dumps([1] * 300_000).encode(),
                                         {"ce-id": "1", "ce-source": SOURCE}),
}  # fmt: skip


def _zipped(part: bytes, times: int) -> bytes:
    packing = zlib.compressobj(wbits=31)
    return b"".join(packing.compress(part) for _ in range(times)) + packing.flush()


def _long_lines(server: Served, number: int) -> list[bytes]:
    return [a_line(server, padding="x" * 2_500) for _ in range(number)]


@pytest.mark.parametrize("name", HEAVY)
def test_nobody_else_waits_while_it_is_sent(busy: Served, name: str) -> None:
    form, status, make, headers = HEAVY[name]
    body = make(busy)
    busy.turns.begin()
    with looking(busy) as looks:
        answer = send(busy, body, form, **headers)
    assert answer.status == status, answer.body[:500]
    assert busy.turns.longest < LONGEST_TURN_SECONDS
    assert looks.usual < LONGEST_WAIT_SECONDS


@pytest.mark.parametrize("name", [name for name, (_, status, _, _) in HEAVY.items() if status == 413])
def test_a_bomb_is_refused_in_little_memory(busy: Served, name: str) -> None:
    form, _, make, headers = HEAVY[name]
    body = make(busy)
    before = peak_memory_bytes()
    assert send(busy, body, form, **headers).status == 413
    assert peak_memory_bytes() - before < 100_000_000


OF_AN_ACCOUNT = ("/account", "/sign-in/back")
"""Pages for which one needs an account, or comes back from an outside provider."""
ASKED = [
    route
    for route in ROUTES
    if route.method == "GET"
    and "{" not in route.path
    and "stream" not in route.path
    and route.path not in OF_AN_ACCOUNT
]


@pytest.mark.parametrize("route", ASKED, ids=lambda route: route.path)
def test_no_answer_is_made_where_everybody_waits(telling: Served, route: Route) -> None:
    """The first time is the longest: templates are compiled, schemas made."""
    telling.turns.begin()
    answer = telling.request("GET", f"{route.path}{QUESTIONS.get(route.path, '')}", headers=_as_one_of(telling, route))
    assert answer.status == 200, answer.body[:300]
    assert telling.turns.longest < LONGEST_TURN_SECONDS


QUESTIONS = {
    "/api/v1/clues": "?limit=500",
    "/api/v1/log/proof/inclusion": "?position=1",
    "/api/v1/log/proof/consistency": "?first=1&second=2",
    "/verify": f"?record=x&index=0&size=2&leaf={'0' * 64}",
}


PAGES_OF = {"/readings": Role.AUDITOR, "/accounts": Role.AUDITOR, "/deliveries": Role.SOURCE}


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that has something to tell, and was not asked for anything yet."""
    with served(tmp_path_factory.mktemp("telling")) as server:
        server.a_suspicious_opening()
        clue = server.a_clue_about("appointments")
        assert clue
        yield server


def _as_one_of(server: Served, route: Route) -> dict[str, str]:
    """Signed in as somebody who may; in a browser for a page."""
    usual = Role.SUPERVISOR if route.roles is None or Role.SUPERVISOR in route.roles else min(route.roles)
    actor = ACTORS[PAGES_OF.get(route.path, usual)]
    token = server.token(actor)
    session = server.running.access.open_session(token, longest=timedelta(hours=1))
    return {"Authorization": f"Bearer {token}", "Cookie": f"session={session.cookie}"}


def test_many_open_streams_cost_a_bulk_feed_and_the_others_nothing(busy: Served) -> None:
    with ExitStack() as stack:
        officials = [replace(ACTORS[Role.SUPERVISOR], name=f"official {number}") for number in range(200)]
        streams = [stack.enter_context(busy.stream(official)) for official in officials]
        assert {stream.next_event()["event"] for stream in streams} == {"start"}
        busy.turns.begin()
        with looking(busy) as looks:
            for _ in range(10):
                send(busy, b"\n".join(a_line(busy) for _ in range(200)))
        assert busy.turns.longest < LONGEST_TURN_SECONDS
        assert looks.usual < LONGEST_WAIT_SECONDS
        opening = busy.a_suspicious_opening()
        assert {stream.next()["tender_id"] for stream in streams} == {opening.tender_id}


def test_small_calls_of_eight_clients_do_not_hold_up_a_bulk_batch(fresh_folder: Path) -> None:
    """However small, a call of payments is bulk work, and takes its place behind what came before it."""
    with served(fresh_folder) as server:
        assert _beside_a_bulk_batch(server, b"\n".join(_again_and_again(a_line(server)) for _ in range(20)))


def test_openings_of_eight_clients_and_a_bulk_batch_do_not_hold_up_each_other(fresh_folder: Path) -> None:
    with served(fresh_folder) as server:
        openings = _beside_a_bulk_batch(server, _again_and_again(a_small_opening(server)))
        assert len(openings) >= 8
        assert statistics.median(openings) < 1.0


def a_small_opening(server: Served) -> bytes:
    bid = a_bid(person={"person_id": f"{next(PEOPLE):064x}"}).model_dump(mode="json", exclude_none=True)
    return an_opening(server, [bid])


def _again_and_again(message: bytes) -> bytes:
    """Its ids begin with a number that is still to be filled in."""
    return message.replace(b'"id": "', b'"id": "NUMBER-').replace(b'"tender_id": "', b'"tender_id": "NUMBER-')


def _beside_a_bulk_batch(server: Served, call: bytes) -> list[float]:
    """Eight clients send one call after another until a bulk batch is recorded; how long their calls took."""
    bulk = b"[" + b",".join(a_line(server) for _ in range(8_000)) + b"]"
    headers = {"Content-Type": NDJSON, "Authorization": f"Bearer {server.token(ACTORS[Role.SOURCE])}"}
    begun, ending, numbers = threading.Barrier(9), threading.Event(), itertools.count()

    def send_on() -> list[float]:
        taken = []
        with closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)) as connection:
            while not ending.is_set():
                body = call.replace(b"NUMBER", b"%d" % next(numbers))
                started = time.perf_counter()
                connection.request("POST", "/api/v1/events", body, headers)
                assert connection.getresponse().read().startswith(b'{"accepted":')
                taken.append(time.perf_counter() - started)
                if len(taken) == 1:
                    begun.wait(30)
        return taken

    with ThreadPoolExecutor(9) as senders:
        clients = [senders.submit(send_on) for _ in range(8)]
        begun.wait(30)
        try:
            answer = senders.submit(send, server, bulk, BATCH).result(30)
        finally:
            ending.set()
        assert (answer.status, answer.json()["accepted"]) == (202, 8_000)
        return [seconds for client in clients for seconds in client.result(60)]
