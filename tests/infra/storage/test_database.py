"""Transactions are joined, snapshots stand still, and a failed part takes the whole with it."""

import threading
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from infra.storage.database import Database, TransactionDoomed, open_database, open_scratch


@pytest.fixture
def notes(database: Database) -> Database:
    with database.transaction() as connection:
        connection.exec_driver_sql("CREATE TABLE notes (words TEXT)")
    return database


def write(connection: Connection, words: str) -> None:
    connection.exec_driver_sql(f"INSERT INTO notes VALUES ('{words}')")


def words(connection: Connection) -> list[str]:
    return [row[0] for row in connection.exec_driver_sql("SELECT words FROM notes ORDER BY words")]


def words_now(database: Database) -> list[str]:
    with database.read() as connection:
        return words(connection)


def test_an_inner_transaction_is_the_outer_one(notes: Database) -> None:
    with notes.transaction() as outer:
        write(outer, "first")
        with notes.transaction() as inner:
            assert inner is outer
            write(inner, "second")
    assert words_now(notes) == ["first", "second"]


def fail_half_way(notes: Database, words: str) -> None:
    with notes.transaction() as connection:
        write(connection, words)
        raise ZeroDivisionError


def write_around_a_failure(notes: Database) -> None:
    """Catches the inner error and carries on, as a careless caller would."""
    with notes.transaction(), suppress(ZeroDivisionError):
        fail_half_way(notes, "half")


def test_a_failure_rolls_back_what_inner_transactions_wrote(notes: Database) -> None:
    def fail_outside() -> None:
        with notes.transaction():
            with notes.transaction() as inner:
                write(inner, "inner")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_outside()
    assert words_now(notes) == []


def test_who_catches_an_inner_failure_cannot_commit_the_rest(notes: Database) -> None:
    with pytest.raises(TransactionDoomed):
        write_around_a_failure(notes)
    assert words_now(notes) == []


def test_a_doomed_transaction_does_not_doom_the_next(notes: Database) -> None:
    with pytest.raises(TransactionDoomed):
        write_around_a_failure(notes)
    with notes.transaction() as connection:
        write(connection, "next")
    assert words_now(notes) == ["next"]


def test_a_read_inside_a_transaction_sees_what_it_wrote(notes: Database) -> None:
    with notes.transaction() as connection:
        write(connection, "mine")
        assert words_now(notes) == ["mine"]


def test_a_snapshot_does_not_move(notes: Database) -> None:
    with notes.read() as reading:
        assert words(reading) == []
        with notes.transaction() as writing:
            write(writing, "later")
        assert words(reading) == []
        assert words_now(notes) == []
    assert words_now(notes) == ["later"]


def test_another_thread_has_a_transaction_of_its_own(notes: Database) -> None:
    seen: list[list[str]] = []
    with notes.transaction() as connection:
        write(connection, "uncommitted")
        other = threading.Thread(target=lambda: seen.append(words_now(notes)))
        other.start()
        other.join()
    assert seen == [[]]


def test_readers_cannot_write(notes: Database) -> None:
    with pytest.raises(DBAPIError), notes.read() as connection:
        write(connection, "smuggled")


def test_parameters_do_not_appear_in_errors(notes: Database) -> None:
    mark = "?" if notes.dialect == "sqlite" else "%s"
    with pytest.raises(DBAPIError) as caught, notes.transaction() as connection:
        connection.exec_driver_sql(f"INSERT INTO nowhere VALUES ({mark})", ("张伟",))
    assert "张伟" not in str(caught.value)


def test_writers_of_one_process_wait_for_each_other(notes: Database) -> None:
    errors: list[Exception] = []

    def write_much() -> None:
        try:
            for _ in range(20):
                with notes.transaction() as connection:
                    write(connection, "line")
        except Exception as error:  # noqa: BLE001 - a failed writer fails the test below
            errors.append(error)

    threads = [threading.Thread(target=write_much) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(words_now(notes)) == 100


def test_two_databases_on_one_file_share_it(tmp_path: Path) -> None:
    one, other = open_database(tmp_path / "monitor.db"), open_database(f"sqlite:///{tmp_path / 'monitor.db'}")
    with one.transaction() as connection:
        connection.exec_driver_sql("CREATE TABLE notes (words TEXT)")
        write(connection, "shared")
    assert words_now(other) == ["shared"]
    one.close()
    other.close()


def test_the_file_survives_a_power_cut_by_design(sqlite_database: Database) -> None:
    """Acknowledged means synchronised: WAL with synchronous=FULL (2) on the writing connection."""
    with sqlite_database.transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_the_page_caches_are_bounded(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA cache_size").scalar_one() == -64 * 1024
    with sqlite_database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA cache_size").scalar_one() == -8 * 1024


def test_a_connection_that_must_be_encrypted_is_never_made_otherwise(postgres_url: str) -> None:
    """What stands behind the ``?`` reaches libpq; this server speaks no TLS."""
    with pytest.raises(OperationalError):
        open_database(f"{postgres_url}?sslmode=require")


def test_a_scratch_database_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    scratch = open_scratch(tmp_path / "scratch.db")
    with scratch.transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "off"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 0
    scratch.close()


def test_two_schemas_on_one_server_do_not_meet(postgres_url: str) -> None:
    shards = [open_database(postgres_url, schema=name) for name in ("shard_one", "shard_two")]
    for shard in shards:
        with shard.transaction() as connection:
            connection.exec_driver_sql("CREATE TABLE notes (words TEXT)")
            write(connection, str(shard.schema))
    assert [words_now(shard) for shard in shards] == [["shard_one"], ["shard_two"]]
    for shard in shards:
        with shard.transaction() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {shard.schema} CASCADE")
        shard.close()
