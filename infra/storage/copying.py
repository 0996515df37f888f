"""Many rows into a PostgreSQL table at once: binary COPY in the transaction of the connection."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection


def copy_rows(connection: Connection, table: str, columns: dict[str, str], rows: Iterable[Sequence[Any]]) -> None:
    """``columns`` are names with PostgreSQL's types, in the order of the values; all names are ours."""
    driver: Any = connection.connection.driver_connection
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(list(columns.values()))
        for row in rows:
            copy.write_row(row)
