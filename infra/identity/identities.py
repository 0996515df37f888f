"""Where sealed identities lie: appended in the order of arrival, found by an index of their pseudonyms.

Pseudonyms come in no order. A tree keyed by them would rewrite a page of the database for
each new person; here a batch's people are one stretch of rows and one run of the index.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np
from sqlalchemy import Column, Connection, Integer, LargeBinary, Row, String, Table, bindparam, delete, func, select

from infra.storage.copying import copy_rows
from projections.index import IndexTables, Keys, LogIndex, LogReader, Shape
from projections.index.tables import RowNumber
from projections.table_sums import add_new, summed
from projections.tables import METADATA

IdentityRow = tuple[str, str, bytes]
"""``(person_id, variant, sealed)``: a variant is a name key, and a keyed digest of further fields.

What was said about people (:data:`KEPT`) has its digest for a pseudonym; a row of each person names that digest.
"""
KEPT: Final = "said"
"""The variant of what was said; of a row that points to it, this, a colon and the digest."""

IDENTITIES: Final = Table(
    "identities",
    METADATA,
    Column("number", RowNumber, primary_key=True, autoincrement=False),
    Column("person_id", String(64), nullable=False),
    Column("variant", String(49), nullable=False),
    Column("key_version", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
IDENTITY_TABLES: Final = IndexTables.named("identity_index", METADATA)
_SHAPE: Final = Shape(segment=512, cached=50_000)
"""A page of clues looks up many people, each in a few segments."""

_LAST: Final = select(func.max(IDENTITIES.c.number))
_NUMBERED: Final = IDENTITIES.c.number.in_(bindparam("numbers", expanding=True))
_VARIANTS: Final = select(IDENTITIES.c.person_id, IDENTITIES.c.variant).where(_NUMBERED)
_SEALED: Final = select(IDENTITIES.c.person_id, IDENTITIES.c.variant, IDENTITIES.c.sealed).where(_NUMBERED)
_ERASE: Final = delete(IDENTITIES).where(_NUMBERED, IDENTITIES.c.person_id == bindparam("person"))
_COLUMNS: Final = {
    "number": "int8",
    "person_id": "varchar",
    "variant": "varchar",
    "key_version": "int4",
    "sealed": "bytea",
}
_KEEP: Final = f"INSERT INTO identities ({', '.join(_COLUMNS)}) VALUES (?, ?, ?, ?, ?)"  # noqa: S608 - names of ours
_AT_ONCE: Final = 500
_reader: Final = LogReader(IDENTITY_TABLES)


class Identities:
    """The writer's side; used by one thread, and what it holds in memory follows the transaction."""

    def __init__(self, key_version: int) -> None:
        self._key_version = key_version
        self._index = LogIndex(IDENTITY_TABLES, shape=_SHAPE)
        self._last = self._committed = 0

    def load(self, connection: Connection) -> None:
        self._index.open(connection)
        self._last = self._committed = connection.execute(_LAST).scalar() or 0

    def keep(self, connection: Connection, rows: Sequence[IdentityRow]) -> None:
        """Store what pseudonymisers drained; what is known already stays as it is."""
        new = {(person_id, variant): sealed for person_id, variant, sealed in reversed(rows)}
        for known in self._known(connection, {person_id for person_id, _ in new}):
            new.pop((known.person_id, known.variant), None)
        if not new:
            return
        kept = [
            (number, person_id, variant, self._key_version, sealed)
            for number, ((person_id, variant), sealed) in enumerate(reversed(new.items()), self._last + 1)
        ]
        add_new(connection, IDENTITIES, kept)
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(_KEEP, kept)
        else:
            copy_rows(connection, "identities", _COLUMNS, kept)
        numbers = range(self._last + 1, self._last + 1 + len(kept))
        self._index.append(connection, _keys([row[1] for row in kept]), np.array(numbers, np.int64))
        self._last = numbers[-1]

    def committed(self) -> None:
        self._index.commit()
        self._committed = self._last

    def rolled_back(self) -> None:
        self._index.rollback()
        self._last = self._committed

    def _known(self, connection: Connection, people: Iterable[str]) -> Iterator[Row[Any]]:
        keys = _keys(people)
        hits, _ = self._index.first_hits(connection, keys)
        if hits.any():
            found = self._index.lookup(connection, keys[hits].tolist())
            yield from _rows(connection, _VARIANTS, [number for numbers in found for number in numbers.tolist()])


def sealed_identities(connection: Connection, people: Iterable[str]) -> list[IdentityRow]:
    """All that is kept of ``people``, by person and variant; through any connection."""
    wanted = set(people)
    rows = _rows(connection, _SEALED, _numbers(connection, wanted))
    return sorted((row.person_id, row.variant, row.sealed) for row in rows if row.person_id in wanted)


def erase(connection: Connection, person_id: str) -> int:
    """Remove a person's rows and what was said about the person; how many there were. Needs a transaction."""
    if not (numbers := _numbers(connection, [person_id])):
        return 0
    variants = [row.variant for row in _rows(connection, _VARIANTS, numbers) if row.person_id == person_id]
    said = [variant.partition(":")[2] for variant in variants if variant.startswith(f"{KEPT}:")]
    removed = sum(erase(connection, digest) for digest in said)
    with summed(connection, IDENTITIES, IDENTITIES.c.number.in_(numbers)):
        return removed + connection.execute(_ERASE, {"numbers": numbers, "person": person_id}).rowcount


def unindexed(connection: Connection) -> int | None:
    """The number of a sealed identity that the index does not lead to; None where it leads to all."""
    held = [_pairs(*each) for each in _reader.content(connection) if len(each[0])]
    indexed = np.concatenate(held) if held else _pairs(_keys([]), np.array([], np.int64))
    for part in connection.execute(select(IDENTITIES.c.number, IDENTITIES.c.person_id)).partitions(50_000):
        wanted = _pairs(_keys([row.person_id for row in part]), np.array([row.number for row in part], np.int64))
        lost = wanted[~np.isin(wanted, indexed)]
        if len(lost):
            return int(lost["number"].min())
    return None


def _pairs(keys: Keys, numbers: Any) -> Any:
    pairs = np.empty(len(keys), dtype=[("key", np.uint64), ("number", np.int64)])
    pairs["key"], pairs["number"] = keys, numbers
    return pairs


def _numbers(connection: Connection, people: Iterable[str]) -> list[int]:
    return [number for person in people for number in _reader.lookup(connection, _key_of(person)).tolist()]


def _rows(connection: Connection, query: Any, numbers: Sequence[int]) -> Iterator[Row[Any]]:
    for start in range(0, len(numbers), _AT_ONCE):
        yield from connection.execute(query, {"numbers": numbers[start : start + _AT_ONCE]})


def _key_of(person_id: str) -> int:
    """A pseudonym is a keyed hash already."""
    return int(person_id[:16], 16)


def _keys(people: Iterable[str]) -> Keys:
    return np.array([_key_of(person) for person in people], np.uint64)
