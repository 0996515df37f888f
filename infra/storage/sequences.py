"""Events by originator and version, on our own transactions."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from eventsourcing import persistence
from eventsourcing.persistence import AggregateRecorder, StoredEvent
from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    Uuid,
    insert,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from infra.storage.database import Database

BigInt: Final = BigInteger().with_variant(Integer, "sqlite")
_PEP_249: Final = ("Interface", "Data", "Operational", "Integrity", "Internal", "Programming", "NotSupported")


class OriginatorId(TypeDecorator[UUID]):
    """A UUID in 16 bytes on either database."""

    impl = Uuid
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(LargeBinary(16) if dialect.name == "sqlite" else Uuid())

    def process_bind_param(self, value: UUID | str | None, dialect: Dialect) -> UUID | bytes | None:
        return None if value is None else originator_key(value, dialect.name)

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:  # noqa: ARG002 - what came tells
        return UUID(bytes=value) if isinstance(value, bytes) else value


def originator_key(originator: UUID | str, dialect: str) -> UUID | bytes:
    """An originator as that database's driver takes it."""
    found = originator if isinstance(originator, UUID) else UUID(originator)
    return found.bytes if dialect == "sqlite" else found


def sequence_table(name: str) -> Table:
    """A table of events outside the ledger."""
    return Table(
        name,
        MetaData(),
        Column("originator_id", OriginatorId, primary_key=True),
        Column("originator_version", BigInt, primary_key=True, autoincrement=False),
        Column("topic", Text, nullable=False),
        Column("state", LargeBinary, nullable=False),
    )


@contextmanager
def library_errors() -> Iterator[None]:
    """Raise the eventsourcing library's error for the driver's of the same name (PEP 249)."""
    try:
        yield
    except _driver_errors() as error:
        original = error.orig if isinstance(error, DBAPIError) else error
        ancestry = {kind.__name__ for kind in type(original).__mro__}
        name = next((f"{kind}Error" for kind in _PEP_249 if f"{kind}Error" in ancestry), "DatabaseError")
        raise getattr(persistence, name)(type(original).__name__) from error


def _driver_errors() -> tuple[type[Exception], ...]:
    import psycopg  # It loads slowly: only where something went wrong.

    return DBAPIError, psycopg.Error


class SequenceRecorder(AggregateRecorder):
    """Records and selects in one table; what is not a ledger, such as snapshots, needs no more."""

    def __init__(self, database: Database, table: Table) -> None:
        self.database = database
        self._events = table.c
        self._table = table

    def create_table(self) -> None:
        with self.database.transaction() as connection:
            self._table.create(connection, checkfirst=True)

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        rows = [vars(event) for event in stored_events]
        if rows:
            with library_errors(), self.database.transaction() as connection:
                connection.execute(insert(self._table), rows)
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        events, version = self._events, self._events.originator_version
        query = select(events.originator_id, version, events.topic, events.state)
        query = query.where(events.originator_id == originator_id)
        if gt is not None:
            query = query.where(version > gt)
        if lte is not None:
            query = query.where(version <= lte)
        query = query.order_by(version.desc() if desc else version).limit(limit)
        with library_errors(), self.database.read() as connection:
            return [StoredEvent(*row) for row in connection.execute(query)]
