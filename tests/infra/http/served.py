"""A real server on a port of its own, in a thread, and a plain client for it."""

import asyncio
import faulthandler
import http.client
import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from domain.access import Actor, Role
from domain.facts.corrections import FactCorrected, RetractedFact
from domain.facts.fact import Org
from domain.policy import Policy, PolicyBook
from domain.purposes import PURPOSE_HEADER
from domain.sources.bounds import Bounds
from infra.serving.server import Running, running
from infra.settings import Settings
from streams.node.commands import RegisterSource
from tests.builders import BIDDER, RIVAL, TENDERER, THIRD, a_bid, a_bid_opening, a_message, a_register_closed, payments
from tests.clue_builders import CONTEXTS, OPENING, a_finding, judged
from tests.infra.http.turns import Turns
from tests.source_builders import EVERYTHING

SOURCE = "urn:test:trading"
REGISTER_CLOSED = a_message(a_register_closed(), source=SOURCE, id="closed-register")
"""The register of registrations is complete, so that a lead of whom none is known has a clue."""
JURISDICTION = "440106"
LAST_EVENT_SECONDS = 60
EVENT = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
NDJSON = "application/x-ndjson"

ANY_OPENING_IS_NEWS = PolicyBook(default=Policy(oldest_notice_days=36_500))
"""Servers run by the real clock, by which the openings of the tests are years old."""

ACTORS = {
    Role.SOURCE: Actor(Role.SOURCE, "trading system", source=SOURCE),
    Role.SUPERVISOR: Actor(Role.SUPERVISOR, "Guangzhou", jurisdiction="440100"),
    Role.TENDERER: Actor(Role.TENDERER, "tenderer", uscc=TENDERER.uscc),
    Role.BIDDER: Actor(Role.BIDDER, "bidder", uscc=BIDDER.uscc),
    Role.INVESTIGATOR: Actor(Role.INVESTIGATOR, "investigator"),
    Role.AUDITOR: Actor(Role.AUDITOR, "auditor"),
    Role.OPERATOR: Actor(Role.OPERATOR, "operator"),
    Role.SECURITY_OFFICER: Actor(Role.SECURITY_OFFICER, "security officer"),
}
FOREIGN = {
    Role.SOURCE: Actor(Role.SOURCE, "another feed", source="urn:test:other"),
    Role.SUPERVISOR: Actor(Role.SUPERVISOR, "Shenzhen", jurisdiction="440300"),
    Role.TENDERER: Actor(Role.TENDERER, "another tenderer", uscc=THIRD.uscc),
    Role.BIDDER: Actor(Role.BIDDER, "a rival", uscc=RIVAL.uscc),
    Role.INVESTIGATOR: Actor(Role.INVESTIGATOR, "elsewhere", jurisdiction="510000"),
    Role.AUDITOR: Actor(Role.AUDITOR, "elsewhere", jurisdiction="510000"),
    Role.OPERATOR: Actor(Role.OPERATOR, "elsewhere", jurisdiction="510000"),
    Role.SECURITY_OFFICER: Actor(Role.SECURITY_OFFICER, "elsewhere", jurisdiction="510000"),
}
"""Of the same role, with no business in what the tests record."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Served:
    """``name`` makes ids and tenders of one test its own, where tests share a server."""

    running: Running
    loop: asyncio.AbstractEventLoop
    turns: Turns
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1_000_000)))

    @property
    def url(self) -> str:
        return self.running.local_url

    def token(self, actor: Actor) -> str:
        return self.running.access.issue_token(actor, expires=timedelta(hours=1))

    def request(
        self,
        method: str,
        path: str,
        actor: Actor | None = None,
        *,
        body: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        sent = {PURPOSE_HEADER: "clue", **(headers or {})}
        if actor is not None:
            sent["Authorization"] = f"Bearer {self.token(actor)}"
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return Answer(response.status, dict(response.headers.items()), response.read())
        finally:
            connection.close()

    def get(self, path: str, role: Role) -> Any:
        """The JSON answer to a GET that must succeed."""
        answer = self.request("GET", path, ACTORS[role])
        assert answer.status == 200, answer.body
        return answer.json()

    def send(self, *events: Mapping[str, Any] | bytes, form: str = NDJSON, **given: Any) -> Answer:
        """POST events as the trading system."""
        lines = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in events]
        body = b"[" + b",".join(lines) + b"]" if form == BATCH else b"\n".join(lines)
        headers = {"Content-Type": form, **given.pop("headers", {})}
        actor = given.pop("actor", ACTORS[Role.SOURCE])
        return self.request("POST", "/api/v1/events", actor, body=body, headers=headers)

    def retract(self, id: str) -> None:
        """Take back what the trading system sent under that id."""
        correction = FactCorrected(retracts=RetractedFact(source=SOURCE, id=id), reason="录入错误")
        assert self.send(a_message(correction, source=SOURCE, id=f"not-{id}")).status == 202

    def command(self, clue_id: str, verb: str, actor: Actor, reason: str | None = None) -> Answer:
        body = json.dumps({"reason": reason} if reason is not None else {}).encode()
        path = f"/api/v1/clues/{clue_id}/{verb}"
        return self.request("POST", path, actor, body=body, headers={"Content-Type": "application/json"})

    def register(self, *sources: str, bounds: Bounds = EVERYTHING) -> None:
        """As an operator does; a source that is registered so already stays as it is."""
        for source in sources:
            done = self.running.node.perform(RegisterSource(source, bounds, ACTORS[Role.OPERATOR]))
            asyncio.run_coroutine_threadsafe(done, self.loop).result(60)

    def number(self) -> int:
        return next(self.numbers)

    def a_suspicious_opening(self, bidder: Org = BIDDER) -> "Opening":
        """A lot whose only lead is insured by a rival; recorded and judged when this returns."""
        number = self.number()
        person = {"person_id": f"{number:064x}"}
        opening = Opening(f"T-{number}", "1", person["person_id"])
        paid = [
            a_message(payment, source=SOURCE, id=f"pay-{number}-{payment.month}")
            for payment in payments(RIVAL, person=person)
        ]
        bids = (a_bid(person=person, bidder=bidder),)
        data = a_bid_opening(tender_id=opening.tender_id, jurisdiction=JURISDICTION, bids=bids)
        answer = self.send(*paid, a_message(data, source=SOURCE, id=f"open-{number}"))
        assert answer.status == 202, answer.body
        found = [one for one in answer.json()["findings"] if one["rule"] == "E101"]
        opening.clue_id = found[0]["clue_id"]
        path = f"/api/v1/matters?tender_id={opening.tender_id}"
        opening.matter_id = self.get(path, Role.AUDITOR)["items"][0]["matter_id"]
        return opening

    def a_clue_about(self, case_kind: str, *, candidate: bool = True, at: datetime = OPENING, **given: Any) -> str:
        """The id of a clue about a case of that kind, recorded as judging would; ``given`` goes into its finding."""
        return self.clues_about(case_kind, 1, candidate=candidate, at=at, **given)[0]

    def clues_about(
        self, case_kind: str, count: int, *, candidate: bool = True, at: datetime = OPENING, **given: Any
    ) -> list[str]:
        """The same for so many clues."""
        found = []
        for _ in range(count):
            finding = a_finding(**{"subject": f"{case_kind}-{self.number()}", **given})
            clue = judged(None, finding, context=CONTEXTS[case_kind], candidate=candidate, at=at)
            assert clue is not None
            found.append(clue)
        decisions = self.running.installation.decisions
        recorded = self.running.node.with_shard(
            lambda shard: shard.decide(lambda connection, _: decisions.record(connection, found))
        )
        asyncio.run_coroutine_threadsafe(recorded, self.loop).result(60)
        return [str(clue.id) for clue in found]

    def stream(self, actor: Actor, *, last_event_id: int | None = None) -> "Stream":
        return Stream(self, actor, last_event_id)


@dataclass
class Opening:
    tender_id: str
    lot_id: str
    person_id: str
    clue_id: str = ""
    matter_id: str = ""

    def path_of(self, path: str) -> str:
        """A path of the table of routes, about this opening as far as it can be."""
        values = {
            **vars(self),
            "uscc": str(BIDDER.uscc),
            "notice_id": "1",
            "case_id": "AP-1",
            "code": "E101",
            "position": "1",
            "shard": "0",
            "tile": "0/000.p/1",
            "quarantine_id": "00000000-0000-0000-0000-000000000000",
            "upload_id": "0" * 32,
            "account_id": "0" * 32,
            "token_id": "0" * 16,
            "session_id": "0" * 16,
            "provider": "9",
            "name": "mail",
            "notification_id": "00000000-0000-0000-0000-000000000000",
            "matter_id": self.matter_id,
        }
        return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], path)


class Stream:
    """An open stream of server-sent events."""

    def __init__(self, served: Served, actor: Actor, last_event_id: int | None) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=20)
        headers = {"Authorization": f"Bearer {served.token(actor)}"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        self._connection.request("GET", "/api/v1/notices/stream", headers=headers)
        self.response = self._connection.getresponse()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.response.close()
        self._connection.close()

    def next(self) -> dict[str, Any]:
        """The data of the next notice; raises ``EOFError`` where the stream ends."""
        while (event := self.next_event())["event"] != "notice":
            pass
        notice: dict[str, Any] = json.loads(event["data"])
        assert event["id"] == str(notice["notice_id"])
        return notice

    def next_event(self) -> dict[str, str]:
        """The fields of the next event, whatever it tells; raises ``EOFError`` where the stream ends."""
        fields: dict[str, str] = {}
        # Comments keep a quiet stream alive, so the connection's own timeout ends no wait for an event.
        deadline = time.monotonic() + LAST_EVENT_SECONDS
        while line := self.response.readline():
            assert time.monotonic() < deadline, "no event came"
            text = line.decode().rstrip("\r\n")
            if not text and "data" in fields:
                return fields
            name, _, value = text.partition(": ")
            fields[name] = value
        raise EOFError


@contextmanager
def served(
    folder: Path, *, start: Callable[[Settings], AbstractAsyncContextManager[Any]] = running, **settings: Any
) -> Iterator[Served]:
    """The server over a data folder, for as long as the block lasts."""
    given = Settings.model_validate({"data": folder, "http": {"port": 0}, "policy": ANY_OPENING_IS_NEWS, **settings})
    started: threading.Event = threading.Event()
    found: dict[str, Any] = {}
    turns = Turns()

    async def run() -> None:
        stop = asyncio.Event()
        async with start(given) as server:
            found.update(server=server, loop=asyncio.get_running_loop(), stop=stop)
            started.set()
            await stop.wait()

    def target() -> None:
        try:
            with asyncio.Runner(loop_factory=turns.loop) as runner:
                runner.run(run())
        except BaseException as error:
            found["error"] = error
            started.set()
            raise

    thread = threading.Thread(target=target, name="served")
    thread.start()
    started.wait(60)
    if "error" in found:
        thread.join()
        raise found["error"]
    try:
        server = Served(found["server"], found["loop"], turns)
        if start is running:
            server.register(SOURCE)
        yield server
    finally:
        found["loop"].call_soon_threadsafe(found["stop"].set)
        thread.join(60)
        if thread.is_alive():
            found["loop"].call_soon_threadsafe(_print_stacks, found["loop"])
            faulthandler.dump_traceback()
            time.sleep(1)
        assert not thread.is_alive(), "the server did not stop"


def _print_stacks(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.print_stack()
