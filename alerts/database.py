"""The database that notices and messages wait in."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final, Protocol

from sqlalchemy import ColumnElement, Connection, Table


class Database(Protocol):
    def transaction(self) -> AbstractContextManager[Connection]: ...

    def read(self) -> AbstractContextManager[Connection]: ...


Summing = Callable[[Connection, Table, ColumnElement[bool]], AbstractContextManager[None]]
SUMMING: Final = "summing"
"""Where a connection's ``info`` has what keeps the sums over tables, put there by whoever opened the database."""


def summed(connection: Connection, table: Table, which: ColumnElement[bool]) -> AbstractContextManager[None]:
    """Inside it, only rows of ``table`` that ``which`` finds before or after are written; an audit then knows them."""
    keep: Summing | None = connection.info.get(SUMMING)
    return nullcontext() if keep is None else keep(connection, table, which)
