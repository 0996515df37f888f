"""One connection that sees the boards of all shards, and can enter one of them."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final
from uuid import UUID

from sqlalchemy import Column, Connection, Integer, Table, literal_column, select
from sqlalchemy.exc import DBAPIError

from alerts.outbox import OUTBOX
from infra.cluster.tables import COLLECTED
from infra.identity.passwords import SECRETS, WRONG_TRIES
from infra.identity.sessions import SESSIONS
from infra.identity.sign_in_codes import SIGN_IN_CODES
from infra.identity.tokens import ENDED, ISSUED
from infra.installation import shard_schema
from infra.storage.database import Database, open_database
from infra.storage.migrations import metadatas
from infra.storage.postgresql_engines import postgresql_engines, postgresql_url
from projections.boards.clue_board import CLUES
from projections.table_sums import TABLE_SUMS
from streams.intake.quarantine import QUARANTINE
from streams.shard.rebuild import BOARDS

CONSOLE: Final = "console"
"""The schema of the node that answers questions: who was told, and who has read it."""

_UNITED: Final = (*BOARDS, QUARANTINE, OUTBOX)
_NUMBERED: Final = {QUARANTINE.name: "number", OUTBOX.name: "number"}
"""Every shard counts for itself: times the number of shards, plus the shard, a number is one of a kind."""
_OWN: Final = {
    each.name for each in (COLLECTED, SIGN_IN_CODES, ISSUED, ENDED, SESSIONS, SECRETS, WRONG_TRIES, TABLE_SUMS)
}
_ENTERED: Final = "search path of the shard that was entered"
_SHARD: Final[Column[int]] = literal_column("shard", Integer)  # type: ignore[assignment]
_REFUSING: Final = (
    "CREATE FUNCTION pg_temp.enter_a_shard_first() RETURNS boolean LANGUAGE plpgsql AS"
    " 'BEGIN RAISE EXCEPTION ''this table belongs to one shard''; END';"
)


def open_shards(where: str, shards: int) -> Database:
    """The console's database over that many shards, made ready where they are new."""
    for shard in range(shards):
        open_database(where, schema=shard_schema(shard)).close()
    open_database(where, schema=CONSOLE).close()
    engines = postgresql_engines(postgresql_url(where), search_path=CONSOLE, on_reader=_views(shards))
    return Database(*engines, schema=CONSOLE)


@contextmanager
def entered(connection: Connection, shard: int) -> Iterator[None]:
    """Until the block ends, ``connection`` sees the tables of that shard alone, at the same moment."""
    before = connection.info.get(_ENTERED, CONSOLE)
    _look_in(connection, f"{shard_schema(shard)}, pg_temp")
    try:
        yield
    finally:
        with suppress(DBAPIError):  # After an error of the database the transaction is lost, and its path with it.
            _look_in(connection, before)


def _look_in(connection: Connection, path: str) -> None:
    connection.info[_ENTERED] = path
    connection.exec_driver_sql(f"SET LOCAL search_path TO {path}")


def shard_of_clue(connection: Connection, clue_id: UUID) -> int | None:
    """Whose clue it is; None where nobody has it."""
    return connection.execute(select(_SHARD).select_from(CLUES).where(CLUES.c.clue_id == str(clue_id))).scalar()


def shard_of_quarantined(connection: Connection, quarantine_id: str) -> int | None:
    """Who keeps it; None where nobody does."""
    found = select(_SHARD).select_from(QUARANTINE).where(QUARANTINE.c.quarantine_id == quarantine_id)
    return connection.execute(found).scalar()


def _views(shards: int) -> str:
    """Boards one under the other; a table of one shard answers with an error until that shard is entered."""
    united = {table.name for table in _UNITED}
    kept_apart = [table for table in metadatas()[0].tables.values() if table.name not in united | _OWN]
    return "\n".join(
        (
            _REFUSING,
            *(f"CREATE TEMP VIEW {table.name} AS {_union(table, shards)};" for table in _UNITED),
            *(f"CREATE TEMP VIEW {table.name} AS {_refusal(table)};" for table in kept_apart),
        )
    )


def _union(table: Table, shards: int) -> str:
    return " UNION ALL ".join(_board(table, shard, shards) for shard in range(shards))


def _board(table: Table, shard: int, shards: int) -> str:
    number = _NUMBERED.get(table.name)
    columns = (
        f'"{each}" * {shards} + {shard} AS "{each}"' if each == number else f'"{each}"' for each in _names(table)
    )
    return f"SELECT {', '.join(columns)}, {shard} AS shard FROM {shard_schema(shard)}.{table.name}"  # noqa: S608 - ours


def _refusal(table: Table) -> str:
    columns = ", ".join(f'NULL::text AS "{name}"' for name in _names(table))
    return f"SELECT {columns} FROM (SELECT pg_temp.enter_a_shard_first()) AS refused"  # noqa: S608 - names of ours


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]
