"""What a publisher sends, and what it sets aside, on real databases; the broker is made up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import select, update

from alerts.feeds import record_of
from alerts.inbox import all_after, tell
from alerts.lease import LEASE_SECONDS
from alerts.outbox import OUTBOX, PAGE_BYTES, Outbox, Outgoing
from alerts.publishing import LOOK_SECONDS, ProducerSpent, Publishing
from alerts.sending import send
from alerts.set_aside import SET_ASIDE, SetAside, Status, drop, listed, resend
from domain.errors import NotAllowed, NotFound
from domain.facts.fact import Org
from infra.identity.keys import Keys
from infra.identity.vault import Vault
from infra.storage.database import Database
from tests.builders import BIDDER
from tests.clue_builders import CONTEXT, OPENING, a_finding, hours_later, judged
from tests.monitor import Clock

NOTICES = "notices"


class TooLarge(Exception):
    """The message's own fault."""


@dataclass
class Broker:
    """Takes records of at most ``largest`` bytes; as a real one, it takes nothing behind a gap in a numbering.

    ``away`` are topics that nobody may write to now; what a producer itself refuses has no number yet.
    So many attempts to open a producer find nobody: ``unreachable``.
    """

    largest: int = 2_000
    away: set[str] = field(default_factory=set)
    unreachable: int = 0
    got: list[tuple[str, bytes]] = field(default_factory=list)

    @asynccontextmanager
    async def producer(self) -> AsyncIterator["OneProducer"]:
        if self.unreachable:
            self.unreachable -= 1
            raise ConnectionError
        yield OneProducer(self)

    def values(self, topic: str = "t") -> list[bytes]:
        return [value for name, value in self.got if name == topic]


class OneProducer:
    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._gaps: set[tuple[str, bytes]] = set()

    async def send(self, topic: str, **record: Any) -> "asyncio.Future[Any]":
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if record["key"] is None and record["value"] is None:
            raise TooLarge
        place = (topic, record["key"])
        if topic in self._broker.away or place in self._gaps:
            answer.set_exception(PermissionError())
        elif len(record["value"]) > self._broker.largest:
            self._gaps.add(place)
            answer.set_exception(TooLarge())
        else:
            self._broker.got.append((topic, record["value"]))
            answer.set_result(None)
        return answer


@pytest.fixture
def vault() -> Vault:
    return Vault(Keys(bytes(32), bytes(32), 1, bytes(32)))


class Shard:
    """One shard's database and its publisher."""

    def __init__(self, database: Database, vault: Vault, clock: Clock | None = None) -> None:
        self.database = database
        self._vault = vault
        self.broker = Broker()
        self.clock = clock or Clock(OPENING)
        self.outbox = Outbox(vault)
        self.publishing = Publishing(
            database,
            self.outbox,
            self.broker.producer,
            self.clock,
            notices_topic=NOTICES,
            refusals=(TooLarge,),
        )

    def put(self, *values: bytes, topic: str = "t", key: bytes = b"person:1", personal: bool = False) -> None:
        with self.database.transaction() as connection:
            messages = [Outgoing(topic, key, value, (("h", b""),), personal=personal) for value in values]
            self.outbox.put(connection, messages, OPENING)

    async def publish(self, *, passes: int = 10) -> None:
        """Until nothing more can be sent, as :meth:`Publishing.run` does it."""
        for _ in range(passes):
            async with self.broker.producer() as producer:
                try:
                    while await self.publishing.publish(producer):
                        pass
                except ProducerSpent:
                    continue
                return

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        running = asyncio.create_task(self.publishing.run())
        yield
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    async def until_sent(self, messages: int, *, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while len(self.broker.got) < messages:  # noqa: ASYNC110 - the broker sets no event
                await asyncio.sleep(0.02)

    def waiting(self) -> list[bytes | None]:
        with self.database.read() as connection:
            return [row.message.value for row in self.outbox.waiting(connection, limit=100) if row.message]

    def raise_clue(
        self, fact: str = "may", *, title: str = "测试路改造工程", bidder: Org = BIDDER, **given: Any
    ) -> None:
        """Which two are told of."""
        context = replace(CONTEXT, title=title, bidder=bidder)
        clue = judged(None, a_finding(fact, **given), at=OPENING, context=context)
        assert clue is not None
        with self.database.transaction() as connection:
            events: Any = clue.collect_events()
            tell(connection, [(clue, event) for event in events])

    def settle(self, how: Callable[..., None], number: int) -> None:
        with self.database.transaction() as connection:
            how(connection, number, by="值班员", reason="限额已放宽", at=hours_later(1))

    def another(self) -> "Shard":
        """Another publisher of the same shard."""
        return Shard(self.database, self._vault, self.clock)

    def set_aside(self, *, settled: bool = False) -> list[SetAside]:
        with self.database.read() as connection:
            return listed(connection, settled=settled)


@pytest.fixture
def shard(database: Database, vault: Vault) -> Shard:
    return Shard(database, vault)


async def test_a_message_the_broker_refuses_is_set_aside_and_those_behind_it_arrive_in_their_order(
    shard: Shard,
) -> None:
    poison = b"x" * 2_001
    shard.put(b"1", b"2", poison, b"3", b"4")
    await shard.publish()
    assert shard.broker.values() == [b"1", b"2", b"3", b"4"]
    assert shard.waiting() == []
    (kept,) = shard.set_aside()
    assert (kept.topic, kept.size, kept.error, kept.status) == ("t", 2_001 + 9, "TooLarge", "kept")
    assert shard.publishing.published.messages == 4


@pytest.mark.parametrize("personal", [False, True], ids=["open", "sealed"])
async def test_a_message_that_was_set_aside_is_sent_again_when_told(shard: Shard, *, personal: bool) -> None:
    shard.put(b"x" * 2_001, personal=personal)
    await shard.publish()
    (kept,) = shard.set_aside()
    shard.broker.largest = 4_000
    shard.settle(resend, kept.number)
    await shard.publish()
    assert shard.broker.values() == [b"x" * 2_001]
    assert shard.set_aside() == []
    with shard.database.read() as connection:
        assert connection.execute(select(SET_ASIDE.c.content)).scalar_one() == b""
    (settled,) = shard.set_aside(settled=True)
    assert (settled.status, settled.settled_by, settled.reason) == (Status.RESENT, "值班员", "限额已放宽")


async def test_a_message_that_was_dropped_keeps_its_record_and_loses_its_content(shard: Shard) -> None:
    shard.put(b"x" * 2_001)
    await shard.publish()
    (kept,) = shard.set_aside()
    shard.settle(drop, kept.number)
    assert [each.status for each in shard.set_aside(settled=True)] == ["dropped"]
    with shard.database.read() as connection:
        assert connection.execute(select(SET_ASIDE.c.content)).scalar_one() == b""
    for again in (resend, drop):
        with pytest.raises(NotAllowed):
            shard.settle(again, kept.number)
    with pytest.raises(NotFound):
        shard.settle(drop, kept.number + 1)


async def test_a_row_that_cannot_be_opened_is_set_aside(shard: Shard) -> None:
    shard.put(b"1", personal=True)
    shard.put(b"2")
    with shard.database.transaction() as connection:
        connection.execute(update(OUTBOX).where(OUTBOX.c.sealed).values(content=b"no seal"))
    await shard.publish()
    assert shard.broker.values() == [b"2"]
    assert [(kept.error, kept.size) for kept in shard.set_aside()] == [("SealBroken", None)]


async def test_a_record_that_the_client_itself_refuses_is_set_aside(shard: Shard) -> None:
    with shard.database.transaction() as connection:
        shard.outbox.put(connection, [Outgoing("t", None, None)], OPENING)
    shard.put(b"2")
    await shard.publish()
    assert shard.broker.values() == [b"2"]
    assert len(shard.set_aside()) == 1


async def test_a_topic_that_takes_nothing_holds_up_no_other(shard: Shard) -> None:
    """More of its messages than are read at once."""
    shard.broker.away = {"letters"}
    shard.put(*(b"%d" % number for number in range(2_100)), topic="letters")
    shard.put(b"1", b"2")
    shard.raise_clue()
    await shard.publish()
    assert shard.broker.values() == [b"1", b"2"]
    assert len(shard.broker.values(NOTICES)) == 2
    assert len(shard.waiting()) == 100
    shard.broker.away = set()
    await asyncio.sleep(0.2)
    await shard.publish()
    assert shard.broker.values("letters") == [b"%d" % number for number in range(2_100)]


def test_compaction_by_key_keeps_a_notice_of_every_recipient_of_a_clue(shard: Shard) -> None:
    shard.raise_clue()
    with shard.database.read() as connection:
        notices = all_after(connection, 0, limit=10)
    (clue_id,) = {str(notice.clue_id) for notice in notices}
    keys = {(record_of(notice, NOTICES).key or b"").decode() for notice in notices}
    assert keys == {f"notice:{clue_id}:{each.recipient.role}:{each.recipient.key}" for each in notices}
    assert len(keys) == len(notices) > 1


def test_no_name_stands_in_the_key_of_a_notice(shard: Shard) -> None:
    shard.raise_clue(bidder=Org(name="张三建筑工程队"))
    with shard.database.read() as connection:
        notices = all_after(connection, 0, limit=10)
    keys = [(record_of(notice, NOTICES).key or b"").decode() for notice in notices]
    assert "张三" not in "".join(keys)
    assert len(set(keys)) == len(notices)
    assert any("bidder:name-" in key for key in keys)


async def test_a_notice_that_the_broker_refuses_is_set_aside_and_later_ones_arrive(shard: Shard) -> None:
    """Maybe more than once, under the same id."""
    shard.raise_clue(title="长" * 400)
    shard.raise_clue("june", subject="a1|bidder|T-2/1")
    await shard.publish()
    assert len(set(shard.broker.values(NOTICES))) == 2
    assert [(kept.topic, kept.error) for kept in shard.set_aside()] == [(NOTICES, "TooLarge")] * 2
    shard.broker.got = []
    await shard.publish()
    assert shard.broker.got == []


async def test_two_publishers_of_one_shard_set_a_message_aside_once(shard: Shard) -> None:
    other = shard.another()
    shard.put(b"1", b"x" * 2_001, b"2")
    await asyncio.gather(shard.publish(), other.publish())
    assert len(shard.set_aside()) == 1
    assert shard.waiting() == []
    assert shard.broker.values() + other.broker.values() == [b"1", b"2"]


async def test_of_two_publishers_one_sends_and_the_other_takes_over_when_the_lease_has_run_out(shard: Shard) -> None:
    other = shard.another()
    shard.put(b"1")
    shard.raise_clue()
    await asyncio.gather(shard.publish(), other.publish())
    assert len(shard.broker.got + other.broker.got) == 3
    first, second = (shard, other) if shard.broker.got else (other, shard)
    first.put(b"2")
    await second.publish()
    assert second.broker.got == []
    shard.clock.pass_by(seconds=LEASE_SECONDS)
    await second.publish()
    assert second.broker.values() == [b"2"]


async def test_a_publisher_that_is_told_to_stop_leaves_its_lease_to_the_next(shard: Shard) -> None:
    other = shard.another()
    shard.put(b"1")
    async with shard.running():
        await shard.until_sent(1, seconds=LOOK_SECONDS - 1)
    other.put(b"2")
    await other.publish()
    assert other.broker.values() == [b"2"]


async def test_a_publisher_whose_lease_has_ended_sends_no_more_of_its_page(shard: Shard) -> None:
    """It stood still while it sent; what it has not handed over is still there for the next one."""
    shard.put(b"1", b"2", b"3")
    may_send = iter([True, False, False])
    with shard.database.read() as connection:
        page = shard.outbox.waiting(connection, limit=10)
    async with shard.broker.producer() as producer:
        sent = await send(producer, page, (TooLarge,), lambda: next(may_send))
    assert shard.broker.values() == [b"1"]
    assert (len(sent.arrived), sent.failed, sent.unfit) == (1, {}, {})


async def test_large_messages_are_read_a_few_at_a_time(shard: Shard) -> None:
    shard.put(*(bytes([number]) * (PAGE_BYTES // 4) for number in range(9)))
    assert len(shard.waiting()) < 5
    shard.broker.largest = PAGE_BYTES
    await shard.publish()
    assert [value[0] for value in shard.broker.values()] == list(range(9))


async def test_what_waits_is_sent_once_the_broker_is_back(shard: Shard) -> None:
    """Neither a producer can be opened at first, nor does the topic take anything."""
    shard.put(b"1", b"2", b"3")
    shard.broker.unreachable, shard.broker.away = 2, {"t"}
    async with shard.running():
        await asyncio.sleep(1)
        assert shard.broker.got == []
        shard.broker.away = set()
        await shard.until_sent(3, seconds=LOOK_SECONDS - 1)
    assert shard.broker.values() == [b"1", b"2", b"3"]


async def test_whoever_is_told_of_a_message_sends_it_at_once(shard: Shard) -> None:
    async with shard.running():
        await asyncio.sleep(0.2)
        shard.put(b"1")
        shard.publishing.told()
        await shard.until_sent(1, seconds=LOOK_SECONDS - 1)
