"""The home of a subject: the shard that has all facts about it. One machine is the home of all."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

from sqlalchemy import Connection

from projections.evidence.organisations import Organisations
from projections.evidence.recorded_facts import Ledger, SubjectFacts
from projections.index.subject_index import SubjectReader

AtHome = Callable[[Connection, str], AbstractContextManager[int | None]]
"""Lets a connection see the shard that has all facts about a subject; gives its number, None for the only one."""


def only_home(connection: Connection, subject: str) -> AbstractContextManager[None]:  # noqa: ARG001 - a shard asks
    return nullcontext()


class Home:
    """What is remembered of one shard: it goes by positions, which every shard counts for itself."""

    def __init__(self, ledger: Ledger) -> None:
        self.facts: Final = SubjectFacts(SubjectReader(), ledger)
        self.organisations: Final = Organisations(self.facts)


class Homes:
    """Those that were entered so far. One per thread."""

    def __init__(self, ledger: Ledger, enter: AtHome) -> None:
        self._ledger = ledger
        self._enter = enter
        self._known: dict[int | None, Home] = {}

    @contextmanager
    def of(self, connection: Connection, subject: str) -> Iterator[Home]:
        """While it lasts, ``connection`` sees the home of ``subject`` alone."""
        with self._enter(connection, subject) as shard:
            if shard not in self._known:
                self._known[shard] = Home(self._ledger)
            yield self._known[shard]
