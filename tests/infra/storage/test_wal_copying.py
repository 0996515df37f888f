"""The log is copied beside the writer, stays short, and loses nothing."""

import threading
import time
from pathlib import Path

import pytest

from infra.storage.database import Database, open_database
from infra.storage.sqlite_engines import LONGEST_EMPTY_LOG_BYTES, sqlite_engines
from infra.storage.wal_copying import Checkpoints, LogCopies

PAGE = 8 * 1024


@pytest.fixture
def file(tmp_path: Path) -> Path:
    open_database(tmp_path / "monitor.db").close()
    return tmp_path / "monitor.db"


def copying(file: Path, *, longest_log_pages: int) -> Database:
    """A database whose log is copied from the first commit on, without a pause."""
    checkpoints = Checkpoints(file, first_log_bytes=0, longest_log_pages=longest_log_pages, every_seconds=0.0)
    return Database(*sqlite_engines(file), checkpoints=checkpoints)


def write_notes(database: Database, commits: int) -> None:
    with database.transaction() as connection:
        connection.exec_driver_sql("CREATE TABLE notes (number INTEGER PRIMARY KEY, words BLOB)")
    for number in range(commits):
        with database.transaction() as connection:
            connection.exec_driver_sql("INSERT INTO notes VALUES (?, randomblob(?))", (number, 10 * PAGE))


def test_nothing_is_copied_that_was_not_committed_since(file: Path) -> None:
    """Else a copy could run while a commit begins the log anew, which SQLite up to 3.51.2 does not survive."""
    database, copies = open_database(file), LogCopies(file)
    assert copies.copy() is None
    for number in range(3):
        with database.transaction() as connection:
            connection.exec_driver_sql(f"CREATE TABLE notes{number} (words TEXT)")
        assert copies.copy() is not None
        assert copies.copy() is None
        with database.transaction():
            pass
        assert copies.copy() is None
    copies.close()
    database.close()


def test_a_copy_by_another_connection_makes_it_wait_for_the_next_commit(file: Path) -> None:
    database, copies = open_database(file), LogCopies(file)
    copies.copy()
    with database.transaction() as connection:
        connection.exec_driver_sql("CREATE TABLE notes (words TEXT)")
    copies.look_again()
    assert copies.copy() is None
    with database.transaction() as connection:
        connection.exec_driver_sql("INSERT INTO notes VALUES ('more')")
    assert copies.copy() is not None
    copies.close()
    database.close()


def test_a_writer_without_a_pause_keeps_the_log_short(file: Path) -> None:
    database = copying(file, longest_log_pages=200)
    write_notes(database, 300)
    length = file.with_name(f"{file.name}-wal").stat().st_size
    database.close()
    assert length < 1_500 * PAGE


def test_an_idle_file_has_no_copying_thread(file: Path) -> None:
    database = open_database(file)
    with database.transaction() as connection:
        connection.exec_driver_sql("CREATE TABLE notes (words TEXT)")
    assert not any(thread.name == "checkpoints" for thread in threading.enumerate())
    database.close()


def test_what_was_committed_beside_copies_and_readers_is_whole(file: Path) -> None:
    database = copying(file, longest_log_pages=50)
    ended = threading.Event()

    def read_on() -> None:
        while not ended.is_set():
            with database.read() as connection:
                connection.exec_driver_sql("SELECT count(*) FROM stored_events").scalar()

    reader = threading.Thread(target=read_on)
    reader.start()
    write_notes(database, 300)
    ended.set()
    reader.join()
    database.close()
    again = open_database(file)
    with again.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("SELECT count(*), max(number) FROM notes").one() == (300, 299)
    again.close()


def test_a_log_that_one_bulk_load_made_long_is_cut_once_it_was_copied(file: Path) -> None:
    database = copying(file, longest_log_pages=1)
    log = file.with_name(f"{file.name}-wal")
    with database.transaction() as connection:
        connection.exec_driver_sql("CREATE TABLE loads (words BLOB)")
        connection.exec_driver_sql("INSERT INTO loads VALUES (zeroblob(?))", (2 * LONGEST_EMPTY_LOG_BYTES,))
    assert log.stat().st_size > 2 * LONGEST_EMPTY_LOG_BYTES
    deadline = time.monotonic() + 60
    while log.stat().st_size > LONGEST_EMPTY_LOG_BYTES:
        assert time.monotonic() < deadline
        with database.transaction() as connection:
            connection.exec_driver_sql("INSERT INTO loads VALUES ('small')")
    database.close()
