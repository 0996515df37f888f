"""One shard's database: a writer that takes turns, readers that see a snapshot.

SQLite is the database of a single machine, PostgreSQL that of many; everything above
speaks SQLAlchemy Core to either.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from alerts.database import SUMMING
from domain.errors import CannotRecord, MonitorError
from infra.storage.disk import disk_errors
from infra.storage.migrations import upgrade
from infra.storage.place import Place, take_place
from infra.storage.postgresql_engines import is_postgresql, postgresql_engines, postgresql_url
from infra.storage.sqlite_engines import sqlite_engines
from infra.storage.wal_copying import Checkpoints
from projections.table_sums import KEY, summed

TROUBLE_SECONDS: Final = 10.0


class TransactionDoomed(MonitorError):
    """A part of this transaction failed, and whoever caught its error cannot commit the rest."""


class _Joined(threading.local):
    """What the current thread is inside of."""

    writing: Connection | None = None
    reading: Connection | None = None
    doomed: bool = False


class Database:
    """Transactions and snapshots, joined by everything that runs inside them in the same thread.

    So a transaction must not be held across an ``await``: another task of the thread would join it.
    """

    def __init__(
        self,
        writers: Engine,
        readers: Engine,
        *,
        schema: str | None = None,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self.engine = writers
        self.schema = schema
        self._readers = readers
        self._checkpoints = checkpoints
        self._joined = _Joined()
        self._trouble: tuple[float, CannotRecord] | None = None
        self.sum_key: bytes | None = None
        """Of the sums over tables (:mod:`projections.table_sums`), once the keys of the installation are known."""

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All or nothing; on SQLite from the first moment the only writer (``BEGIN IMMEDIATE``).

        Raises CannotRecord where SQLite cannot use its disk.
        """
        joined = self._joined
        if joined.writing is not None:
            try:
                yield joined.writing
            except BaseException:
                joined.doomed = True
                raise
            return
        with self._noting_trouble(), self.engine.begin() as connection:
            joined.writing, joined.doomed = connection, False
            before = _changes(connection)
            self._give_key(connection)
            try:
                yield connection
            finally:
                joined.writing = None
            if joined.doomed:
                raise TransactionDoomed
            wrote = _changes(connection) > before
        if wrote:  # A transaction that changed nothing says nothing about the disk.
            self._trouble = None
        if self._checkpoints is not None and self._checkpoints.committed():
            self._finish_checkpoint(self._checkpoints)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot for all reads inside; within a transaction, what the transaction sees."""
        joined = self._joined
        outer = joined.writing or joined.reading
        if outer is not None:
            yield outer
            return
        with self._readers.begin() as connection:
            joined.reading = connection
            self._give_key(connection)
            try:
                yield connection
            finally:
                joined.reading = None

    @property
    def trouble(self) -> CannotRecord | None:
        """Why a transaction failed on the disk within the last ten seconds."""
        if self._trouble is None or time.monotonic() - self._trouble[0] > TROUBLE_SECONDS:
            return None
        return self._trouble[1]

    @contextmanager
    def _noting_trouble(self) -> Iterator[None]:
        try:
            with disk_errors():
                yield
        except CannotRecord as error:
            self._trouble = time.monotonic(), error
            raise

    def _give_key(self, connection: Connection) -> None:
        if self.sum_key is not None:
            connection.info.update({KEY: self.sum_key, SUMMING: summed})

    def create_tables(self) -> None:
        """Bring the tables to what this version needs; see :func:`infra.storage.migrations.upgrade`."""
        upgrade(self)

    def now(self) -> datetime | None:
        """What the clock of a PostgreSQL server says; None where it does not answer."""
        with suppress(SQLAlchemyError), self.read() as connection:
            moment: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
            return moment
        return None

    def unpooled_connection(self) -> Any:
        """A driver connection outside both pools, in autocommit mode; the caller closes it."""
        pooled = self._readers.raw_connection()
        driver: Any = pooled.driver_connection
        pooled.detach()
        if self.dialect == "postgresql":
            try:
                driver.autocommit = True
            except BaseException:
                driver.close()
                raise
        return driver

    def close(self) -> None:
        if self._checkpoints is not None:
            self._checkpoints.close()
        self.engine.dispose()
        self._readers.dispose()

    def _finish_checkpoint(self, checkpoints: Checkpoints) -> None:
        pooled = self.engine.raw_connection()
        try:
            driver: Any = pooled.driver_connection
            checkpoints.finish(driver)
        finally:
            pooled.close()


def _changes(connection: Connection) -> int:
    """How many rows were changed through this connection so far; on SQLite alone."""
    return int(getattr(connection.connection.driver_connection, "total_changes", 0))


def open_database(where: str | Path, *, schema: str | None = None, place: Place | None = None) -> Database:
    """The database at a file path or a ``postgresql://`` address, with the tables of this version.

    On PostgreSQL ``schema`` names the shard's own schema, which is created when missing; ``place``
    is what part of the installation it holds, and is written down when it is made.
    Raises :class:`infra.storage.migrations.SchemaUnknown` for a database of a newer version and
    :class:`infra.storage.place.WrongPlace` for one made for another place.
    """
    database = look_into(where, schema=schema)
    try:
        database.create_tables()
        if place is not None:
            take_place(database, place)
    except BaseException:
        database.close()
        raise
    return database


def look_into(where: str | Path, *, schema: str | None = None) -> Database:
    """The database as it is, whatever its version; on SQLite there is a file in any case."""
    text = str(where)
    if is_postgresql(text):
        return Database(*postgresql_engines(postgresql_url(text), search_path=schema), schema=schema)
    file = Path(text.removeprefix("sqlite:///"))
    return Database(*sqlite_engines(file), checkpoints=Checkpoints(file))


def open_scratch(file: Path) -> Database:
    """A database to work in and throw away: neither journal nor waiting for the disk."""
    database = Database(*sqlite_engines(file, lasting=False))
    try:
        database.create_tables()
    except BaseException:
        database.close()
        raise
    return database
