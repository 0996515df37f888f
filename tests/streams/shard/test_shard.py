"""One transaction: what is handed in is recorded with all that follows from it, or nothing is."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from infra.identity.vault import UNKNOWN_PERSON
from infra.settings import Settings
from projections.batches import BATCHES
from projections.boards.due_dates import DUE_DATES
from projections.index.subject_index import key_of
from tests.approval_builders import accepted, approved
from tests.builders import BIDDER, RIVAL, SOMEONE_ELSE, a_bid, a_bid_opening, a_payment, a_registration, payments
from tests.ledger_events import events_of
from tests.monitor import Message, Monitor, correction, postgres_schema, said

OPENING = said(a_bid_opening(), "opening")
REGISTERED = said(a_registration(), "registered")
PAID_BY_RIVAL = tuple(said(data, f"paid-{data.month}") for data in payments(RIVAL))
AT_THE_DOOR = said(a_payment(), "at-the-door")
AT_THE_DOOR["data"]["person"] = {"name": "诸葛青云", "id_number": "11010119900307002X"}


class Unforeseen(Exception):
    pass


def everything(monitor: Monitor) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables but the identities' seals, which are never twice the same."""
    with monitor.read() as connection:
        tables = [row[0] for row in connection.exec_driver_sql(_TABLES[connection.dialect.name])]
        rows = {name: connection.exec_driver_sql(f"SELECT * FROM {name}").all() for name in tables}
    return {name: sorted(map(tuple, found), key=repr) for name, found in rows.items()}


_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
}


def break_off_at_the_end(monitor: Monitor, *messages: Message) -> None:
    """The last statement of the transaction fails: its table is gone for the while."""
    _rename(monitor, "batches", "batches_away")
    with pytest.raises((OperationalError, ProgrammingError)):
        monitor.send(*messages)
    _rename(monitor, "batches_away", "batches")


def _rename(monitor: Monitor, name: str, to: str) -> None:
    with monitor.installation.database.transaction() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {name} RENAME TO {to}")


def test_a_receipt_tells_what_became_of_each_message(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(REGISTERED)
    receipt = monitor_anywhere.send(OPENING, REGISTERED, b"{", *PAID_BY_RIVAL)
    assert (receipt.accepted, receipt.duplicates, len(receipt.quarantined)) == (4, 1, 1)


def test_a_receipt_tells_what_an_opening_raised_at_once(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(REGISTERED, *PAID_BY_RIVAL)
    receipt = monitor_anywhere.send(OPENING)
    (judgement,) = receipt.judgements
    assert judgement.lot == "lot:T-2025-001/1"
    assert {finding.rule for finding in judgement.findings if finding.outcome.makes_clue} == {"E101", "E102"}


def test_a_receipt_tells_nothing_of_what_others_handed_in_at_the_same_time(monitor: Monitor) -> None:
    elsewhere = said(a_bid_opening(tender_id="T-2025-002", bids=(a_bid(person=SOMEONE_ELSE),)), "elsewhere")
    mine, others = monitor.shard.commit([monitor.prepared(OPENING), monitor.prepared(elsewhere)])
    assert [judgement.lot for judgement in mine.judgements] == ["lot:T-2025-001/1"]
    assert [judgement.lot for judgement in others.judgements] == ["lot:T-2025-002/1"]


def test_positions_have_no_gaps_and_batches_cover_them_all(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send_each(OPENING, REGISTERED, b"{", *PAID_BY_RIVAL, OPENING)
    positions = [position for position, _, _ in monitor_anywhere.ledger()]
    assert positions == list(range(1, len(positions) + 1))
    covered = 0
    for row in sorted(monitor_anywhere.rows(BATCHES), key=lambda row: row.batch):
        assert row.first_position == covered + 1
        covered = row.last_position
    assert covered == len(positions)


def test_when_we_recorded_something_never_goes_back(monitor: Monitor) -> None:
    monitor.send(REGISTERED)
    monitor.clock.pass_by(days=-30)
    monitor.send(OPENING)
    monitor.reopen()
    monitor.send(*PAID_BY_RIVAL)
    times = [row.recorded_at for row in sorted(monitor.rows(BATCHES), key=lambda row: row.batch)]
    assert times == sorted(times)
    recorded = [fact["recordedat"] for fact in monitor.facts()]
    assert recorded == sorted(recorded)


def test_facts_of_one_source_are_numbered_without_gaps(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(OPENING, REGISTERED)
    break_off_at_the_end(monitor_anywhere, *PAID_BY_RIVAL)
    monitor_anywhere.reopen()
    monitor_anywhere.send(*PAID_BY_RIVAL)
    with monitor_anywhere.read() as connection:
        versions: dict[object, list[int]] = {}
        for _, originator, version, *_ in events_of(connection):
            versions.setdefault(originator, []).append(version)
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())


def test_a_commit_that_breaks_off_at_its_end_leaves_nothing(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(REGISTERED, *PAID_BY_RIVAL[:2])
    before = everything(monitor_anywhere)
    break_off_at_the_end(monitor_anywhere, OPENING, PAID_BY_RIVAL[2], b"{", correction("c", "paid-2025-03"))
    assert everything(monitor_anywhere) == before


def test_what_broke_off_is_recorded_when_it_is_sent_again(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(REGISTERED, *PAID_BY_RIVAL[:2])
    break_off_at_the_end(monitor_anywhere, OPENING, PAID_BY_RIVAL[2])
    receipt = monitor_anywhere.send(OPENING, PAID_BY_RIVAL[2])
    assert (receipt.accepted, receipt.duplicates) == (2, 0)
    assert monitor_anywhere.open_rules() == {"E101", "E102"}
    assert monitor_anywhere.send(OPENING, *PAID_BY_RIVAL).duplicates == 4


def test_after_a_failure_the_shard_is_as_one_opened_anew(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(REGISTERED, *PAID_BY_RIVAL)
    break_off_at_the_end(monitor_anywhere, OPENING)
    monitor_anywhere.send(said(a_payment(month="2024-01"), "another"))
    assert monitor_anywhere.rows(DUE_DATES) == []
    assert monitor_anywhere.open_clues() == frozenset()
    monitor_anywhere.send(OPENING)
    assert monitor_anywhere.open_rules() == {"E101", "E102"}


def test_a_failure_of_the_clock_breaks_off_the_commit_and_nothing_else(monitor: Monitor) -> None:
    monitor.send(REGISTERED, *PAID_BY_RIVAL)
    monitor.clock.failure = Unforeseen()
    with pytest.raises(Unforeseen):
        monitor.send(OPENING)
    assert monitor.send(OPENING).accepted == 1
    assert monitor.open_rules() == {"E101", "E102"}


def test_a_decision_that_fails_changes_nothing(monitor: Monitor) -> None:
    monitor.send(OPENING, REGISTERED, *PAID_BY_RIVAL)
    before = everything(monitor)

    def investigate_and_fail(*_: object) -> None:
        raise Unforeseen

    with pytest.raises(Unforeseen):
        monitor.shard.decide(investigate_and_fail)
    assert everything(monitor) == before
    monitor.decide(monitor.clues()["E101"].clue_id, "acknowledge")
    assert monitor.clues()["E101"].status == "acknowledged"


def test_identities_of_a_commit_that_broke_off_are_kept_with_a_later_one(monitor_anywhere: Monitor) -> None:
    """The intake has met the person by then and says nothing more about the identity."""
    break_off_at_the_end(monitor_anywhere, AT_THE_DOOR)
    monitor_anywhere.send(AT_THE_DOOR)
    (fact,) = monitor_anywhere.facts()
    with monitor_anywhere.read() as connection:
        masked = monitor_anywhere.installation.vault.masked(connection, fact["data"]["person"]["person_id"])
    assert masked != UNKNOWN_PERSON
    assert masked.startswith("诸葛")


def test_a_server_that_was_gone_for_a_while_leaves_no_trace_in_memory(postgres_url: str, tmp_path: Path) -> None:
    """Neither the commit nor the look at what was committed succeeds; the next commit starts from the tables."""
    url = _of_a_guest(postgres_schema(postgres_url))
    monitor = Monitor(Settings(data=tmp_path, database=url))
    monitor.send(REGISTERED, *PAID_BY_RIVAL)
    _administer(url, _HANG_UP_ON_INSERT, "ALTER ROLE guest NOLOGIN")
    with pytest.raises(DBAPIError):
        monitor.send(OPENING)
    _administer(url, "DROP TRIGGER hang_up ON batches", "ALTER ROLE guest LOGIN")
    receipt = monitor.send(OPENING)
    assert (receipt.accepted, receipt.duplicates) == (1, 0)
    assert monitor.open_rules() == {"E101", "E102"}
    monitor.close()


_HANG_UP_ON_INSERT = """
    CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
    CREATE TRIGGER hang_up BEFORE INSERT ON batches FOR EACH ROW EXECUTE FUNCTION hang_up()
"""
"""The connection ends with the last statement of the transaction."""


def _of_a_guest(url: str) -> str:
    """The address as another role uses it."""
    _administer(url, "DROP ROLE IF EXISTS guest", "CREATE ROLE guest LOGIN SUPERUSER")
    return url.replace("postgres@", "guest@")


def _administer(url: str, *statements: LiteralString) -> None:
    with psycopg.connect(url.replace("guest@", "postgres@"), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_shard_opened_anew_goes_on_where_it_stopped(monitor_anywhere: Monitor) -> None:
    """After every single message the process ends and begins again."""
    for message in (OPENING, REGISTERED, *PAID_BY_RIVAL):
        monitor_anywhere.send(message)
        monitor_anywhere.reopen()
    assert monitor_anywhere.open_rules() == {"E101", "E102"}
    for message in (OPENING, REGISTERED, *PAID_BY_RIVAL):
        assert monitor_anywhere.send(message).duplicates == 1


def test_one_batch_and_many_end_the_same(tmp_path_factory: pytest.TempPathFactory) -> None:
    messages = (OPENING, REGISTERED, *PAID_BY_RIVAL, correction("c", "paid-2025-05", a_payment(payer=BIDDER)))
    ends = []
    for size in (1, 2, 6):
        monitor = Monitor(Settings(data=tmp_path_factory.mktemp("size")))
        for first in range(0, len(messages), size):
            monitor.send(*messages[first : first + size])
        ends.append(monitor.open_clues())
        monitor.close()
    assert ends[0]
    assert {clue.rule for clue in ends[0]} == {clue.rule for clue in ends[1]} == {clue.rule for clue in ends[2]}
    assert {clue.facts for clue in ends[0]} == {clue.facts for clue in ends[1]} == {clue.facts for clue in ends[2]}


def test_the_ledger_holds_the_message_as_it_came_and_when_we_recorded_it(monitor_anywhere: Monitor) -> None:
    monitor_anywhere.send(OPENING)
    moment = monitor_anywhere.clock.moment
    _, topic, state = monitor_anywhere.ledger()[1]
    assert topic == OPENING["type"]
    message = json.loads(state)
    assert message.pop("recordedat") == moment.isoformat(timespec="microseconds")
    assert message.pop("subjectkeys") == f"{key_of('lot:T-2025-001/1'):016x}"
    assert message == OPENING


def test_time_passes_only_when_somebody_is_due(monitor: Monitor) -> None:
    monitor.clock.moment = datetime(2026, 3, 6, 4, tzinfo=UTC)
    monitor.send(said(accepted("03-02"), "accepted"), said(approved("03-06"), "approved"))
    batches = len(monitor.rows(BATCHES))
    monitor.shard.let_time_pass()
    assert len(monitor.rows(BATCHES)) == batches
    assert monitor.shard.next_due is not None
