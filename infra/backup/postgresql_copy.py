"""The tables of PostgreSQL schemas as files of binary COPY, all as of one moment; needs no tool."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from psycopg import Connection as PostgresConnection
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import Connection, Table

from infra.backup.manifest import BackupUnusable
from infra.storage.database import Database
from infra.storage.migrations import metadatas

DEFAULT_SCHEMA: Final = "main"
"""What the connection's own schema is called in a backup, wherever it is put back."""
_CHUNK: Final = 1024 * 1024


def export(database: Database, schemas: Sequence[str | None], folder: Path) -> list[str]:
    """Write every table of ``schemas``; the names of the files."""
    names = []
    with database.read() as connection:
        driver: Any = connection.connection.driver_connection
        for schema in schemas:
            for table in tables():
                name = file_name(schema, table)
                _write(driver, _copy(table, schema, out=True), folder / name)
                names.append(name)
    return names


def load(connection: Connection, schemas: Sequence[str | None], folder: Path) -> None:
    """Fill the tables of ``schemas``; raises :class:`BackupUnusable` where one has rows already."""
    driver: Any = connection.connection.driver_connection
    for schema in schemas:
        for table in tables():
            where = _qualified(table, schema)
            if driver.execute(SQL("SELECT EXISTS (SELECT FROM {})").format(where)).fetchone()[0]:
                raise BackupUnusable(f"table {table.name} of schema {schema or DEFAULT_SCHEMA} is not empty")
            _read(driver, _copy(table, schema, out=False), folder / file_name(schema, table))
            for column in _counted(table):
                _go_on_counting(driver, where, column)


def tables() -> Iterator[Table]:
    for metadata in metadatas():
        yield from metadata.sorted_tables


def file_name(schema: str | None, table: Table) -> str:
    return f"{schema or DEFAULT_SCHEMA}.{table.name}.copy"


def _copy(table: Table, schema: str | None, *, out: bool) -> Composed:
    columns = SQL(", ").join(Identifier(column.name) for column in table.columns)
    words = SQL("COPY {} ({}) TO STDOUT (FORMAT BINARY)") if out else SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)")
    return words.format(_qualified(table, schema), columns)


def _qualified(table: Table, schema: str | None) -> Identifier:
    return Identifier(schema, table.name) if schema else Identifier(table.name)


def _write(driver: PostgresConnection[Any], copy: Composed, file: Path) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened, driver.cursor() as cursor, cursor.copy(copy) as rows:
        for part in rows:
            opened.write(part)
        opened.flush()
        os.fsync(opened.fileno())


def _read(driver: PostgresConnection[Any], copy: Composed, file: Path) -> None:
    with file.open("rb") as opened, driver.cursor() as cursor, cursor.copy(copy) as rows:
        while part := opened.read(_CHUNK):
            rows.write(part)


def _counted(table: Table) -> Iterator[str]:
    """Columns whose next value PostgreSQL counts."""
    column = table.autoincrement_column
    if column is not None and column.autoincrement is not False:
        yield column.name


def _go_on_counting(driver: PostgresConnection[Any], where: Identifier, column: str) -> None:
    driver.execute(
        SQL("SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({}), 0) + 1, false) FROM {}").format(
            where.as_string(None), column, Identifier(column), where
        )
    )
