"""Sums over tables that do not follow from the ledger, so that an audit sees what was changed there by hand.

Each writer adds what it wrote and takes away what it replaced, in its own transaction. A row counts by a keyed hash;
whoever has the database and not the keys can change rows, and cannot say what their sum is then. So the cost of a
change does not depend on how much a table holds. ``changes`` only grows, and shows a table that was put back.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Column, ColumnElement, Connection, String, Table, select, text

from domain.errors import MonitorError
from projections.tables import METADATA

KEY: Final = "key of table sums"
"""Where a connection's ``info`` has the key of its installation."""
_MODULUS: Final = 2**256

TABLE_SUMS: Final = Table(
    "table_sums",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("entries", BigInteger, nullable=False),
    Column("sum", String(64), nullable=False),
    Column("changes", BigInteger, nullable=False),
)
_PUT: Final = text(
    "INSERT INTO table_sums (name, entries, sum, changes) VALUES (:name, :entries, :sum, :changes) ON CONFLICT (name)"
    " DO UPDATE SET entries = excluded.entries, sum = excluded.sum, changes = excluded.changes"
)
_encode: Final = msgspec.msgpack.encode


class NoKey(MonitorError):
    """A table that has a sum was to be written through a connection without the key: a defect of ours."""


@dataclass(frozen=True, slots=True)
class TableSum:
    """Of one table: the number of its rows, the sum of their hashes, and how often it was changed."""

    name: str
    entries: int = 0
    sum: int = 0
    changes: int = 0

    def changed(self, key: bytes, without: Sequence[Any], added: Sequence[Any]) -> "TableSum":
        total = self.sum + _total(key, added) - _total(key, without)
        entries = self.entries + len(added) - len(without)
        return TableSum(self.name, entries, total % _MODULUS, self.changes + 1)


@contextmanager
def summed(connection: Connection, table: Table, which: ColumnElement[bool]) -> Iterator[None]:
    """Inside the block, only rows of ``table`` that ``which`` finds before or after it are written."""
    found = _found(connection, table)
    if found is None:
        yield
        return
    key, known = found
    query = select(table).where(which)
    before = connection.execute(query).all()
    yield
    after = connection.execute(query).all()
    if before != after:
        _put(connection, known.changed(key, before, after))


def add_new(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """The same for new rows, with all columns in the order of the table; called before they are written."""
    found = _found(connection, table)
    if found is not None and rows:
        key, known = found
        _put(connection, known.changed(key, (), rows))


def begin_sums(connection: Connection, tables: Iterable[Table]) -> None:
    """Sum up those tables that have no sum yet; needs a transaction."""
    for table in tables:
        _found(connection, table)


def sum_again(connection: Connection, tables: Iterable[Table], key: bytes) -> None:
    """Sum up by another ``key`` from here on; each table that has a sum counts as changed. Needs a transaction."""
    known = known_sums(connection)
    connection.info[KEY] = key
    for table in tables:
        if table.name in known:
            _put(connection, replace(_real(connection, table, key), changes=known[table.name].changes + 1))


def known_sums(connection: Connection) -> dict[str, TableSum]:
    """As the writers keep them, by table."""
    rows = connection.execute(select(TABLE_SUMS)).all()
    return {row.name: TableSum(row.name, row.entries, _number(row.sum), row.changes) for row in rows}


def real_sum(connection: Connection, table: Table) -> TableSum:
    """What the table adds up to as it stands; ``changes`` is 0."""
    return _real(connection, table, _key(connection))


def _real(connection: Connection, table: Table, key: bytes) -> TableSum:
    entries = total = 0
    for part in connection.execute(select(table).execution_options(yield_per=5_000)).partitions():
        entries += len(part)
        total += _total(key, part)
    return TableSum(table.name, entries, total % _MODULUS)


def _found(connection: Connection, table: Table) -> tuple[bytes, TableSum] | None:
    """The key and the sum so far, locked against other writers; None in a database that keeps no sums."""
    query = select(TABLE_SUMS).where(TABLE_SUMS.c.name == table.name).with_for_update()
    row = connection.execute(query).first()
    if KEY not in connection.info:
        if row is not None:
            raise NoKey(table.name)
        return None
    key = _key(connection)
    if row is None:
        known = _real(connection, table, key)
        _put(connection, known)
        return key, known
    return key, TableSum(table.name, row.entries, _number(row.sum), row.changes)


def _put(connection: Connection, known: TableSum) -> None:
    row = {"name": known.name, "entries": known.entries, "sum": f"{known.sum:064x}", "changes": known.changes}
    connection.execute(_PUT, row)


def _total(key: bytes, rows: Iterable[Sequence[Any]]) -> int:
    hashes = (hashlib.blake2b(_encode(tuple(row)), key=key, digest_size=32).digest() for row in rows)
    return sum(int.from_bytes(each, "big") for each in hashes)


def _key(connection: Connection) -> bytes:
    key: bytes = connection.info[KEY]
    return key


def _number(text: str) -> int:
    """What a hand wrote there that is no number fits no table."""
    try:
        return int(text, 16)
    except (TypeError, ValueError):
        return -1
