"""How we open a PostgreSQL database: writers in READ COMMITTED, readers that see one snapshot and cannot write."""

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, Engine, create_engine, event, make_url

if TYPE_CHECKING:
    from psycopg import Connection as PostgresConnection

READERS: Final = 4
APPLICATION: Final = "tender-monitor"
"""What our connections are called in ``pg_stat_activity``, unless the address says otherwise."""
_CONNECTION: Final = {
    "application_name": APPLICATION,
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""A connection that the network dropped without a word is an error within half a minute, and not a wait for ever."""
_AT_THE_SERVER: Final = (
    b"SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;"
    b"SET tcp_user_timeout = 20000"
)
"""The same at the other end. By its own settings PostgreSQL keeps the locks of a dead connection for two hours."""


def is_postgresql(where: str) -> bool:
    return where.startswith(("postgresql://", "postgresql+psycopg://"))


def postgresql_url(where: str) -> URL:
    """The address for our driver; what stands behind the ``?`` are libpq's own settings, such as ``sslmode``."""
    return make_url(where).set(drivername="postgresql+psycopg")


def libpq_address(where: str) -> str:
    """The address with our settings of a connection, for who connects without SQLAlchemy."""
    url = postgresql_url(where).set(drivername="postgresql")
    return url.update_query_dict(_settings_beside(url)).render_as_string(hide_password=False)


def _settings_beside(url: URL) -> dict[str, str]:
    """What stands in the address goes before ours."""
    return {name: value for name, value in _CONNECTION.items() if name not in url.query}


def postgresql_engines(url: URL, *, search_path: str | None, on_reader: str | None = None) -> tuple[Engine, Engine]:
    """Writers and readers whose tables are those of ``search_path``; ``on_reader`` is run on each new reader."""
    from psycopg import IsolationLevel  # The driver loads slowly: only where the database is PostgreSQL.
    from psycopg.sql import SQL, Identifier

    kept: dict[str, Any] = {"pool_pre_ping": True, "hide_parameters": True, "connect_args": _settings_beside(url)}
    writers = create_engine(url, isolation_level="READ COMMITTED", **kept)
    readers = create_engine(url, pool_size=READERS, max_overflow=2 * READERS, **kept)

    def enter(connection: "PostgresConnection[Any]") -> None:
        connection.execute(_AT_THE_SERVER)
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
