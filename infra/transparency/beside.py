"""What stands beside the ledger, as far as the log vouches for it: sums of tables, bound by each checkpoint.

A checkpoint has a line ``beside <hash>``. What is hashed there, the sums of that moment, lies in ``log_beside``
(decision 36).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Table, Text, delete, insert, select

from alerts.endpoints import DELIVERIES, ENDPOINTS
from alerts.tables import READINGS
from infra.identity.identities import IDENTITIES
from infra.identity.passwords import SECRETS
from infra.identity.sessions import SESSIONS
from infra.identity.tokens import ENDED, ISSUED
from infra.transparency.jcs import canonical
from infra.transparency.tampered import Tampered
from projections.table_sums import TABLE_SUMS, TableSum, begin_sums, known_sums, real_sum
from projections.tables import METADATA
from streams.intake.quarantine import QUARANTINE

SUMMED: Final = (IDENTITIES, QUARANTINE, READINGS, DELIVERIES, ENDPOINTS, ISSUED, ENDED, SESSIONS, SECRETS)
OUTSIDE: Final = (
    "collected_notices",
    "fanned_out",
    "outbox",
    "outbox_set_aside",
    "outgoing",
    "published_notices",
    "publishing_leases",
    "shard_commands",
    "sign_in_codes",
    "skipped_records",
    "wrong_sign_ins",
)
"""Tables that no sum covers: what is on its way, and how far it got. None of it is part of the record."""
CHECKED_AT_OPENING: Final = ("alembic_version", "place", "known_keys")
"""Tables whose content is compared with the program, the settings or the keys whenever the database is opened."""
_EXTENSION: Final = "beside "

BESIDE: Final = Table(
    "log_beside",
    METADATA,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
)
"""One row: what the newest checkpoint binds."""


def begin(connection: Connection) -> None:
    """Sum up what has no sum yet: in a new database, or in one of an older version."""
    begin_sums(connection, SUMMED)


def bind(connection: Connection, size: int) -> str:
    """The line for the checkpoint of ``size``; empty in a database that keeps no sums."""
    sums = known_sums(connection)
    if not sums:
        return ""
    content = _content(sums)
    connection.execute(delete(BESIDE))
    connection.execute(insert(BESIDE), {"size": size, "content": content})
    return f"{_EXTENSION}{_digest(content)}\n"


def check_beside(connection: Connection, checkpoint_text: str) -> int | None:
    """How many changes the newest checkpoint does not bind yet; None where it binds none at all.

    Raises :class:`Tampered`. A database that keeps no sums, of an older version, is not looked at.
    """
    line = next((each for each in checkpoint_text.split("\n")[3:] if each.startswith(_EXTENSION)), None)
    if line is None:
        _compare(connection, {}, known_sums(connection))
        return None
    content = connection.execute(select(BESIDE.c.content)).scalar()
    if not isinstance(content, str) or _digest(content) != line.removeprefix(_EXTENSION):
        raise Tampered(None, "the sums of tables that the newest checkpoint binds are gone or changed")
    bound: dict[str, list[Any]] = json.loads(content)
    known = known_sums(connection)
    for table in SUMMED:
        if table.name not in known:
            raise Tampered(None, f"the sum of table {table.name} is gone")
    _compare(connection, bound, known)
    return sum(known[name].changes - int(facts[2]) for name, facts in bound.items())


def _compare(connection: Connection, bound: Mapping[str, list[Any]], known: Mapping[str, TableSum]) -> None:
    for name in sorted(known.keys() - {table.name for table in SUMMED}):
        raise Tampered(None, f"table {TABLE_SUMS.name} has a sum of {name}, which none of our tables is called")
    for table in SUMMED:
        if table.name in known:
            for what in _wrong(connection, table, known[table.name], bound.get(table.name)):
                raise Tampered(None, f"table {table.name} {what}")


def _wrong(connection: Connection, table: Table, now: TableSum, bound: list[Any] | None) -> Iterator[str]:
    if bound is not None and now.changes < bound[2]:
        yield "was put back to what it was before the newest checkpoint"
    if bound is not None and now.changes == bound[2] and _facts(now) != bound:
        yield "has another sum than the newest checkpoint binds"
    real = real_sum(connection, table)
    if (real.entries, real.sum) != (now.entries, now.sum):
        rows = f"{real.entries:,} rows where {now.entries:,} were written"
        yield f"is not what was written: {rows}" if real.entries != now.entries else "has a row that was changed"


def _content(sums: Mapping[str, TableSum]) -> str:
    return canonical({name: _facts(each) for name, each in sums.items()}).decode()


def _facts(each: TableSum) -> list[Any]:
    return [each.entries, f"{each.sum:064x}", each.changes]


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
