"""A database that is given up where it does not answer: see :mod:`streams.cluster.deadline`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from alerts.database import Database
from streams.cluster.deadline import deadline


@dataclass(frozen=True, slots=True)
class ImpatientDatabase:
    """The process ends where what is done in ``database`` takes longer than ``seconds``.

    A publisher whose database takes what is sent and answers nothing would wait for ever, and say nothing.
    """

    database: Database
    seconds: float

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with deadline(self.seconds, of="transaction"), self.database.transaction() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with deadline(self.seconds, of="reading"), self.database.read() as connection:
            yield connection
