"""The library's own recorder cases, on both databases, and what the ledger promises beyond them."""

import threading
from collections.abc import Iterator
from uuid import UUID, uuid4

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

from infra.database import Database
from infra.recorder import Factory, LedgerRecorder, Row, persistence_over
from infra.sequences import SequenceRecorder, sequence_table


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


del SequenceCases, LedgerCases, TrackingCases, ProcessCases, NonInterleavingCases, FactoryCases
del AggregateRecorderTestCase, ApplicationRecorderTestCase, InfrastructureFactoryTestCase
del NonInterleavingNotificationIDsBaseCase, ProcessRecorderTestCase, TrackingRecorderTestCase
