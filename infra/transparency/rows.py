"""Ledger rows as the log hashes them: as they are appended, or read back."""

from collections.abc import Iterator, Sequence
from heapq import merge
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from infra.storage import fact_blocks
from infra.storage.database import Database
from infra.storage.event_rows import Row
from infra.storage.recorder import LedgerRecorder
from infra.transparency.leaf import HEADER, leaf_bytes
from infra.transparency.suite import SHA256_ED25519, Suite

_FIELDS: Final = "id, originator_id, originator_version, topic, state"
_SCAN: Final = {
    dialect: f"SELECT {_FIELDS} FROM stored_events WHERE id > {mark} AND id <= {mark} ORDER BY id LIMIT {mark}"  # noqa: S608 - the marks are ours
    for dialect, mark in (("sqlite", "?"), ("postgresql", "%s"))
}
_AT_ONCE: Final = 10_000
_HEADER: Final = HEADER.decode()
_NOBODY: Final = UUID(int=0)
SMALLEST: Final = -(2**63)
LARGEST: Final = 2**63 - 1

NumberedRow = tuple[int, UUID, int, str, bytes]
"""Position, originator, version, topic, state."""


class LoggedRecorder(LedgerRecorder):
    """The ledger, which keeps what is appended until the log takes it, in the same transaction."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._appended: list[tuple[int, Sequence[Row]]] = []

    def append_rows(self, connection: Connection, rows: Sequence[Row]) -> int:
        first = super().append_rows(connection, rows)
        self._appended.append((first, rows))
        return first

    def take_appended(self) -> list[tuple[int, Sequence[Row]]]:
        """Rows by the position of their first, in the order of appending."""
        taken, self._appended = self._appended, []
        return taken


def leaf_hashes(first: int, rows: Sequence[Row], suite: Suite = SHA256_ED25519) -> list[bytes]:
    """The leaves of rows that stand from position ``first`` on: as of :func:`leaf_bytes`, in one go."""
    new, hashes = suite.new, []
    names: dict[UUID | str, str] = {}
    last: UUID | str | None = None
    name = ""
    for position, (originator, version, topic, state) in enumerate(rows, first):
        if originator is not last:
            last, name = originator, names.get(originator) or names.setdefault(originator, _uuid(originator).hex)
        hashes.append(new(f"\0{_HEADER}\n{position}\n{name}\n{version}\n{topic}\n".encode() + state).digest())
    return hashes


def scan(connection: Connection, *, after: int = 0, upto: int = LARGEST) -> Iterator[NumberedRow]:
    """All events at positions above ``after`` and not above ``upto``, in order, from rows and from blocks.

    Raises :class:`infra.storage.fact_block.BlockDamaged`.
    """
    rows = _rows(connection, after, upto)
    return merge(rows, fact_blocks.rows_behind(connection, after, upto=upto), key=itemgetter(0))


def _rows(connection: Connection, after: int, upto: int) -> Iterator[NumberedRow]:
    found: list[Any] = []
    while not found or len(found) == _AT_ONCE:
        result = connection.exec_driver_sql(_SCAN[connection.dialect.name], (after, upto, _AT_ONCE))
        cursor: Any = result.cursor
        found = cursor.fetchall()
        result.close()
        yield from map(_as_recorded, found)
        if not found:
            return
        after = found[-1][0]


def leaf_at(connection: Connection, position: int) -> bytes | None:
    """The exact bytes of a leaf; None where nothing is recorded."""
    row = next(scan(connection, after=position - 1, upto=position), None)
    return leaf_bytes(*row) if row else None


def _as_recorded(row: tuple[Any, ...]) -> NumberedRow:
    """A row changed by hand may hold anything: where it could not have been recorded, it is no row's equal."""
    position, originator, version, topic, state = row
    content = state.tobytes() if isinstance(state, memoryview) else state
    if not (isinstance(content, bytes) and isinstance(version, int) and isinstance(topic, str)):
        return position, _NOBODY, 0, "", b""
    if isinstance(originator, bytes):
        originator = UUID(bytes=originator) if len(originator) == len(_NOBODY.bytes) else _NOBODY
    return position, originator if isinstance(originator, UUID) else _NOBODY, version, topic, content


def _uuid(originator: UUID | str) -> UUID:
    return originator if isinstance(originator, UUID) else UUID(originator)
