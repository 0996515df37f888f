"""A worker does what it is asked for once at most, and tells what came of it."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, insert, select, update

from domain.access import Actor, Role
from domain.errors import NotAllowed, NotEntitled, NotFound
from domain.purposes import Purpose
from infra.cluster.asking import Asking
from infra.cluster.attending import attended
from infra.cluster.commands import SHARD_COMMANDS, CommandFailed, Done
from infra.installation import Installation, system_clock
from infra.settings import Settings
from streams.intake.quarantine import NotQuarantined
from streams.node.commands import Command, DecideClue, RecordReading, Resubmit
from streams.node.node import Unanswered
from streams.shard.reach import Reach
from streams.shard.shard import Overtaken, Shard
from tests.builders import LEAD, RIVAL, a_bid_opening, payments
from tests.monitor import AUDITOR, OPERATOR, START, SUPERVISOR, Clock, Monitor, said

BIDDER = Actor(Role.BIDDER, "投标人", uscc=RIVAL.uscc)


class OnlyShard(Installation):
    @classmethod
    def open(
        cls, settings: Settings, *, clock: Callable[..., Any] = system_clock, shard: int | None = 0
    ) -> Installation:
        return super().open(settings, clock=clock, shard=shard)

    def open_shard(self, make: Callable[..., Shard] | None = None, *, reach: Reach | None = None) -> Shard:
        return super().open_shard(make or attended(self), reach=reach)


@pytest.fixture
def worker(cluster_url: str, tmp_path: Path) -> Iterator[Monitor]:
    """The only shard of a cluster, with a suspicious opening."""
    opened = Monitor(Settings(data=tmp_path / "data", database=cluster_url), Clock(), installed=OnlyShard)
    opened.send(*(said(each, f"paid {each.month}") for each in payments(RIVAL, person=LEAD)))
    opened.send(said(a_bid_opening(), "opening"))
    yield opened
    opened.close()


def asking(worker: Monitor, *, seconds: float = 10.0) -> Asking:
    return Asking(0, worker.installation.database, worker.installation.vault, seconds=seconds)


async def asked(worker: Monitor, command: Command) -> Done:
    """Asked for, while the worker lets time pass."""
    waiting = asyncio.create_task(asking(worker).ask(command))
    while not waiting.done():
        worker.shard.let_time_pass()
        await asyncio.sleep(0.02)
    return waiting.result()


def deciding(worker: Monitor, verb: str, actor: Actor = SUPERVISOR) -> DecideClue:
    return DecideClue(UUID(worker.clues()["E101"].clue_id), verb, actor, None)


def reading() -> RecordReading:
    return RecordReading((LEAD.person_id,), AUDITOR, Purpose.AUDIT, START)


def readings(worker: Monitor) -> int:
    return sum(fact["type"].endswith("dossier-read.v1") for fact in worker.facts())


async def test_what_is_asked_for_is_done_and_the_row_is_gone(worker: Monitor) -> None:
    assert await asked(worker, deciding(worker, "acknowledge")) == Done()
    assert await asked(worker, reading()) == Done()
    assert worker.clues()["E101"].status == "acknowledged"
    assert readings(worker) == 1
    assert worker.rows(SHARD_COMMANDS) == []


@pytest.mark.parametrize(
    ("verb", "actor", "error"),
    [("confirm", SUPERVISOR, NotAllowed), ("acknowledge", BIDDER, NotEntitled), ("dance", SUPERVISOR, CommandFailed)],
)
async def test_an_error_comes_back_as_it_was(worker: Monitor, verb: str, actor: Actor, error: type[Exception]) -> None:
    before = worker.ledger()
    with pytest.raises(error):
        await asked(worker, deciding(worker, verb, actor))
    assert worker.ledger() == before
    worker.send(said(a_bid_opening(tender_id="T-2"), "next"))


async def test_what_is_not_there_is_not_found(worker: Monitor) -> None:
    with pytest.raises(NotFound):
        await asked(worker, DecideClue(uuid4(), "acknowledge", SUPERVISOR, None))
    with pytest.raises(NotQuarantined):
        await asked(worker, Resubmit(str(uuid4()), None, OPERATOR))


async def test_what_is_taken_back_is_never_done(worker: Monitor) -> None:
    with pytest.raises(Unanswered):
        await asking(worker, seconds=0.1).ask(reading())
    assert not worker.shard.let_time_pass()
    assert readings(worker) == 0


def test_what_nobody_waits_for_any_more_is_not_done(worker: Monitor) -> None:
    """The console that asked has ended meanwhile."""
    asking(worker)._put(str(uuid4()), reading())
    with worker.installation.database.transaction() as connection:
        connection.execute(update(SHARD_COMMANDS).values(expires_at=func.now() - timedelta(seconds=1)))
    assert not worker.shard.let_time_pass()
    assert readings(worker) == 0


def test_two_workers_that_take_up_one_command_do_it_once(worker: Monitor) -> None:
    """As after a rebalance, when one of them does not know yet."""
    zombie = worker.installation.open_shard()
    command_id, content = str(uuid4()), reading()
    asking(worker)._put(command_id, content)
    (row,) = worker.rows(SHARD_COMMANDS)
    assert worker.shard.let_time_pass()
    assert readings(worker) == 1
    with worker.installation.database.transaction() as connection:
        connection.execute(update(SHARD_COMMANDS).values(answer=None))
    with pytest.raises(Overtaken):
        zombie.let_time_pass()
    assert zombie.let_time_pass()
    assert row.command_id == command_id
    assert readings(worker) == 1


def test_what_cannot_be_read_is_declined_and_holds_nobody_up(worker: Monitor) -> None:
    asking(worker)._put(str(uuid4()), reading())
    with worker.installation.database.transaction() as connection:
        row = worker.rows(SHARD_COMMANDS)[0]._mapping
        connection.execute(insert(SHARD_COMMANDS), {**row, "command_id": str(uuid4()), "sealed": b"damaged"})
    assert worker.shard.let_time_pass()
    assert readings(worker) == 1
    with worker.read() as connection:
        answers = connection.execute(select(SHARD_COMMANDS.c.answer)).scalars().all()
    assert sorted("Declined" in answer for answer in answers) == [False, True]


def test_nothing_personal_lies_open_in_a_command(worker: Monitor) -> None:
    body = b'{"id_number": "11010519491231002X"}'
    asking(worker)._put(str(uuid4()), Resubmit(str(uuid4()), body, OPERATOR))
    (row,) = worker.rows(SHARD_COMMANDS)
    assert b"11010519491231002X" not in bytes(row.sealed)
    assert OPERATOR.name.encode() not in bytes(row.sealed)
