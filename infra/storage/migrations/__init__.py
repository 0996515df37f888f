"""The tables and their versions: forward only, under a lock, at every start.

A new database gets today's tables at once and bears the newest number; an older one runs the
steps in ``versions/`` that it has not seen. See docs/decisions/0011-migrations.md.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import Connection, MetaData, create_mock_engine, inspect, text
from sqlalchemy.schema import ExecutableDDLElement

from domain.errors import MonitorError

VERSION_TABLE: Final = "alembic_version"
VERSIONS: Final = Path(__file__).parent / "versions"
TABLE_OWNERS: Final = (
    "alerts.endpoints",
    "alerts.fan_out",
    "alerts.feeds",
    "alerts.lease",
    "alerts.outbox",
    "alerts.outgoing",
    "alerts.set_aside",
    "alerts.tables",
    "alerts.waiting_notices",
    "infra.cluster.commands",
    "infra.identity.identities",
    "infra.identity.known_keys",
    "infra.identity.passwords",
    "infra.identity.sessions",
    "infra.identity.sign_in_codes",
    "infra.identity.tokens",
    "infra.storage.place",
    "infra.storage.event_rows",
    "infra.storage.fact_blocks",
    "infra.storage.recorder",
    "infra.cluster.tables",
    "infra.transparency.beside",
    "infra.transparency.tables",
    "projections.boards.accounts",
    "projections.boards.approval_board",
    "projections.batches",
    "projections.boards.clue_board",
    "projections.boards.closings",
    "projections.boards.conduct_board",
    "projections.boards.cross_bid_board",
    "projections.boards.due_dates",
    "projections.boards.judged",
    "projections.boards.loads",
    "projections.boards.lot_board",
    "projections.boards.matter_board",
    "projections.boards.named_parties",
    "projections.boards.registered_sources",
    "projections.boards.sources",
    "projections.index.subject_index",
    "projections.table_sums",
    "projections.boards.watched_sites",
    "projections.boards.won_lots",
    "streams.cluster.skipped_records",
    "streams.shard.corrections",
    "streams.intake.quarantine",
)
"""The modules that define tables: a table is made only once its module has been imported."""

_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('tender-monitor schema ' || :schema, 0))")


class SchemaUnknown(MonitorError):
    """The database was made by a version of this program that knows other tables.

    ``found`` is its version; None where it bears none.
    """

    def __init__(self, found: str | None, newest: str) -> None:
        made = "before versions were kept" if found is None else "by a newer program"
        shown = "no version" if found is None else f"version {found}"
        super().__init__(f"the database has {shown}, made {made}; this program knows versions up to {newest}")
        self.found = found
        self.newest = newest


class Database(Protocol):
    @property
    def schema(self) -> str | None: ...

    def transaction(self) -> AbstractContextManager[Connection]: ...

    def read(self) -> AbstractContextManager[Connection]: ...


def upgrade(database: Database, *, versions: Path = VERSIONS) -> None:
    """Bring the tables to the newest version; raises :class:`SchemaUnknown`, and then changes nothing."""
    newest = known_versions(versions)[-1]
    with database.read() as connection:
        if version(connection) == newest:
            return
    with database.transaction() as connection:
        _lock(connection, database.schema)
        found = version(connection)
        if found is None:
            _create(connection, newest)
        elif found not in known_versions(versions):
            raise SchemaUnknown(found, newest)
        elif found != newest:
            _step_forward(connection, versions)


def version(connection: Connection) -> str | None:
    """The version of the tables; None in a database without one."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - our constant


def known_versions(versions: Path = VERSIONS) -> list[str]:
    """In order. A step is a file ``v<version>_<what it does>.py``."""
    return sorted(step.name[1:5] for step in versions.glob("v[0-9][0-9][0-9][0-9]_*.py"))


def metadatas() -> tuple[MetaData, ...]:
    """All tables there are."""
    for owner in TABLE_OWNERS:
        import_module(owner)
    from alerts.tables import METADATA as NOTICE_TABLES
    from projections.tables import METADATA

    return METADATA, NOTICE_TABLES


def _lock(connection: Connection, schema: str | None) -> None:
    """On SQLite the transaction itself is the lock."""
    if connection.dialect.name != "postgresql":
        return
    connection.execute(_LOCK, {"schema": schema or ""})
    if schema is not None:
        quoted = connection.dialect.identifier_preparer.quote_schema(schema)
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {quoted}")


def _create(connection: Connection, newest: str) -> None:
    there = set(inspect(connection).get_table_names())
    if there & set(_table_names()):
        raise SchemaUnknown(None, newest)
    for statement in _creating(f"{connection.dialect.name}+{connection.dialect.driver}"):
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES (:newest)"), {"newest": newest})  # noqa: S608


@cache
def _creating(driver: str) -> tuple[str, ...]:
    """The statements that make all tables. Compiling them takes five times as long as executing them."""
    statements: list[str] = []

    def write(statement: ExecutableDDLElement, *_: object, **__: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)))

    engine = create_mock_engine(f"{driver}://", write)
    for metadata in metadatas():
        metadata.create_all(engine, checkfirst=False)
    return tuple(statements)


def _table_names() -> Iterator[str]:
    for metadata in metadatas():
        yield from metadata.tables


def _step_forward(connection: Connection, versions: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("version_locations", str(versions))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")
