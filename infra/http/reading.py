"""Questions to the database, asked in a thread on a read snapshot of its own."""

import threading
from collections.abc import Callable
from typing import TypeVar

from aiohttp import web
from sqlalchemy import Connection

from infra.storage.database import Database
from projections.questions.as_of import AsOf
from streams.threads import in_thread

T = TypeVar("T")
Question = Callable[[Connection, AsOf], T]


class Readers:
    """One evidence reader for each thread that asks: they remember what they have parsed."""

    def __init__(self, database: Database, make_reader: Callable[[], AsOf]) -> None:
        self._database = database
        self._make_reader = make_reader
        self._own = threading.local()

    def ask(self, question: Question[T]) -> T:
        if not hasattr(self._own, "as_of"):
            self._own.as_of = self._make_reader()
        with self._database.read() as connection:
            return question(connection, self._own.as_of)


READERS = web.AppKey("readers", Readers)


async def read(request: web.Request, question: Question[T]) -> T:
    """The answer as of one moment; the event loop goes on meanwhile."""
    return await in_thread(request.app[READERS].ask, question)
