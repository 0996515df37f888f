"""The ledger opened from outside, as a user of the eventsourcing library opens any persistence module."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import InfrastructureFactoryError, ProgrammingError, StoredEvent, Tracking
from eventsourcing.system import NotificationLogReader

from infra.installation import DATABASE_FILE
from tests.builders import RIVAL, a_bid_opening, a_payment
from tests.cross_bid_builders import person
from tests.monitor import Monitor, said

EXAMPLE = Path(__file__).parents[3] / "docs" / "clients" / "python" / "replay.py"
IN_BLOCKS = 100


@pytest.fixture
def told(monitor_anywhere: Monitor) -> Monitor:
    """A hundred facts in a block, and a clue that its reader has opened."""
    monitor_anywhere.send(*(said(a_payment(person=person(number)), f"paid-{number}") for number in range(IN_BLOCKS)))
    monitor_anywhere.send(said(a_bid_opening(), "opening"), said(a_payment(payer=RIVAL), "paid"))
    monitor_anywhere.decide(monitor_anywhere.clues()["E101"].clue_id, "acknowledge")
    return monitor_anywhere


def where(monitor: Monitor) -> str:
    return monitor.settings.database or str(monitor.settings.data / DATABASE_FILE)


def opened(ledger: str) -> "Application[UUID]":
    return Application(env={"PERSISTENCE_MODULE": "infra.storage.persistence", "LEDGER": ledger})


@pytest.fixture
def outside(told: Monitor) -> Iterator["Application[UUID]"]:
    with closing(opened(where(told))) as application:
        yield application


def test_its_notification_log_tells_every_event_in_blocks_and_rows(told: Monitor, outside: "Application[UUID]") -> None:
    log = NotificationLogReader(outside.notification_log, section_size=10)
    read = [(event.id, event.topic, event.state) for section in log.select(start=1) for event in section]
    assert read == told.ledger()
    assert len(read) > IN_BLOCKS


def test_a_clue_is_replayed_to_each_of_its_versions(told: Monitor, outside: "Application[UUID]") -> None:
    clue_id = UUID(told.clues()["E101"].clue_id)
    assert [type(event).__name__ for event in outside.events.get(clue_id)] == ["Raised", "Acknowledged"]
    assert [outside.repository.get(clue_id, version=version).status for version in (1, 2)] == ["raised", "acknowledged"]


def test_what_is_recorded_afterwards_is_read_too(told: Monitor, outside: "Application[UUID]") -> None:
    last = outside.recorder.max_notification_id()
    told.send(said(a_payment(person=person(1), month="2025-01"), "later"))
    assert last is not None
    (event,) = outside.recorder.select_notifications(last, 10, inclusive_of_start=False)
    assert (event.id, event.topic) == (last + 1, told.ledger()[-1][1])


def test_nothing_can_be_written(told: Monitor, outside: "Application[UUID]") -> None:
    before = told.ledger()
    with pytest.raises(ProgrammingError):
        outside.save(Aggregate())
    with pytest.raises(ProgrammingError):
        outside.recorder.insert_events([StoredEvent(uuid4(), 1, "clue.cleared.v1", b"{}")])
    with pytest.raises(ProgrammingError):
        outside.factory.process_recorder().insert_events([], tracking=Tracking("elsewhere", 1))
    with pytest.raises(InfrastructureFactoryError):
        outside.factory.tracking_recorder()
    assert told.ledger() == before


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    for missing in (str(tmp_path / "no.db"), f"sqlite:///{tmp_path / 'no.db'}", ""):
        with pytest.raises(InfrastructureFactoryError, match="LEDGER"):
            opened(missing)
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_of_another_version_is_refused(monitor: Monitor) -> None:
    with monitor.installation.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(InfrastructureFactoryError, match="version 0001"):
        opened(where(monitor))


def test_the_example_of_the_documents_reads_a_ledger(monitor: Monitor) -> None:
    monitor.send(said(a_bid_opening(), "opening"), said(a_payment(payer=RIVAL), "paid"))
    shown = subprocess.run(
        [sys.executable, str(EXAMPLE)], env={"LEDGER": where(monitor)}, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    assert f"facts: {len(monitor.facts())}," in shown
    assert "E101 raised" in shown
