"""How we open an SQLite file: one writing connection, several that read."""

from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from infra.storage.private_files import make_private_database

WRITER_CACHE_KIB: Final = 64 * 1024
READER_CACHE_KIB: Final = 8 * 1024
READERS: Final = 4
BUSY_TIMEOUT_MS: Final = 30_000
PAGE_BYTES: Final = 8 * 1024
LONGEST_EMPTY_LOG_BYTES: Final = 16 * 1024 * 1024
"""A log that is begun anew is cut to this length: one bulk load would leave a file of 128 MiB otherwise."""


def sqlite_engines(file: Path, *, lasting: bool = True) -> tuple[Engine, Engine]:
    """Writer and readers. What is not ``lasting`` may be lost in a power cut, and costs no waiting for the disk."""
    make_private_database(file)
    url = URL.create("sqlite", database=str(file.resolve()))
    # One writing connection: in-process writers queue for it in turn instead of polling SQLite's lock.
    writers = create_engine(
        url, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=BUSY_TIMEOUT_MS / 1000, hide_parameters=True
    )
    readers = create_engine(
        url, poolclass=QueuePool, pool_size=READERS, max_overflow=2 * READERS, pool_use_lifo=True, hide_parameters=True
    )
    _set_up(writers, begin="BEGIN IMMEDIATE", pragmas={**_kept(lasting=lasting), "cache_size": -WRITER_CACHE_KIB})
    _set_up(
        readers,
        begin="BEGIN",
        pragmas={**_kept(lasting=lasting), "cache_size": -READER_CACHE_KIB, "query_only": 1},
    )
    with writers.connect():
        pass  # The writer's pragmas make the file a WAL database before the first reader opens it.
    return writers, readers


def _kept(*, lasting: bool) -> dict[str, str | int]:
    """Acknowledged means synchronised. The log is copied by :mod:`infra.storage.wal_copying`, never inside a commit."""
    return {
        "busy_timeout": BUSY_TIMEOUT_MS,
        "page_size": PAGE_BYTES,
        "journal_mode": "WAL" if lasting else "OFF",
        "synchronous": "FULL" if lasting else "OFF",
        "foreign_keys": 1,
        "wal_autocheckpoint": 0,
        "journal_size_limit": LONGEST_EMPTY_LOG_BYTES,
    }


def _set_up(engine: Engine, *, begin: str, pragmas: dict[str, str | int]) -> None:
    @event.listens_for(engine, "connect")
    def set_pragmas(connection: SQLiteConnection, _: object) -> None:
        # The driver would otherwise begin transactions by its own rules, and never IMMEDIATE ones.
        connection.isolation_level = None
        for name, value in pragmas.items():
            connection.execute(f"PRAGMA {name}={value}")

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
