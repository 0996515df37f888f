"""The queue of one channel on real databases, with a channel that answers as it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from alerts.channel_queue import KEPT_TRYING, ChannelQueue
from alerts.channels.channel import Accepted, Answer, Failed, Later, Letter
from alerts.lease import LEASE_SECONDS
from alerts.letters import Wording
from alerts.outgoing import OUTGOING, Row, Telling, queue
from alerts.pace import Pace
from infra.storage.database import Database
from tests.clue_builders import OPENING
from tests.monitor import Clock

LI, WANG, NOBODY = "a" * 32, "b" * 32, "c" * 32
ADDRESSES = {LI: "li@example.org", WANG: "wang@example.org"}


@dataclass
class Told:
    """A channel. ``answers`` says what it answers to a letter; ``got`` are those that it took, ``tried`` all."""

    answers: Callable[[Letter], Answer] = lambda _letter: Accepted()
    name: str = "mail"
    kind: str = "mail"
    reaches: str | None = "mail"
    per_minute: int | None = None
    at_once: int = 5
    got: list[Letter] = field(default_factory=list)
    tried: list[Letter] = field(default_factory=list)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Told"]:
        yield self

    async def send(self, letter: Letter) -> Answer:
        await asyncio.sleep(0)
        self.tried.append(letter)
        answer = self.answers(letter)
        if isinstance(answer, Accepted):
            self.got.append(letter)
        return answer


class Book:
    def find(self, account_ids: Sequence[str], reaches: str) -> dict[str, str]:
        assert reaches == "mail"
        return {each: ADDRESSES[each] for each in account_ids if each in ADDRESSES}


@dataclass
class Bench:
    """A channel, its queue, and a clock for both that is moved."""

    database: Database
    channel: Told
    clock: Clock = field(default_factory=lambda: Clock(OPENING))

    def __post_init__(self) -> None:
        pace = Pace(self.channel.per_minute, lambda: self.clock().timestamp())
        self.queue = ChannelQueue(self.database, self.channel, Wording(), Book(), self.clock, pace=pace)

    def write(self, *notices: str, **given: Any) -> None:
        row = Row("", self.channel.name, LI, Telling.RAISED, self.clock(), {"rule": "E110", "lot_id": "L1"})
        with self.database.transaction() as connection:
            queue(connection, [replace(row, notice=notice, **given) for notice in notices], self.clock())

    async def send(self) -> None:
        """All that is due now."""
        while await self.queue.send_due(self.channel):
            pass

    async def send_for(self, time: timedelta, step: timedelta) -> None:
        end = self.clock() + time
        while self.clock() < end:
            self.clock.pass_by(seconds=step.total_seconds())
            await self.send()

    def rows(self) -> dict[str, Any]:
        with self.database.read() as connection:
            return {row.notice: row for row in connection.execute(select(OUTGOING))}


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database, Told())


async def test_a_row_becomes_a_letter_in_words_and_is_sent_once(bench: Bench) -> None:
    bench.write("one")
    await bench.send()
    await bench.send()
    (letter,) = bench.channel.got
    row = bench.rows()["one"]
    assert (letter.letter_id, letter.address) == (row.row_id, "li@example.org")
    assert "E110" in letter.subject
    assert "L1" in letter.text
    assert (row.state, row.tries) == ("accepted", 1)
    assert row.accepted_at is not None


async def test_what_is_due_later_waits(bench: Bench) -> None:
    bench.write("morning", due_at=OPENING + timedelta(hours=9))
    await bench.send()
    assert not bench.channel.got
    bench.clock.pass_by(hours=9)
    await bench.send()
    assert len(bench.channel.got) == 1


async def test_poison_fails_alone_and_what_is_behind_it_is_sent(bench: Bench) -> None:
    bench.write("garbled", "unknown", "good")
    with bench.database.transaction() as connection:
        wrong = update(OUTGOING).where(OUTGOING.c.notice == "garbled")
        connection.execute(wrong.values(content='{"rule": '))
        connection.execute(update(OUTGOING).where(OUTGOING.c.notice == "unknown").values(occasion="sung"))
    bench.write("nobody", account_id=NOBODY)
    await bench.send()
    found = {notice: (row.state, row.error) for notice, row in bench.rows().items()}
    assert found == {
        "garbled": ("failed", "unreadable"),
        "unknown": ("failed", "unreadable"),
        "nobody": ("failed", "no-address"),
        "good": ("accepted", None),
    }


async def test_a_letter_that_is_refused_for_ever_delays_no_fresh_one(bench: Bench) -> None:
    bench.channel.answers = lambda letter: Later("http-500") if "bad" in letter.text else Accepted()
    bench.write("bad", content={"lot_id": "bad"})
    for number in range(5):
        await bench.send()
        bench.write(f"good-{number}")
        await bench.send()
        assert len(bench.channel.got) == number + 1
    await bench.send_for(timedelta(days=4), timedelta(hours=2))
    assert bench.rows()["bad"].state == "failed"


async def test_after_a_day_away_everything_is_sent_within_a_minute_once(bench: Bench) -> None:
    bench.channel.answers = lambda _letter: Later("unreachable")
    bench.write(*(f"n{number}" for number in range(120)))
    await bench.send_for(timedelta(days=1), timedelta(minutes=20))
    assert not bench.channel.got
    bench.channel.answers = lambda _letter: Accepted()
    await bench.send_for(timedelta(minutes=1, seconds=5), timedelta(seconds=5))
    assert len(bench.channel.got) == len({letter.letter_id for letter in bench.channel.got}) == 120


async def test_what_waits_for_longer_than_three_days_has_failed_and_says_why(bench: Bench) -> None:
    bench.channel.answers = lambda _letter: Later("certificate")
    bench.write("one")
    await bench.send_for(KEPT_TRYING + timedelta(hours=4), timedelta(hours=4))
    row = bench.rows()["one"]
    assert (row.state, row.error) == ("failed", "certificate")


async def test_retry_after_holds_for_the_whole_channel(bench: Bench) -> None:
    bench.channel.answers = lambda _letter: Later("http-429", timedelta(minutes=10))
    bench.write("one")
    await bench.send()
    bench.channel.answers = lambda _letter: Accepted()
    bench.write("two")
    await bench.send_for(timedelta(minutes=9), timedelta(minutes=1))
    assert len(bench.channel.tried) == 1
    await bench.send_for(timedelta(minutes=2), timedelta(seconds=10))
    assert len(bench.channel.got) == 2


async def test_no_more_is_sent_in_a_minute_than_the_maker_allows(database: Database) -> None:
    bench = Bench(database, Told(per_minute=20, name="wecom", reaches=None))
    bench.write(*(f"n{number}" for number in range(50)), account_id=None)
    sent = []
    for _ in range(3):
        await bench.send()
        sent.append(len(bench.channel.got))
        bench.clock.pass_by(seconds=61)
    assert sent == [20, 40, 50]


async def test_a_dead_channel_delays_no_other(bench: Bench) -> None:
    dead = Bench(bench.database, Told(lambda _letter: Later("timeout"), name="sms"), bench.clock)
    for each in (dead, bench):
        each.write(*(f"{each.channel.name}-{number}" for number in range(60)))
    await asyncio.gather(dead.send(), bench.send())
    assert (len(bench.channel.got), len(dead.channel.got)) == (60, 0)


async def test_of_two_publishers_only_the_one_with_the_lease_sends(bench: Bench) -> None:
    other = Bench(bench.database, bench.channel, bench.clock)
    bench.write("first")
    await bench.send()
    bench.write(*(f"n{number}" for number in range(59)))
    await asyncio.gather(bench.send(), other.send())
    ids = [letter.letter_id for letter in bench.channel.got]
    assert len(ids) == len(set(ids)) == 60
    bench.write("later")
    await other.send()
    assert len(bench.channel.got) == 60
    bench.clock.pass_by(seconds=LEASE_SECONDS)
    await other.send()
    assert len(bench.channel.got) == 61


async def test_a_letter_that_breaks_the_channel_is_tried_again_alone(bench: Bench) -> None:
    def answers(letter: Letter) -> Answer:
        if "bad" in letter.text:
            raise ZeroDivisionError
        return Accepted()

    bench.channel.answers = answers
    bench.write("good")
    bench.write("bad", content={"lot_id": "bad"})
    await bench.send()
    assert bench.rows()["good"].state == "accepted"
    assert (bench.rows()["bad"].state, bench.rows()["bad"].error) == ("waiting", "broken")


async def test_an_answer_that_comes_after_somebody_failed_it_for_good_changes_nothing(bench: Bench) -> None:
    def answers(_letter: Letter) -> Answer:
        with bench.database.transaction() as connection:
            connection.execute(update(OUTGOING).values(state="accepted", error="by another"))
        return Failed("http-410")

    bench.channel.answers = answers
    bench.write("one")
    await bench.queue.send_due(bench.channel)
    assert (bench.rows()["one"].state, bench.rows()["one"].error) == ("accepted", "by another")
