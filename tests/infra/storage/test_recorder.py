"""The library's own recorder cases, on both databases, and what the ledger promises beyond them."""

import subprocess
import sys
import threading
import traceback
from contextlib import suppress
from uuid import UUID, uuid4

import numpy as np
import pytest
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    ProcessRecorder,
    StoredEvent,
    Tracking,
    TrackingRecorder,
)
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    InfrastructureFactoryTestCase,
    NonInterleavingNotificationIDsBaseCase,
    ProcessRecorderTestCase,
    TrackingRecorderTestCase,
)
from eventsourcing.utils import Environment

from infra.storage.database import Database
from infra.storage.recorder import Factory, LedgerRecorder, Row, persistence_over
from infra.storage.sequences import SequenceRecorder, sequence_table


class OnSQLite:
    database: Database

    @pytest.fixture(autouse=True)
    def _on_sqlite(self, sqlite_database: Database) -> None:
        self.database = sqlite_database


class OnPostgreSQL:
    database: Database

    @pytest.fixture(autouse=True)
    def _on_postgresql(self, postgres_database: Database) -> None:
        self.database = postgres_database


class SequenceCases(AggregateRecorderTestCase):
    database: Database

    def create_recorder(self) -> SequenceRecorder:
        recorder = SequenceRecorder(self.database, sequence_table("stored_snapshots"))
        recorder.create_table()
        return recorder


class LedgerCases(ApplicationRecorderTestCase[LedgerRecorder]):
    database: Database

    def create_recorder(self) -> LedgerRecorder:
        return LedgerRecorder(self.database)

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TrackingCases(TrackingRecorderTestCase):
    database: Database

    def create_recorder(self) -> LedgerRecorder:
        return LedgerRecorder(self.database)


class ProcessCases(ProcessRecorderTestCase):
    database: Database

    def create_recorder(self) -> LedgerRecorder:
        return LedgerRecorder(self.database)


class NonInterleavingCases(NonInterleavingNotificationIDsBaseCase):
    database: Database

    def create_recorder(self) -> LedgerRecorder:
        return LedgerRecorder(self.database)


class FollowingRecorder(LedgerRecorder):
    """A recorder that a projection would bring along."""


class FactoryCases(InfrastructureFactoryTestCase[Factory]):
    database: Database

    def setUp(self) -> None:
        self.env = Environment("Monitor", persistence_over(self.database))
        super().setUp()

    def expected_factory_class(self) -> type[Factory]:
        return Factory

    def expected_aggregate_recorder_class(self) -> type[AggregateRecorder]:
        return SequenceRecorder

    def expected_application_recorder_class(self) -> type[ApplicationRecorder]:
        return LedgerRecorder

    def expected_tracking_recorder_class(self) -> type[TrackingRecorder]:
        return LedgerRecorder

    def tracking_recorder_subclass(self) -> type[TrackingRecorder]:
        return FollowingRecorder

    def expected_process_recorder_class(self) -> type[ProcessRecorder]:
        return LedgerRecorder


class TestSequencesOnSQLite(OnSQLite, SequenceCases):
    pass


class TestSequencesOnPostgreSQL(OnPostgreSQL, SequenceCases):
    pass


class TestLedgerOnSQLite(OnSQLite, LedgerCases):
    pass


class TestLedgerOnPostgreSQL(OnPostgreSQL, LedgerCases):
    pass


class TestTrackingOnSQLite(OnSQLite, TrackingCases):
    pass


class TestTrackingOnPostgreSQL(OnPostgreSQL, TrackingCases):
    pass


class TestProcessOnSQLite(OnSQLite, ProcessCases):
    pass


class TestProcessOnPostgreSQL(OnPostgreSQL, ProcessCases):
    pass


class TestNonInterleavingOnSQLite(OnSQLite, NonInterleavingCases):
    pass


class TestNonInterleavingOnPostgreSQL(OnPostgreSQL, NonInterleavingCases):
    pass


class TestFactoryOnSQLite(OnSQLite, FactoryCases):
    pass


class TestFactoryOnPostgreSQL(OnPostgreSQL, FactoryCases):
    pass


# The abstract cases would otherwise be collected as tests of this module.
del SequenceCases, LedgerCases, TrackingCases, ProcessCases, NonInterleavingCases, FactoryCases
del AggregateRecorderTestCase, ApplicationRecorderTestCase, InfrastructureFactoryTestCase
del NonInterleavingNotificationIDsBaseCase, ProcessRecorderTestCase, TrackingRecorderTestCase


def rows_of(originator: UUID | str, versions: range) -> list[Row]:
    return [(originator, version, "paid", f"state {version}".encode()) for version in versions]


class Account(Aggregate):
    @event("Opened")
    def __init__(self) -> None:
        self.total = 0

    @event("Credited")
    def credit(self, amount: int) -> None:
        self.total += amount


def test_appended_rows_stand_one_behind_the_other(database: Database) -> None:
    recorder, originator = LedgerRecorder(database), uuid4()
    with database.transaction() as connection:
        assert recorder.append_rows(connection, rows_of(originator, range(1, 4))) == 1
        assert recorder.append_rows(connection, rows_of(uuid4().hex, range(1, 3))) == 4
    with database.transaction() as connection:
        assert recorder.append_rows(connection, rows_of(originator, range(4, 5))) == 6
        assert recorder.last_position(connection) == 6
        assert recorder.last_version(connection, originator) == 4


def test_nothing_recorded_is_position_and_version_zero(database: Database) -> None:
    recorder = LedgerRecorder(database)
    with database.transaction() as connection:
        assert recorder.append_rows(connection, []) == 1
    with database.read() as connection:
        assert recorder.last_position(connection) == 0
        assert recorder.last_version(connection, uuid4()) == 0
        assert recorder.read(connection, [1]) == []


def test_positions_are_read_in_the_order_of_the_ledger(database: Database) -> None:
    recorder = LedgerRecorder(database)
    with database.transaction() as connection:
        recorder.append_rows(connection, rows_of(uuid4(), range(1, 11)))
    with database.read() as connection:
        assert recorder.read(connection, np.array([9, 2, 5])) == [
            (2, "paid", b"state 2"),
            (5, "paid", b"state 5"),
            (9, "paid", b"state 9"),
        ]
        assert recorder.scan(connection, after=8, limit=10) == [(9, "paid", b"state 9"), (10, "paid", b"state 10")]


def test_rows_of_several_originators_in_turn_keep_their_originators(database: Database) -> None:
    recorder, one, other = LedgerRecorder(database), uuid4(), uuid4()
    with database.transaction() as connection:
        recorder.append_rows(
            connection,
            [(one, 1, "a", b"1"), (other.hex, 1, "b", b"2"), (one, 2, "c", b"3"), (str(other), 2, "d", b"4")],
        )
    assert [(e.originator_version, e.topic) for e in recorder.select_events(one)] == [(1, "a"), (2, "c")]
    assert [(e.originator_version, e.topic) for e in recorder.select_events(other)] == [(1, "b"), (2, "d")]


def test_a_rolled_back_append_leaves_no_gap(database: Database) -> None:
    recorder = LedgerRecorder(database)
    with suppress(ZeroDivisionError), database.transaction() as connection:
        recorder.append_rows(connection, rows_of(uuid4(), range(1, 6)))
        raise ZeroDivisionError
    with database.transaction() as connection:
        assert recorder.append_rows(connection, rows_of(uuid4(), range(1, 2))) == 1


def test_a_version_recorded_before_is_refused_and_nothing_of_the_batch_stays(database: Database) -> None:
    recorder, originator = LedgerRecorder(database), uuid4()
    with database.transaction() as connection:
        recorder.append_rows(connection, rows_of(originator, range(1, 3)))
    with pytest.raises(IntegrityError), database.transaction() as connection:
        recorder.append_rows(connection, rows_of(originator, range(2, 9)))
    assert recorder.max_notification_id() == 2


def test_an_error_names_no_value(database: Database) -> None:
    recorder, originator = LedgerRecorder(database), uuid4()
    with database.transaction() as connection:
        recorder.append_rows(connection, [(originator, 1, "topic", b"private")])
    with pytest.raises(IntegrityError) as caught, database.transaction() as connection:
        recorder.append_rows(connection, [(originator, 1, "topic", b"private")])
    shown = "".join(traceback.format_exception(caught.value))
    assert "private" not in shown.replace('b"private"', "")


def test_concurrent_appends_leave_no_gap_and_do_not_interleave(database: Database) -> None:
    recorder = LedgerRecorder(database)

    def append() -> None:
        for _ in range(10):
            with database.transaction() as connection:
                recorder.append_rows(connection, rows_of(uuid4(), range(1, 8)))

    threads = [threading.Thread(target=append) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    notifications = recorder.select_notifications(None, 1_000)
    assert [each.id for each in notifications] == list(range(1, 281))
    assert [each.originator_version for each in notifications] == list(range(1, 8)) * 40


def test_an_application_joins_the_transaction_around_it(database: Database) -> None:
    recorder = LedgerRecorder(database)
    application = Application[UUID](persistence_over(database))
    account = Account()
    with database.transaction() as connection:
        recorder.append_rows(connection, rows_of(uuid4(), range(1, 3)))
        application.save(account)
        account.credit(5)
        saved = application.save(account)
        assert application.repository.get(account.id).total == 5
    assert [recording.notification.id for recording in saved] == [4]
    assert recorder.max_notification_id() == 4


def test_an_application_saves_nothing_when_the_transaction_around_it_fails(database: Database) -> None:
    application = Application[UUID](persistence_over(database))
    account = Account()
    with suppress(ZeroDivisionError), database.transaction():
        application.save(account)
        raise ZeroDivisionError
    assert account.id not in application.repository


def test_an_application_can_take_snapshots(database: Database) -> None:
    environment = {**persistence_over(database), "IS_SNAPSHOTTING_ENABLED": "y"}
    application = Application[UUID](environment)
    account = Account()
    account.credit(7)
    application.save(account)
    application.take_snapshot(account.id)
    assert application.snapshots is not None
    assert len(list(application.snapshots.get(account.id))) == 1
    restored: Account = application.repository.get(account.id)
    assert restored.total == 7


def test_tracking_and_events_are_recorded_together(database: Database) -> None:
    recorder, originator = LedgerRecorder(database), uuid4()
    recorder.insert_events([StoredEvent(originator, 1, "topic", b"")], tracking=Tracking("feed:0:3", 10))
    with pytest.raises(IntegrityError):
        recorder.insert_events([StoredEvent(originator, 2, "topic", b"")], tracking=Tracking("feed:0:3", 10))
    assert recorder.max_notification_id() == 1
    assert recorder.max_tracking_id("feed:0:3") == 10


def test_a_subscription_sees_what_another_process_records(sqlite_database: Database) -> None:
    recorder = LedgerRecorder(sqlite_database)
    elsewhere = "import sys; from uuid import uuid4; from infra.storage.database import open_database\n"
    elsewhere += "from infra.storage.recorder import LedgerRecorder; database = open_database(sys.argv[1])\n"
    elsewhere += "with database.transaction() as c: LedgerRecorder(database).append_rows(c, [(uuid4(), 1, 'far', b'')])"
    with recorder.subscribe() as subscription:
        subprocess.run([sys.executable, "-c", elsewhere, str(sqlite_database.engine.url.database)], check=True)
        assert next(subscription).topic == "far"


def test_aggregates_and_snapshots_are_told_apart_by_their_tables(database: Database) -> None:
    snapshots = SequenceRecorder(database, sequence_table("stored_snapshots"))
    snapshots.create_table()
    originator = uuid4()
    snapshots.insert_events([StoredEvent(originator, 7, "snapshot", b"")])
    assert LedgerRecorder(database).select_events(originator) == []
    assert [event.originator_version for event in snapshots.select_events(originator)] == [7]
