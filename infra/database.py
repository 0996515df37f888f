"""One shard's database: a writer that takes turns, readers that see a snapshot.

SQLite is the database of a single machine, PostgreSQL that of many; everything above
speaks SQLAlchemy Core to either.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from typing import Any
from uuid import uuid4

from psycopg import Connection as PostgresConnection
from psycopg import IsolationLevel
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import QueuePool

from alerts.inbox import METADATA as NOTICE_TABLES
from domain.errors import MonitorError
from projections.tables import METADATA

WRITER_CACHE_KIB = 64 * 1024
READER_CACHE_KIB = 8 * 1024
READERS = 4
BUSY_TIMEOUT_MS = 30_000
PAGE_BYTES = 8 * 1024
CHECKPOINT_PAGES = 4_000


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

    def __init__(self, writers: Engine, readers: Engine, *, schema: str | None = None) -> None:
        self.engine = writers
        self.name = uuid4().hex
        self.schema = schema
        self._readers = readers
        self._joined = _Joined()

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All or nothing; on SQLite from the first moment the only writer (``BEGIN IMMEDIATE``)."""
        joined = self._joined
        if joined.writing is not None:
            try:
                yield joined.writing
            except BaseException:
                joined.doomed = True
                raise
            return
        with self.engine.begin() as connection:
            joined.writing, joined.doomed = connection, False
            try:
                yield connection
            finally:
                joined.writing = None
            if joined.doomed:
                raise TransactionDoomed

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
            try:
                yield connection
            finally:
                joined.reading = None

    def create_tables(self) -> None:
        """Create what is missing of every table defined on the metadata so far."""
        with self.transaction() as connection:
            METADATA.create_all(connection)
            NOTICE_TABLES.create_all(connection)

    def listening_connection(self) -> Any:
        """A driver connection outside both pools, in autocommit mode; the caller closes it."""
        pooled = self._readers.raw_connection()
        driver: Any = pooled.driver_connection
        pooled.detach()
        if self.dialect == "postgresql":
            driver.autocommit = True
        return driver

    def close(self) -> None:
        self.engine.dispose()
        self._readers.dispose()


def open_database(where: str | Path, *, schema: str | None = None) -> Database:
    """The database at a file path or a ``postgresql://`` address, with its tables created.

    On PostgreSQL ``schema`` names the shard's own schema, which is created when missing.
    """
    text = str(where)
    if text.startswith(("postgresql://", "postgresql+psycopg://")):
        database = _open_postgresql(make_url(text).set(drivername="postgresql+psycopg"), schema)
    else:
        database = _open_sqlite(Path(text.removeprefix("sqlite:///")))
    database.create_tables()
    return database


def _open_sqlite(path: Path) -> Database:
    url = URL.create("sqlite", database=str(path.resolve()))
    # One writing connection: in-process writers queue for it in turn instead of polling SQLite's lock.
    writers = create_engine(
        url, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=BUSY_TIMEOUT_MS / 1000, hide_parameters=True
    )
    readers = create_engine(
        url, poolclass=QueuePool, pool_size=READERS, max_overflow=2 * READERS, pool_use_lifo=True, hide_parameters=True
    )
    _set_up_sqlite(writers, begin="BEGIN IMMEDIATE", cache_kib=WRITER_CACHE_KIB)
    _set_up_sqlite(readers, begin="BEGIN", cache_kib=READER_CACHE_KIB, query_only=True)
    with writers.connect():
        pass  # The writer's pragmas make the file a WAL database before the first reader opens it.
    return Database(writers, readers)


def _set_up_sqlite(engine: Engine, *, begin: str, cache_kib: int, query_only: bool = False) -> None:
    @event.listens_for(engine, "connect")
    def set_pragmas(connection: SQLiteConnection, _: object) -> None:
        # The driver would otherwise begin transactions by its own rules, and never IMMEDIATE ones.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA cache_size=-{cache_kib}")
        connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA query_only={int(query_only)}")

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _open_postgresql(url: URL, schema: str | None) -> Database:
    writers = create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED", hide_parameters=True)
    readers = create_engine(url, pool_pre_ping=True, pool_size=READERS, hide_parameters=True)
    if schema is not None:
        with writers.begin() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema)}")
        writers.dispose()

    def enter_schema(connection: PostgresConnection[Any]) -> None:
        if schema is not None:
            connection.execute(SQL("SET search_path TO {}").format(Identifier(schema)))
            connection.commit()

    @event.listens_for(writers, "connect")
    def set_up_writer(connection: PostgresConnection[Any], _: object) -> None:
        enter_schema(connection)

    @event.listens_for(readers, "connect")
    def set_up_reader(connection: PostgresConnection[Any], _: object) -> None:
        enter_schema(connection)
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True

    return Database(writers, readers, schema=schema)


def _quoted(name: str) -> str:
    return SQL("{}").format(Identifier(name)).as_string(None)
