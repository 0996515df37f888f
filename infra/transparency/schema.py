"""Whether the database has the tables of this version, and nothing that acts by itself."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, Index, Table, inspect, text

from infra.storage.migrations import VERSION_TABLE, metadatas
from infra.transparency.tampered import Tampered

_ACTING: Final = {
    "sqlite": text("SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name"),
    "postgresql": text(
        "SELECT 'trigger', tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
        " UNION ALL SELECT 'rule', rulename FROM pg_rules WHERE schemaname = current_schema()"
        " UNION ALL SELECT 'view', viewname FROM pg_views WHERE schemaname = current_schema() ORDER BY 2"
    ),
}
"""What the database would do, or show, without us."""


def check_schema(connection: Connection) -> None:
    """Raises :class:`Tampered`. Indexes that were added for speed are no matter of ours, missing ones are."""
    for kind, name in connection.execute(_ACTING[connection.dialect.name]):
        raise Tampered(None, f"the database has a {kind} {name}, which is not ours")
    wanted = {table.name: table for metadata in metadatas() for table in metadata.sorted_tables}
    there = set(inspect(connection).get_table_names())
    for name in sorted(there - wanted.keys() - {VERSION_TABLE}):
        raise Tampered(None, f"the database has a table {name}, which is not ours")
    for name, table in sorted(wanted.items()):
        for what in _missing(connection, table) if name in there else ["is gone"]:
            raise Tampered(None, f"table {name} {what}")


def _missing(connection: Connection, table: Table) -> Iterator[str]:
    looked = inspect(connection)
    columns = {column["name"] for column in looked.get_columns(table.name)}
    if columns != {column.name for column in table.columns}:
        yield "has other columns than ours"
    indexes = {index["name"] for index in looked.get_indexes(table.name)}
    for index in sorted(str(each.name) for each in table.indexes if _is_of(each, connection.dialect.name)):
        if index not in indexes:
            yield f"has lost its index {index}"


def _is_of(index: Index, dialect: str) -> bool:
    """Some indexes are made in SQLite alone."""
    condition = index._ddl_if
    return condition is None or condition.dialect == dialect
