"""One machine's node: what HTTP, files and standard input feed, and are answered by."""

import asyncio
import json
import multiprocessing
import os
import signal
import threading
from collections.abc import AsyncIterator, Sequence
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import psutil
import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from domain.access import Actor, Role
from domain.errors import NotFound, Overloaded
from domain.facts.bidding import StaffMember
from domain.purposes import Purpose
from infra.identity.keys import open_keys
from infra.identity.vault import UNKNOWN_PERSON, Vault
from infra.installation import KEYS_FOLDER, Installation
from infra.settings import Limits, Settings
from projections.boards.clue_board import CLUES
from projections.evidence.recorded_facts import FACT_TOPIC_PREFIX
from streams.intake.intake import Intake
from streams.intake.prepared import PreparedBatch
from streams.intake.quarantine import NotQuarantined, QuarantinedMessage, Status
from streams.node.commands import RecordReading, Resubmit
from streams.one_machine.node import SMALL_CALL, EmbeddedNode
from tests.builders import LEAD, RIVAL, a_bid, a_bid_opening, a_payment, a_registration, payments
from tests.monitor import OPERATOR, SOURCE, START, Clock, Message, as_bytes, said
from tests.source_builders import register_in

OPENING = said(a_bid_opening(), "opening")
REGISTERED = said(a_registration(), "registered")
PAID_BY_RIVAL = tuple(said(data, f"paid-{data.month}") for data in payments(RIVAL))
FEED = Actor(Role.SOURCE, "社保", source=SOURCE)
FOREIGN_FEED = Actor(Role.SOURCE, "别的", source="urn:another")
WRONG = {**said(a_payment(), "wrong"), "time": "gestern"}


class Node:
    """A started node over a folder of its own."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.clock = Clock()
        self.installation = Installation.open(Settings(data=folder, limits=limits or Limits()), clock=self.clock)
        register_in(self.installation, SOURCE)
        self.node: EmbeddedNode = self.installation.embedded()

    async def ingest(self, *messages: Message, source: str | None = None) -> Any:
        return await self.node.ingest([as_bytes(each) for each in messages], allowed_source=source)

    def clues(self) -> list[Any]:
        with self.installation.database.read() as connection:
            return list(connection.execute(CLUES.select()))

    def ledger(self) -> list[bytes]:
        """The facts, follow-ups among them."""
        with self.installation.database.read() as connection:
            rows = self.installation.recorder.scan(connection, after=0, limit=100_000)
        return [state for _, topic, state in rows if topic.startswith(FACT_TOPIC_PREFIX)]

    def quarantined(self) -> list[QuarantinedMessage]:
        with self.installation.database.read() as connection:
            return self.installation.quarantine.entries(connection, OPERATOR)


@pytest.fixture
async def started(tmp_path: Path) -> AsyncIterator[Node]:
    node = Node(tmp_path)
    await node.node.start()
    yield node
    await node.node.stop()
    node.installation.close()


def bulk(count: int, start: int = 0) -> Sequence[Message]:
    return [said(a_payment(), f"bulk-{number}") for number in range(start, start + count)]


async def test_a_call_is_answered_after_the_commit(started: Node) -> None:
    receipt = await started.ingest(OPENING, REGISTERED, OPENING, WRONG)
    assert (receipt.accepted, receipt.duplicates) == (2, 1)
    assert len(started.ledger()) == 3
    (rejection,) = receipt.rejected
    assert (rejection.index, rejection.id) == (3, "wrong")
    assert [error.field for error in rejection.errors] == ["time"]
    assert [entry.quarantine_id for entry in started.quarantined()] == [rejection.quarantine_id]


async def test_an_opening_is_answered_with_what_it_raised(started: Node) -> None:
    await started.ingest(REGISTERED, *PAID_BY_RIVAL)
    receipt = await started.ingest(OPENING)
    (judgement,) = receipt.judgements
    assert {finding.rule for finding in judgement.findings if finding.outcome.makes_clue} == {"E101", "E102"}


async def test_large_calls_are_prepared_in_another_process_with_the_same_result(started: Node) -> None:
    messages = bulk(SMALL_CALL * 3)
    assert (await started.ingest(*messages, WRONG)).accepted == len(messages)
    receipt = await started.ingest(*messages, WRONG)
    assert (receipt.accepted, receipt.duplicates) == (0, len(messages))
    assert receipt.rejected[0].index == len(messages)
    assert len(started.quarantined()) == 1


async def test_calls_at_the_same_time_are_each_answered_for_their_own(started: Node) -> None:
    receipts = await asyncio.gather(*(started.ingest(*bulk(3, start=3 * call)) for call in range(20)))
    assert [receipt.accepted for receipt in receipts] == [3] * 20


async def test_the_same_message_in_calls_at_the_same_time_is_recorded_once(started: Node) -> None:
    receipts = await asyncio.gather(*(started.ingest(OPENING) for _ in range(10)))
    assert sum(receipt.accepted for receipt in receipts) == 1
    assert sum(receipt.duplicates for receipt in receipts) == 9


async def test_a_feed_is_held_to_its_source(started: Node) -> None:
    receipt = await started.ingest(OPENING, source="urn:another")
    assert receipt.rejected[0].errors[0].code == "foreign_source"
    assert (await started.ingest(OPENING, source=SOURCE)).accepted == 1


async def test_a_caller_that_hangs_up_stops_nobody(started: Node) -> None:
    calls = [asyncio.create_task(started.ingest(message)) for message in bulk(10)]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert started.node.ready
    assert (await started.ingest(OPENING)).accepted == 1


async def test_a_decision_runs_in_a_transaction_and_its_error_reaches_the_caller(started: Node) -> None:
    def fail(*_: object) -> None:
        raise NotFound("clue")

    with pytest.raises(NotFound):
        await started.node.with_shard(lambda shard: shard.decide(fail))

    def count(connection: Connection, _: object) -> int:
        return int(connection.exec_driver_sql("SELECT count(*) FROM clues").scalar_one())

    assert await started.node.with_shard(lambda shard: shard.decide(count)) == 0


async def test_a_quarantined_message_gets_in_when_it_is_sent_corrected(started: Node) -> None:
    await started.ingest(WRONG)
    (entry,) = started.quarantined()
    receipt = await started.node.perform(Resubmit(entry.quarantine_id, as_bytes(said(a_payment(), "wrong")), FEED))
    assert receipt.accepted == 1
    assert [each.status for each in started.quarantined()] == [Status.RESOLVED]


async def test_a_quarantined_message_sent_again_as_it_was_stays_in_quarantine(started: Node) -> None:
    await started.ingest(WRONG)
    (entry,) = started.quarantined()
    receipt = await started.node.perform(Resubmit(entry.quarantine_id, None, OPERATOR))
    assert receipt.rejected[0].quarantine_id == entry.quarantine_id
    (again,) = started.quarantined()
    assert (again.status, again.times_received) == (Status.OPEN, 2)


async def test_a_quarantined_message_sent_wrong_again_is_replaced_by_that(started: Node) -> None:
    await started.ingest(WRONG)
    (entry,) = started.quarantined()
    receipt = await started.node.perform(Resubmit(entry.quarantine_id, as_bytes({**WRONG, "time": "morgen"}), OPERATOR))
    found = {each.quarantine_id: each for each in started.quarantined()}
    assert found[entry.quarantine_id].status is Status.RESUBMITTED
    assert found[entry.quarantine_id].replaced_by == receipt.rejected[0].quarantine_id
    assert found[receipt.rejected[0].quarantine_id].status is Status.OPEN


async def test_a_message_that_was_recorded_meanwhile_is_resolved_as_a_duplicate(started: Node) -> None:
    await started.ingest(WRONG)
    await started.ingest(said(a_payment(), "wrong"))
    (entry,) = started.quarantined()
    receipt = await started.node.perform(Resubmit(entry.quarantine_id, as_bytes(said(a_payment(), "wrong")), OPERATOR))
    assert receipt.duplicates == 1
    assert [each.status for each in started.quarantined()] == [Status.RESOLVED]


class WatchedIntake(Intake):
    """Notes what is prepared in this process."""

    prepared: ClassVar[list[int]] = []

    def prepare(self, messages: Sequence[bytes], *, allowed_source: str | None = None) -> PreparedBatch:
        self.prepared.append(sum(map(len, messages)))
        return super().prepare(messages, allowed_source=allowed_source)


def watched_intake(keys: Path) -> Intake:
    return WatchedIntake(Vault(open_keys(keys)).pseudonymiser())


@pytest.mark.parametrize("kind", ["refused", "read in part"])
async def test_a_large_message_sent_again_is_prepared_in_the_intake_process(tmp_path: Path, kind: str) -> None:
    node = Node(tmp_path)
    installation = node.installation
    node.node = EmbeddedNode(
        installation.open_shard,
        partial(watched_intake, tmp_path / KEYS_FOLDER),
        installation.performer(),
        clock=installation.clock,
    )
    await node.node.start()
    large = said(
        a_bid_opening(
            title="长" * 2_000,
            bids=(
                a_bid(staff=tuple(StaffMember(person=LEAD, role=f"安全员{number}") for number in range(40))),
                a_bid(bidder=RIVAL),
            ),
        ),
        "large",
    )
    wrong = deepcopy(large)
    if kind == "refused":
        wrong["time"] = "gestern"
    else:
        del wrong["data"]["bids"][1]["lead"]
    await node.ingest(*bulk(SMALL_CALL * 3))
    await node.ingest(wrong)
    WatchedIntake.prepared.clear()
    (entry,) = node.quarantined()
    receipt = await node.node.perform(Resubmit(entry.quarantine_id, as_bytes(large), OPERATOR))
    assert (receipt.accepted, receipt.rejected) == (1, ())
    assert WatchedIntake.prepared == []
    assert [each.status for each in node.quarantined()] == [Status.RESOLVED]
    await node.node.stop()
    installation.close()


async def test_a_feed_does_not_resubmit_what_another_sent(started: Node) -> None:
    await started.ingest(WRONG)
    (entry,) = started.quarantined()
    with pytest.raises(NotQuarantined):
        await started.node.perform(Resubmit(entry.quarantine_id, None, FOREIGN_FEED))


async def test_reading_a_dossier_is_recorded_with_who_and_why(started: Node) -> None:
    await started.node.perform(RecordReading((LEAD.person_id,), Actor(Role.AUDITOR, "审计员"), Purpose.AUDIT, START))
    await started.node.perform(RecordReading((LEAD.person_id,), Actor(Role.AUDITOR, "审计员"), Purpose.AUDIT, START))
    # Within a quarter of an hour the same account leaves one entry, and another account its own.
    assert len(started.ledger()) == 1
    await started.node.perform(RecordReading((LEAD.person_id,), Actor(Role.AUDITOR, "另一人"), Purpose.AUDIT, START))
    assert len(started.ledger()) == 2
    assert b'"reason":"audit"' in started.ledger()[0]
    assert "审计员".encode() in started.ledger()[0]


async def test_whoever_waits_for_news_is_told_of_a_commit(started: Node) -> None:
    waiting = asyncio.create_task(started.node.news(20))
    await asyncio.sleep(0)
    await started.ingest(OPENING)
    assert await waiting


async def test_without_a_commit_there_is_no_news(started: Node) -> None:
    await asyncio.sleep(0.1)
    assert not await started.node.news(1.3)


async def test_more_than_may_wait_is_refused(tmp_path: Path) -> None:
    node = Node(tmp_path, Limits(waiting_messages=10))
    await node.node.start()
    calls = [node.ingest(*bulk(15, start=15 * call)) for call in range(40)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Overloaded)]
    assert refused
    assert len(node.ledger()) == 15 * (len(answers) - len(refused))
    await node.node.stop()
    node.installation.close()


@pytest.mark.parametrize("size", [1, SMALL_CALL + 1])
async def test_whoever_was_met_in_a_refused_call_is_known_when_it_is_sent_again(tmp_path: Path, size: int) -> None:
    """The intake meets a person once; refused or not, the identity must reach the vault."""
    node = Node(tmp_path, Limits(waiting_messages=1))
    await node.node.start()
    calls = [[_at_the_door(call, line) for line in range(size)] for call in range(10)]
    again = calls
    while again:
        answers = await asyncio.gather(*(node.ingest(*call) for call in again), return_exceptions=True)
        again = [call for call, answer in zip(again, answers, strict=True) if isinstance(answer, Overloaded)]
    with node.installation.database.read() as connection:
        people = {row[0] for row in connection.exec_driver_sql("SELECT person_id FROM identities")}
        masked = node.installation.vault.masked_all(connection, people)
    assert len(people) == 10
    assert UNKNOWN_PERSON not in masked.values()
    await node.node.stop()
    node.installation.close()


def _at_the_door(person: int, line: int) -> Message:
    message = said(a_payment(), f"door-{person}-{line}")
    message["data"]["person"] = {"name": "诸葛青云", "id_type": 3, "id_number": f"G{person:08d}"}
    return message


async def test_an_intake_process_that_dies_is_replaced(started: Node) -> None:
    await started.ingest(*bulk(SMALL_CALL + 1))
    for child in psutil.Process().children(recursive=True):
        if "spawn_main" in " ".join(child.cmdline()):
            os.kill(child.pid, signal.SIGKILL)
    receipt = await started.ingest(*bulk(SMALL_CALL + 1, start=1_000))
    assert receipt.accepted == SMALL_CALL + 1


async def test_stopping_commits_what_was_handed_in(tmp_path: Path) -> None:
    node = Node(tmp_path)
    await node.node.start()
    calls = [asyncio.create_task(node.ingest(message)) for message in bulk(10)]
    # Two turns of the loop: each call begins, then hands in.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await node.node.stop()
    receipts = await asyncio.gather(*calls)
    assert sum(receipt.accepted for receipt in receipts) == len(node.ledger()) == 10
    assert not node.node.ready
    node.installation.close()


async def test_a_small_call_waits_behind_bulk_work_and_an_opening_does_not(started: Node) -> None:
    entered, leave = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        entered.set()
        assert leave.wait(20)

    held = asyncio.create_task(started.node.with_shard(hold))
    await asyncio.to_thread(entered.wait, 20)
    calls = [asyncio.create_task(started.ingest(*bulk(SMALL_CALL + 1)))]
    await _handed_in(started, SMALL_CALL + 1)
    for number, message in enumerate((said(a_payment(), "small"), OPENING), start=SMALL_CALL + 2):
        calls.append(asyncio.create_task(started.ingest(message)))
        await _handed_in(started, number)
    leave.set()
    await asyncio.gather(held, *calls)
    ids = [json.loads(state)["id"] for state in started.ledger()]
    assert ids.index("opening") < ids.index("bulk-0") < ids.index("small")


async def _handed_in(node: Node, messages: int) -> None:
    async with asyncio.timeout(20):
        while node.node.waiting < messages:  # noqa: ASYNC110 - the writer tells nobody what waits
            await asyncio.sleep(0.01)


async def test_an_intake_process_is_there_before_there_is_bulk_work_where_that_is_expected(tmp_path: Path) -> None:
    node = Node(tmp_path)
    await node.node.start(expecting_bulk=True)
    (process,) = multiprocessing.active_children()
    assert (await node.ingest(*bulk(SMALL_CALL + 1))).accepted == SMALL_CALL + 1
    assert multiprocessing.active_children() == [process]
    await node.node.stop()
    node.installation.close()
    assert multiprocessing.active_children() == []


async def test_a_node_that_ends_at_once_leaves_no_process_behind(tmp_path: Path) -> None:
    node = Node(tmp_path)
    await node.node.start(expecting_bulk=True)
    await node.node.stop()
    node.installation.close()
    assert multiprocessing.active_children() == []


async def test_a_few_messages_start_no_process(started: Node) -> None:
    await started.ingest(*(said(a_payment(), f"few-{number}", note="x" * 2_000) for number in range(SMALL_CALL)))
    assert multiprocessing.active_children() == []


async def test_a_large_opening_is_prepared_in_the_intake_process(tmp_path: Path) -> None:
    node = Node(tmp_path)
    await node.node.start(expecting_bulk=True)
    await node.ingest(*bulk(SMALL_CALL + 1))
    (process,) = multiprocessing.active_children()
    before = _processor_seconds(process)
    receipt = await node.ingest({**OPENING, "data": {**OPENING["data"], "bids": [{}] * 20_000}})
    assert receipt.rejected
    assert _processor_seconds(process) > before
    await node.node.stop()
    node.installation.close()


def _processor_seconds(process: Any) -> float:
    times = psutil.Process(process.pid).cpu_times()
    return float(times.user + times.system)


async def test_a_shard_that_does_not_open_leaves_no_process_behind(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.installation.close()
    with node.installation.database.transaction() as connection:
        connection.exec_driver_sql("DROP TABLE batches")
    with pytest.raises(OperationalError):
        await node.node.start(expecting_bulk=True)
    assert multiprocessing.active_children() == []
    node.installation.close()
