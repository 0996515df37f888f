"""How we open a PostgreSQL database: writers in READ COMMITTED, readers that see one snapshot and cannot write."""

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, Engine, create_engine, event, make_url

if TYPE_CHECKING:
    from psycopg import Connection as PostgresConnection

READERS: Final = 4
APPLICATION: Final = "tender-monitor"
"""What our connections are called in ``pg_stat_activity``, unless the address says otherwise."""


def is_postgresql(where: str) -> bool:
    return where.startswith(("postgresql://", "postgresql+psycopg://"))


def postgresql_url(where: str) -> URL:
    """The address for our driver; what stands behind the ``?`` are libpq's own settings, such as ``sslmode``."""
    return make_url(where).set(drivername="postgresql+psycopg")


def postgresql_engines(url: URL, *, search_path: str | None, on_reader: str | None = None) -> tuple[Engine, Engine]:
    """Writers and readers whose tables are those of ``search_path``; ``on_reader`` is run on each new reader."""
    from psycopg import IsolationLevel  # The driver loads slowly: only where the database is PostgreSQL.
    from psycopg.sql import SQL, Identifier

    named = {} if "application_name" in url.query else {"application_name": APPLICATION}
    kept: dict[str, Any] = {"pool_pre_ping": True, "hide_parameters": True, "connect_args": named}
    writers = create_engine(url, isolation_level="READ COMMITTED", **kept)
    readers = create_engine(url, pool_size=READERS, max_overflow=2 * READERS, **kept)

    def enter(connection: "PostgresConnection[Any]") -> None:
        if search_path is not None:
            connection.execute(SQL("SET search_path TO {}").format(Identifier(search_path)))
            connection.commit()

    @event.listens_for(writers, "connect")
    def set_up_writer(connection: "PostgresConnection[Any]", _: object) -> None:
        enter(connection)

    @event.listens_for(readers, "connect")
    def set_up_reader(connection: "PostgresConnection[Any]", _: object) -> None:
        enter(connection)
        if on_reader is not None:
            connection.execute(on_reader.encode())
            connection.commit()
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True

    return writers, readers
