"""Reading a subject's facts back from the ledger."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, Protocol

import msgspec
import numpy as np
from cachetools import LRUCache
from sqlalchemy import Connection

from domain.evidence import RecordedFact
from domain.evidence.recorded import Knowledge
from domain.facts.messages import MESSAGES
from projections.batches import position_at
from projections.index.fact_codes import codes_of

FACT_TOPIC_PREFIX: Final = "tender-integrity."
_decode: Final = msgspec.json.Decoder().decode


class Ledger(Protocol):
    """What reading needs of the recorder."""

    def read(self, connection: Connection, positions: Sequence[int]) -> list[tuple[int, str, bytes]]:
        """``(position, topic, state)`` of each position, in ascending order."""
        ...


def parse(position: int, state: bytes) -> RecordedFact:
    """One ledger row as a fact."""
    message = _decode(state)
    recorded_at = datetime.fromisoformat(message.pop("recordedat"))
    del message["subjectkeys"]
    return RecordedFact(_reader(message["type"])(message), position, recorded_at)


@cache
def _reader(message_type: str) -> Callable[[Any], Any]:
    """Not ``model_validate``, which does more before it comes to this: facts are read by the million."""
    return MESSAGES[message_type].__pydantic_validator__.validate_python


class Positions(Protocol):
    """What reading needs of the subject index: the writer's own, or a reader's."""

    def positions(
        self, connection: Connection, subject: str, kinds: Collection[int] | None = None
    ) -> np.ndarray[Any, np.dtype[np.int64]]: ...

    def prefetch(self, connection: Connection, subjects: Sequence[str], kinds: Collection[int] | None) -> None: ...


class SubjectFacts:
    """A subject's facts by way of the index, the last-used ones kept parsed.

    Not shared between threads: each reader has its own.
    """

    def __init__(self, index: Positions, ledger: Ledger, *, kept: int = 20_000) -> None:
        self._index = index
        self._ledger = ledger
        self._parsed: LRUCache[int, RecordedFact] = LRUCache(kept)

    def of(
        self,
        connection: Connection,
        subject: str,
        *,
        kinds: Collection[str] | None = None,
        months: Collection[str] | None = None,
    ) -> list[RecordedFact]:
        """All facts indexed under ``subject``, by position; of payments those of ``months`` at least, where given."""
        return self.at(connection, self._index.positions(connection, subject, _codes(kinds, months)).tolist())

    def known(
        self,
        connection: Connection,
        subject: str,
        knowledge: Knowledge,
        *,
        kinds: Collection[str] | None = None,
        months: Collection[str] | None = None,
    ) -> list[RecordedFact]:
        """As :meth:`of`, what was known by then; what we recorded later is not even read."""
        if knowledge.known_at is None:
            return self.of(connection, subject, kinds=kinds, months=months)
        positions = self._index.positions(connection, subject, _codes(kinds, months))
        if knowledge.known_by == "ours":
            positions = positions[positions <= position_at(connection, knowledge.known_at)]
        return [fact for fact in self.at(connection, positions.tolist()) if knowledge.covers(fact)]

    def positions(
        self, connection: Connection, subject: str, *, kinds: Collection[str]
    ) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Where the facts of ``kinds`` about ``subject`` are, ascending."""
        return self._index.positions(connection, subject, _codes(kinds))

    def prefetch(
        self,
        connection: Connection,
        subjects: Sequence[str],
        *,
        kinds: Collection[str],
        months: Collection[str] | None = None,
    ) -> None:
        """Read at once what :meth:`of` will be asked for."""
        codes = _codes(kinds, months)
        self._index.prefetch(connection, subjects, codes)
        positions = [self._index.positions(connection, subject, codes) for subject in subjects]
        if positions:
            self.at(connection, np.concatenate(positions).tolist())

    def at(self, connection: Connection, positions: Sequence[int]) -> list[RecordedFact]:
        """The facts at these ledger positions, each once."""
        wanted = sorted(set(positions))
        known = {position: self._parsed.get(position) for position in wanted}
        missing = [position for position, fact in known.items() if fact is None]
        found = {fact.position: fact for fact in self._read(connection, missing)}
        self._parsed.update(found)
        return [fact or found[position] for position, fact in known.items()]

    def forget(self) -> None:
        """Drop what is kept: after a rollback, positions may be given out again."""
        self._parsed.clear()

    def _read(self, connection: Connection, positions: Sequence[int]) -> Iterator[RecordedFact]:
        if positions:
            for position, topic, state in self._ledger.read(connection, positions):
                if topic.startswith(FACT_TOPIC_PREFIX):
                    yield parse(position, state)


def _codes(kinds: Collection[str] | None, months: Collection[str] | None = None) -> frozenset[int] | None:
    if kinds is None:
        return None
    return codes_of(frozenset(kinds), None if months is None else frozenset(months))
