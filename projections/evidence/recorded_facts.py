"""Reads the facts of a subject back from the ledger."""

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
    """The part of the ledger's recorder that reading needs."""

    def read(self, connection: Connection, positions: Sequence[int]) -> list[tuple[int, str, bytes]]:
        """``(position, topic, state)`` of each position, in ascending order."""
        ...


def parse(position: int, state: bytes) -> RecordedFact:
    """The fact in one ledger row; ``state`` is its JSON text."""
    message = _decode(state)
    recorded_at = datetime.fromisoformat(message.pop("recordedat"))
    del message["subjectkeys"]
    message.pop("deliveryid", None)
    message.pop("submittedby", None)
    return RecordedFact(_reader(message["type"])(message), position, recorded_at)


@cache
def _reader(message_type: str) -> Callable[[Any], Any]:
    """The parser of one message type."""
    # ``model_validate`` does the same after more work, and facts are read by the million.
    return MESSAGES[message_type].__pydantic_validator__.validate_python


class SubjectPositions(Protocol):
    """The part of a subject index that reading needs; writers and readers have different ones."""

    def positions(
        self, connection: Connection, subject: str, kinds: Collection[int] | None = None
    ) -> np.ndarray[Any, np.dtype[np.int64]]: ...

    def prefetch(self, connection: Connection, subjects: Sequence[str], kinds: Collection[int] | None) -> None: ...


class SubjectFacts:
    """Reads a subject's facts through the index, and keeps the last ``kept`` facts parsed.

    An instance must not be shared between threads: each reader has its own.
    """

    def __init__(self, index: SubjectPositions, ledger: Ledger, *, kept: int = 20_000) -> None:
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
        """All facts indexed under ``subject``, by position; where given, only of ``kinds``.

        ``months`` narrows payments, but some payments for other months may be among them.
        """
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
        """The same as :meth:`of`, for the facts that were known at the moment of ``knowledge``."""
        if knowledge.known_at is None:
            return self.of(connection, subject, kinds=kinds, months=months)
        positions = self._index.positions(connection, subject, _codes(kinds, months))
        # Our time of recording never goes back, so facts that we recorded later need not even be read.
        if knowledge.known_by == "ours":
            positions = positions[positions <= position_at(connection, knowledge.known_at)]
        return [fact for fact in self.at(connection, positions.tolist()) if knowledge.covers(fact)]

    def positions(
        self, connection: Connection, subject: str, *, kinds: Collection[str] | None = None
    ) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The ledger positions of the facts about ``subject``, ascending; where given, only of ``kinds``."""
        return self._index.positions(connection, subject, _codes(kinds))

    def prefetch(
        self,
        connection: Connection,
        subjects: Sequence[str],
        *,
        kinds: Collection[str],
        months: Collection[str] | None = None,
    ) -> None:
        """Read in one go what :meth:`of` will be asked for."""
        codes = _codes(kinds, months)
        self._index.prefetch(connection, subjects, codes)
        positions = [self._index.positions(connection, subject, codes) for subject in subjects]
        if positions:
            self.at(connection, np.concatenate(positions).tolist())

    def at(self, connection: Connection, positions: Sequence[int]) -> list[RecordedFact]:
        """The facts at these ledger positions, each once, by position."""
        wanted = sorted(set(positions))
        # Looked up before anything is added: adding may push out facts that are wanted here.
        cached = {position: self._parsed.get(position) for position in wanted}
        missing = [position for position, fact in cached.items() if fact is None]
        read = {fact.position: fact for fact in self._read(connection, missing)}
        self._parsed.update(read)
        return [fact or read[position] for position, fact in cached.items()]

    def forget(self) -> None:
        """Forget the parsed facts. After a rollback the same positions are given to other facts."""
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
