"""The library's own recorder cases, on both databases, and what the ledger promises beyond them."""

import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    StoredEvent,
    Tracking,
)
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
    ProcessRecorderTestCase,
    TrackingRecorderTestCase,
)

from infra.storage.database import Database, look_into
from infra.storage.event_rows import Row
from infra.storage.recorder import LedgerRecorder


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


class AggregateEventsOnly(LedgerRecorder):
    """The ledger as a recorder that tells no positions, which is what the library's case asks for."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        super().insert_events(stored_events, **kwargs)


class AggregateCases(AggregateRecorderTestCase):
    database: Database

    def create_recorder(self) -> LedgerRecorder:
        return AggregateEventsOnly(self.database)


class LedgerCases(ApplicationRecorderTestCase[LedgerRecorder]):
    database: Database

    def create_recorder(self) -> LedgerRecorder:
        return LedgerRecorder(self.database)

    def test_concurrent_no_conflicts(self, initial_position: int = 0) -> None:
        """The library's case leaves its readers at work: a table they read cannot be dropped."""
        super().test_concurrent_no_conflicts(initial_position)
        for thread in threading.enumerate():
            if "read_continuously" in thread.name:
                thread.join()


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


class TestAggregatesOnSQLite(OnSQLite, AggregateCases):
    pass


class TestAggregatesOnPostgreSQL(OnPostgreSQL, AggregateCases):
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


# The abstract cases would otherwise be collected as tests of this module.
del AggregateCases, LedgerCases, TrackingCases, ProcessCases, NonInterleavingCases
del AggregateRecorderTestCase, ApplicationRecorderTestCase
del NonInterleavingNotificationIDsBaseCase, ProcessRecorderTestCase, TrackingRecorderTestCase


def rows_of(originator: UUID | str, versions: range) -> list[Row]:
    return [(originator, version, "paid", f"state {version}".encode()) for version in versions]


class OnLedger(Application[UUID]):
    """Any application of the library over an open database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        super().__init__()

    def construct_recorder(self) -> ApplicationRecorder:
        return LedgerRecorder(self._database)


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
    application = OnLedger(database)
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
    application = OnLedger(database)
    account = Account()
    with suppress(ZeroDivisionError), database.transaction():
        application.save(account)
        raise ZeroDivisionError
    assert account.id not in application.repository


def test_another_application_reads_the_ledger_by_its_notification_log(database: Database) -> None:
    """As a user of the library would, from a connection of its own."""
    account = Account()
    account.credit(5)
    OnLedger(database).save(account)
    with elsewhere(database) as same:
        reader = OnLedger(same)
        told = reader.notification_log.select(start=None, limit=10)
        assert [(each.id, each.originator_id, each.originator_version) for each in told] == [
            (1, account.id, 1),
            (2, account.id, 2),
        ]
        replayed: Account = reader.repository.get(account.id)
    assert replayed.total == 5


@contextmanager
def elsewhere(database: Database) -> Iterator[Database]:
    """The same database, opened once more."""
    url = database.engine.url
    where = str(url.database) if database.dialect == "sqlite" else url.render_as_string(hide_password=False)
    with closing(look_into(where, schema=database.schema)) as same:
        yield same


def test_tracking_and_events_are_recorded_together(database: Database) -> None:
    recorder, originator = LedgerRecorder(database), uuid4()
    recorder.insert_events([StoredEvent(originator, 1, "topic", b"")], tracking=Tracking("feed:0:3", 10))
    with pytest.raises(IntegrityError):
        recorder.insert_events([StoredEvent(originator, 2, "topic", b"")], tracking=Tracking("feed:0:3", 10))
    assert recorder.max_notification_id() == 1
    assert recorder.max_tracking_id("feed:0:3") == 10
