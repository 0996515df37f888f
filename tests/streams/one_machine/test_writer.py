"""The thread that owns the shard: lanes, groups, and failures that stay with their own batch."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from domain.errors import Overloaded
from infra.installation import Installation
from infra.settings import Settings
from projections.batches import BATCHES
from projections.boards.clue_board import CLUES
from streams.intake.prepared import PreparedBatch
from streams.one_machine.writer import BULK_TURN, LARGEST_GROUP, Writer
from streams.shard.shard import Shard
from tests.builders import RIVAL, a_bid, a_bid_opening, a_payment, a_registration, payments
from tests.monitor import SOURCE, Clock, as_bytes, said
from tests.projections.boards.test_due_dates import BEFORE, CASES, DUE
from tests.source_builders import register_in

OPENING = said(a_bid_opening(), "opening")
PATIENCE = 20


class Driven:
    """A writer over a real installation; :meth:`held` keeps it busy."""

    def __init__(self, folder: Path, *, most_waiting: int = 50_000) -> None:
        self.clock = Clock()
        self.installation = Installation.open(Settings(data=folder), clock=self.clock)
        register_in(self.installation, SOURCE)
        self._intake = self.installation.intake()
        self.commits = 0
        self.writer = Writer(self.installation.open_shard, most_waiting=most_waiting, committed=self._count)

    def _count(self) -> None:
        self.commits += 1

    def prepared(self, *messages: Any) -> PreparedBatch:
        return self._intake.prepare([as_bytes(message) for message in messages])

    def held(self) -> "Held":
        return Held(self.writer)

    def ids(self) -> list[str]:
        """Ids of the facts in the ledger, in its order, without follow-ups."""
        with self.installation.database.read() as connection:
            rows = self.installation.recorder.scan(connection, after=0, limit=10_000)
        return [_id(state) for _, topic, state in rows if topic.startswith("tender-") and b"follow-ups" not in state]

    def rows(self, table: Any) -> list[Any]:
        with self.installation.database.read() as connection:
            return list(connection.execute(table.select()))


def _id(state: bytes) -> str:
    found: str = json.loads(state)["id"]
    return found


class Held:
    """While entered, the writer waits inside a command: what is handed in gathers."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._entered, self._leave = threading.Event(), threading.Event()

    def __enter__(self) -> None:
        def wait(_: Shard) -> None:
            self._entered.set()
            assert self._leave.wait(PATIENCE)

        self._future = self._writer.run(wait)
        assert self._entered.wait(PATIENCE)

    def __exit__(self, *_: object) -> None:
        self._leave.set()
        self._future.result(PATIENCE)


@pytest.fixture
def driven(tmp_path: Path) -> Iterator[Driven]:
    driven = Driven(tmp_path)
    driven.writer.start()
    yield driven
    driven.writer.stop()
    driven.installation.close()


def test_whoever_hands_in_a_batch_is_answered_after_the_commit(driven: Driven) -> None:
    receipt = driven.writer.submit(driven.prepared(OPENING), urgent=True).result(PATIENCE)
    assert receipt.accepted == 1
    assert driven.ids() == ["opening"]


def test_what_gathers_while_the_writer_is_busy_is_committed_together(driven: Driven) -> None:
    batches = [driven.prepared(said(a_payment(), f"p{number}")) for number in range(10)]
    with driven.held():
        futures = [driven.writer.submit(batch, urgent=False) for batch in batches]
    assert [future.result(PATIENCE).accepted for future in futures] == [1] * 10
    assert len(driven.rows(BATCHES)[1:]) == 1


def test_an_opening_goes_before_bulk_work_that_came_earlier(driven: Driven) -> None:
    bulk = [driven.prepared(said(a_payment(), f"p{number}")) for number in range(3)]
    with driven.held():
        futures = [driven.writer.submit(batch, urgent=False) for batch in bulk]
        futures.append(driven.writer.submit(driven.prepared(OPENING), urgent=True))
    for future in futures:
        future.result(PATIENCE)
    assert driven.ids() == ["opening", "p0", "p1", "p2"]


def test_bulk_work_gets_on_however_many_openings_come(driven: Driven) -> None:
    """Eight clients send an opening each as soon as the one before is answered, so that some always wait."""
    bulk = [driven.prepared(*map(_payment_of, range(n * BULK_TURN, (n + 1) * BULK_TURN))) for n in range(3)]
    openings = iter([driven.prepared(_opening(number)) for number in range(8 * 20)])
    answers = 0

    def next_opening(_: object = None) -> None:
        nonlocal answers
        answers += 1
        if not futures[-1].done() and (opening := next(openings, None)) is not None:
            driven.writer.submit(opening, urgent=True).add_done_callback(next_opening)

    with driven.held():
        futures = [driven.writer.submit(batch, urgent=False) for batch in bulk]
        for _ in range(8):
            next_opening()
    futures[-1].result(PATIENCE)
    assert answers - 8 <= 8 * len(bulk)


def _payment_of(person: int) -> dict[str, Any]:
    return said(a_payment(person={"person_id": f"{person:064x}"}), f"paid-{person}")


def _opening(number: int) -> dict[str, Any]:
    bid = a_bid(person={"person_id": f"{number:064x}"})
    return said(a_bid_opening(tender_id=f"T-{number}", bids=(bid,)), f"opening-{number}")


def test_urgent_work_that_always_comes_waits_for_a_small_turn_of_bulk_work_alone(driven: Driven) -> None:
    half = BULK_TURN // 2
    bulk = [driven.prepared(*map(_payment_of, range(n * half, (n + 1) * half))) for n in range(4)]
    openings = [driven.prepared(_opening(number)) for number in range(2)]
    again: list[Future[Any]] = []
    with driven.held():
        futures = [driven.writer.submit(batch, urgent=False) for batch in bulk]
        first = driven.writer.submit(openings[0], urgent=True)
        first.add_done_callback(lambda _: again.append(driven.writer.submit(openings[1], urgent=True)))
    for future in (*futures, *again):
        future.result(PATIENCE)
    ids = driven.ids()
    assert (ids.index("opening-0"), ids.index("opening-1")) == (0, 1 + BULK_TURN)


def test_bulk_work_is_committed_in_groups_of_limited_size(driven: Driven) -> None:
    size = LARGEST_GROUP * 3 // 5
    bulk = [driven.prepared(*(said(a_payment(), f"p{n}-{line}") for line in range(size))) for n in range(4)]
    with driven.held():
        futures = [driven.writer.submit(batch, urgent=False) for batch in bulk]
    for future in futures:
        future.result(PATIENCE)
    assert len(driven.rows(BATCHES)[1:]) == 2


def test_a_batch_that_fails_fails_alone(driven: Driven) -> None:
    good, bad = driven.prepared(OPENING), driven.prepared(said(a_payment(), "bad"))
    bad.states[0] = object()  # type: ignore[call-overload]
    another = driven.prepared(said(a_registration(), "registered"))
    with driven.held():
        futures = [driven.writer.submit(batch, urgent=False) for batch in (good, bad, another)]
    assert futures[0].result(PATIENCE).accepted == futures[2].result(PATIENCE).accepted == 1
    with pytest.raises(Exception, match=r"object|type|supported"):
        futures[1].result(PATIENCE)
    assert driven.ids() == ["opening", "registered"]


def test_a_command_that_fails_does_not_stop_the_writer(driven: Driven) -> None:
    def fail(connection: Connection, _: object) -> None:
        connection.exec_driver_sql("SELECT * FROM nowhere")

    with pytest.raises(OperationalError):
        driven.writer.run(lambda shard: shard.decide(fail)).result(PATIENCE)
    assert driven.writer.submit(driven.prepared(OPENING), urgent=True).result(PATIENCE).accepted == 1


def test_what_was_handed_in_is_committed_though_nobody_waits_any_longer(driven: Driven) -> None:
    """A caller may hang up between handing in and the answer."""
    with driven.held():
        gone = driven.writer.submit(driven.prepared(OPENING), urgent=False)
        command = driven.writer.run(lambda _: None)
        waiting = driven.writer.submit(driven.prepared(said(a_payment(), "p1")), urgent=False)
        gone.cancel()
        command.cancel()
    assert waiting.result(PATIENCE).accepted == 1
    assert driven.writer.alive
    assert driven.writer.waiting == 0
    assert driven.ids() == ["opening", "p1"]


def test_a_database_that_fails_while_nobody_waits_does_not_stop_the_writer(driven: Driven) -> None:
    """A due date falls while the tables are away; it is judged when they are back."""
    driven.clock.moment = BEFORE
    batch = driven.prepared(*CASES)
    driven.writer.submit(batch, urgent=True).result(PATIENCE)
    with driven.held():
        _rename(driven, "batches", "batches_away")
        driven.clock.moment = DUE
    with driven.held():
        _rename(driven, "batches_away", "batches")
    driven.writer.run(lambda shard: shard.let_time_pass()).result(PATIENCE)
    assert {row.rule for row in driven.rows(CLUES)} == {"A606"}
    assert driven.writer.alive


def _rename(driven: Driven, name: str, to: str) -> None:
    with driven.installation.database.transaction() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {name} RENAME TO {to}")


def test_time_passes_while_nothing_is_handed_in(driven: Driven) -> None:
    driven.clock.moment = BEFORE
    batch = driven.prepared(*CASES)
    driven.writer.submit(batch, urgent=True).result(PATIENCE)
    assert driven.rows(CLUES) == []
    driven.clock.moment = DUE
    for _ in range(PATIENCE * 10):
        if driven.rows(CLUES):
            break
        threading.Event().wait(0.1)
    assert {row.rule for row in driven.rows(CLUES)} == {"A606"}


def test_too_much_waiting_leaves_no_room_but_for_an_opening(tmp_path: Path) -> None:
    driven = Driven(tmp_path, most_waiting=5)
    driven.writer.start()
    batch = driven.prepared(*(said(a_payment(), f"p{number}") for number in range(6)))
    with driven.held():
        with driven.writer.room(6, urgent=False):
            _assert_no_room(driven)
            first = driven.writer.submit(batch, urgent=False)
        _assert_no_room(driven)
        with driven.writer.room(1, urgent=True):
            opening = driven.writer.submit(driven.prepared(OPENING), urgent=True)
        assert driven.writer.waiting == 7
    assert (first.result(PATIENCE).accepted, opening.result(PATIENCE).accepted) == (6, 1)
    with driven.writer.room(6, urgent=False):
        pass
    driven.writer.stop()
    driven.installation.close()


def _assert_no_room(driven: Driven) -> None:
    with pytest.raises(Overloaded) as refused, driven.writer.room(1, urgent=False):
        pass
    assert refused.value.retry_after > 0


def test_room_for_what_could_not_be_prepared_is_given_back(tmp_path: Path) -> None:
    driven = Driven(tmp_path, most_waiting=5)
    with pytest.raises(ValueError, match="unreadable"), driven.writer.room(6, urgent=False):
        raise ValueError("unreadable")
    with driven.writer.room(6, urgent=False):
        pass
    driven.installation.close()


def test_stopping_commits_what_was_handed_in(tmp_path: Path) -> None:
    driven = Driven(tmp_path)
    driven.writer.start()
    batches = [driven.prepared(said(data, f"p{number}")) for number, data in enumerate(payments(RIVAL))]
    with driven.held():
        futures = [driven.writer.submit(batch, urgent=False) for batch in batches]
        stopping = threading.Thread(target=driven.writer.stop)
        stopping.start()
    stopping.join(PATIENCE)
    assert [future.result(0).accepted for future in futures] == [1, 1, 1]
    assert not driven.writer.alive
    with pytest.raises(Overloaded):
        driven.writer.submit(driven.prepared(OPENING), urgent=True)
    driven.installation.close()


def test_a_shard_that_does_not_open_is_told_to_whoever_starts_it() -> None:
    def fail() -> Shard:
        raise FileNotFoundError("no ledger")

    writer = Writer(fail, most_waiting=1, committed=lambda: None)
    with pytest.raises(FileNotFoundError):
        writer.start()
    assert not writer.alive


def test_nobody_is_told_of_a_commit_while_nothing_is_committed(driven: Driven) -> None:
    driven.writer.submit(driven.prepared(OPENING), urgent=True).result(PATIENCE)
    threading.Event().wait(0.1)
    commits = driven.commits
    assert commits >= 1
    threading.Event().wait(1.3)
    assert driven.commits == commits
