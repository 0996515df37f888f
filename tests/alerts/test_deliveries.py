"""Deliveries of one endpoint on a real database, to a receiver that answers as it is told."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from alerts.channels.webhook import RETRY_AFTER, Endpoint, inner_session
from alerts.deliveries import Deliveries, Served, Subscriber
from alerts.endpoints import DELIVERIES, ENDPOINTS, EndpointState, enable, endpoint_states
from alerts.inbox import tell, tell_of_load
from alerts.lease import LEASE_SECONDS
from domain.access import Actor
from domain.clues.changed_by_history import LoadSummary
from domain.rule import Severity
from infra.storage.database import Database
from tests.clue_builders import CONTEXT, ELSEWHERE, OPENING, SUPERVISOR, a_finding, judged
from tests.monitor import Clock

SECRET = "whsec_c2VjcmV0"


@dataclass
class Receiver:
    """Answers with ``status``; ``got`` are the ids and bodies it was sent."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()

    async def handle(request: web.Request) -> web.Response:
        found.got.append((request.headers["webhook-id"], await request.json()))
        return web.Response(status=found.status, headers=found.headers)

    app = web.Application()
    app.router.add_post("/hook", handle)
    server = TestServer(app)
    await server.start_server()
    found.url = str(server.make_url("/hook"))
    yield found
    await server.close()


class Endpoints:
    """One endpoint's deliveries, with a clock that is moved."""

    def __init__(self, database: Database, receiver: Receiver, *, reader: Actor = SUPERVISOR) -> None:
        self.database = database
        self.clock = Clock(OPENING)
        endpoint = Endpoint("city", receiver.url, (SECRET,), private_addresses=True)
        self.deliveries = Deliveries(database, Subscriber(endpoint, reader), self.clock)

    def raise_clue(self, fact: str = "may", *, place: str = "440100", **given: Any) -> None:
        clue = judged(None, a_finding(fact, **given), at=OPENING, context=replace(CONTEXT, jurisdiction=place))
        assert clue is not None
        with self.database.transaction() as connection:
            events: Any = clue.collect_events()
            tell(connection, [(clue, event) for event in events])

    async def deliver(self) -> bool:
        async with inner_session() as client:
            return await self.deliveries.deliver_due(client)

    def rows(self) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(select(DELIVERIES).order_by(DELIVERIES.c.notice_id)))

    def states(self) -> Sequence[EndpointState]:
        with self.database.read() as connection:
            return endpoint_states(connection)

    def enable(self) -> bool:
        with self.database.transaction() as connection:
            return enable(connection, "city", self.clock())

    def disabled(self) -> bool:
        with self.database.read() as connection:
            return connection.execute(select(ENDPOINTS.c.disabled_at)).scalar() is not None


@pytest.fixture
async def endpoint(database: Database, receiver: Receiver) -> Endpoints:
    found = Endpoints(database, receiver)
    await found.deliver()
    return found


async def test_a_notice_is_delivered_once(endpoint: Endpoints, receiver: Receiver) -> None:
    endpoint.raise_clue()
    assert await endpoint.deliver()
    assert not await endpoint.deliver()
    ((_, body),) = receiver.got
    assert body["type"] == "notice.raised"
    assert body["data"]["rule"] == "E101"
    assert [row.status for row in endpoint.rows()] == ["delivered"]


async def test_of_two_publishers_one_posts_and_the_other_takes_over_when_the_lease_has_run_out(
    endpoint: Endpoints, receiver: Receiver
) -> None:
    other = Endpoints(endpoint.database, receiver)
    for fact in ("may", "june"):
        endpoint.raise_clue(fact, subject=fact)
    while any(await asyncio.gather(endpoint.deliver(), other.deliver())):
        pass
    assert len(receiver.got) == 2
    other.raise_clue("july", subject="july")
    assert not await other.deliver()
    other.clock.pass_by(seconds=LEASE_SECONDS)
    assert await other.deliver()
    assert len({id for id, _ in receiver.got}) == len(receiver.got) == 3


async def test_the_message_names_nobody(endpoint: Endpoints, receiver: Receiver) -> None:
    """Not even by pseudonym."""
    endpoint.raise_clue()
    await endpoint.deliver()
    ((_, body),) = receiver.got
    assert "person_id" not in str(body)


async def test_what_was_told_before_the_endpoint_was_there_is_not_sent(database: Database, receiver: Receiver) -> None:
    late = Endpoints(database, receiver)
    late.raise_clue()
    assert not await late.deliver()
    assert not await late.deliver()
    assert receiver.got == []


async def test_a_failure_is_tried_again_under_the_same_id_until_it_is_given_up(
    endpoint: Endpoints, receiver: Receiver
) -> None:
    receiver.status = 500
    endpoint.raise_clue()
    for planned in (*RETRY_AFTER[1:], timedelta(days=1)):
        assert await endpoint.deliver()
        assert not await endpoint.deliver()
        endpoint.clock.pass_by(seconds=1.2 * planned.total_seconds() + 1)
    assert not await endpoint.deliver()
    assert len(receiver.got) == len(RETRY_AFTER)
    assert len({message_id for message_id, _ in receiver.got}) == 1
    ((row),) = endpoint.rows()
    assert (row.status, row.attempts, row.http_status) == ("given-up", len(RETRY_AFTER), 500)


async def test_an_endpoint_that_is_gone_gets_no_more(endpoint: Endpoints, receiver: Receiver) -> None:
    receiver.status = 410
    endpoint.raise_clue()
    await endpoint.deliver()
    assert endpoint.disabled()
    receiver.status = 200
    endpoint.raise_clue("june")
    assert not await endpoint.deliver()
    assert len(receiver.got) == 1


async def test_many_notices_all_arrive_each_once(endpoint: Endpoints, receiver: Receiver) -> None:
    for number in range(45):
        endpoint.raise_clue(f"fact-{number}", subject=f"a1|bidder|T-{number}/1")
    while await endpoint.deliver():
        pass
    assert len(receiver.got) == 45
    assert set(Counter(message_id for message_id, _ in receiver.got).values()) == {1}


async def test_a_restart_sends_nothing_again(endpoint: Endpoints, receiver: Receiver) -> None:
    endpoint.raise_clue()
    await endpoint.deliver()
    again = Endpoints(endpoint.database, receiver)
    assert not await again.deliver()
    assert len(receiver.got) == 1


async def test_notices_that_a_changed_reader_may_not_see_are_closed_and_later_ones_arrive(
    endpoint: Endpoints, receiver: Receiver
) -> None:
    """As many of them as are posted at once would else stand before all others for ever."""
    receiver.status = 500
    for number in range(25):
        endpoint.raise_clue(f"fact-{number}", subject=f"a1|bidder|T-{number}/1")
    while await endpoint.deliver():
        pass
    receiver.status, receiver.got = 200, []
    changed = Endpoints(endpoint.database, receiver, reader=ELSEWHERE)
    changed.clock.pass_by(hours=1)
    changed.raise_clue("later", subject="a1|bidder|T-25/1", place="440300")
    while await changed.deliver():
        pass
    assert [body["data"]["jurisdiction"] for _, body in receiver.got] == ["440300"]
    *closed, delivered = changed.rows()
    assert {(row.status, row.reason) for row in closed} == {("closed", "not-addressed")}
    assert (delivered.status, delivered.reason) == ("delivered", None)
    assert changed.deliveries.served == Served(delivered=1, closed=25)


async def test_a_disabled_endpoint_is_listed_and_once_enabled_gets_what_it_missed(
    endpoint: Endpoints, receiver: Receiver
) -> None:
    receiver.status = 410
    endpoint.raise_clue("first")
    await endpoint.deliver()
    endpoint.raise_clue("missed", subject="a1|bidder|T-2/1")
    assert not await endpoint.deliver()
    assert endpoint.deliveries.served == Served(failed=1, given_up=1, disabled=True)
    assert [(each.endpoint, each.disabled_at, each.given_up) for each in endpoint.states()] == [("city", OPENING, 1)]
    receiver.status, receiver.got = 200, []
    assert endpoint.enable()
    while await endpoint.deliver():
        pass
    assert [body["data"]["notice_id"] for _, body in receiver.got] == [row.notice_id for row in endpoint.rows()]
    assert [(each.disabled_at, each.delivered, each.given_up) for each in endpoint.states()] == [(None, 2, 0)]


async def test_only_a_disabled_endpoint_can_be_enabled(endpoint: Endpoints) -> None:
    assert not endpoint.enable()


async def test_the_summary_of_a_load_is_posted_without_a_clue(database: Database, receiver: Receiver) -> None:
    endpoints = Endpoints(database, receiver)
    await endpoints.deliver()
    summary = LoadSummary("440100", OPENING, (("E101", Severity.HIGH, 3), ("E105", Severity.LOW, 2)))
    with database.transaction() as connection:
        tell_of_load(connection, summary, OPENING)
    await endpoints.deliver()

    ((_, body),) = receiver.got
    assert body["type"] == "notice.history-loaded"
    assert (body["data"]["clue_id"], body["data"]["rule"], body["data"]["severity"]) == (None, None, "high")
    assert body["data"]["load"]["clues"] == 5
    assert body["data"]["load"]["list"].startswith("/api/v1/clues?jurisdiction=440100&since=2025-")


async def test_the_summary_of_another_place_is_not_posted(database: Database, receiver: Receiver) -> None:
    endpoints = Endpoints(database, receiver, reader=ELSEWHERE)
    await endpoints.deliver()
    with database.transaction() as connection:
        tell_of_load(connection, LoadSummary("440100", OPENING, (("E101", Severity.HIGH, 3),)), OPENING)
    await endpoints.deliver()

    assert receiver.got == []
