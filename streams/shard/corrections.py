"""Joining a correction with the fact it corrects, whichever of the two arrives first.

Whoever reads the retracted fact must read its correction too, so the correction is indexed under
the subjects of that fact. A correction that arrives before its fact waits in a small table.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np
from sqlalchemy import BigInteger, Column, Connection, Table, delete, insert, select

from domain.evidence import RecordedFact
from domain.facts.corrections import FactCorrected
from projections.evidence.recorded_facts import SubjectFacts
from projections.index.fact_codes import KIND_CODES
from projections.index.subject_index import SeenIndex
from projections.tables import METADATA
from streams.intake.prepared import seen_key

WAITING = Table(
    "waiting_corrections",
    METADATA,
    Column("seen_key", BigInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
)
"""``seen_key`` belongs to the fact that is to be retracted; it is stored as a signed 64-bit integer."""

CORRECTION_CODE: Final = KIND_CODES[FactCorrected.KIND]


@dataclass(slots=True)
class Links:
    """Further subjects under which corrections are indexed: ``subjects[i]`` for the one at ``positions[i]``."""

    subjects: list[str] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)

    def add(self, subjects: Iterable[str], position: int) -> None:
        for subject in subjects:
            self.subjects.append(subject)
            self.positions.append(position)


class Keyed(Protocol):
    """A batch as parallel arrays: for each row the code of its kind and the key of (source, id)."""

    @property
    def kinds(self) -> np.ndarray[Any, np.dtype[np.uint8]]: ...

    @property
    def seen_keys(self) -> np.ndarray[Any, np.dtype[np.uint64]]: ...


class Corrections:
    """Joins corrections and facts of each batch; holds the waiting corrections in memory, by seen key."""

    def __init__(self, facts: SubjectFacts, seen: SeenIndex) -> None:
        self._facts = facts
        self._seen = seen
        self._waiting: dict[int, list[int]] = {}

    def load(self, connection: Connection) -> None:
        self._waiting = {}
        for key, position in connection.execute(select(WAITING.c.seen_key, WAITING.c.position)):
            self._waiting.setdefault(key % 2**64, []).append(position)

    def link(self, connection: Connection, facts: Keyed, positions: np.ndarray[Any, Any]) -> Links:
        """The links that the facts at ``positions`` make; their seen keys must be indexed already."""
        links = Links()
        for correction in self._facts.at(connection, positions[facts.kinds == CORRECTION_CODE].tolist()):
            self._link_one(connection, correction, links)
        if self._waiting:
            self._link_awaited(connection, facts, positions, links)
        return links

    def _link_one(self, connection: Connection, correction: RecordedFact, links: Links) -> None:
        data = correction.data
        assert isinstance(data, FactCorrected)
        key = seen_key(data.retracts.source, data.retracts.id)
        target = self._target(connection, key, data)
        if target is not None:
            links.add(target.data.subjects, correction.position)
            return
        self._waiting.setdefault(key, []).append(correction.position)
        connection.execute(insert(WAITING), {"seen_key": _signed(key), "position": correction.position})

    def _target(self, connection: Connection, key: int, data: FactCorrected) -> RecordedFact | None:
        (positions,) = self._seen.lookup(connection, [key])
        for fact in self._facts.at(connection, positions.tolist()):
            if (fact.source, fact.id) == (data.retracts.source, data.retracts.id):
                return fact
        return None

    def _link_awaited(
        self, connection: Connection, facts: Keyed, positions: np.ndarray[Any, Any], links: Links
    ) -> None:
        awaited = np.isin(facts.seen_keys, np.array(list(self._waiting), dtype=np.uint64))
        for row in np.flatnonzero(awaited).tolist():
            key = int(facts.seen_keys[row])
            (fact,) = self._facts.at(connection, [int(positions[row])])
            for correction in self._facts.at(connection, self._waiting.get(key, [])):
                # A correction of the same batch that stands behind its fact was joined by _link_one.
                if correction.position >= fact.position or not _names(correction, fact):
                    continue
                links.add(fact.data.subjects, correction.position)
                self._forget(connection, key, correction.position)

    def _forget(self, connection: Connection, key: int, position: int) -> None:
        self._waiting[key].remove(position)
        if not self._waiting[key]:
            del self._waiting[key]
        connection.execute(delete(WAITING).where(WAITING.c.seen_key == _signed(key), WAITING.c.position == position))


def _names(correction: RecordedFact, fact: RecordedFact) -> bool:
    data = correction.data
    return isinstance(data, FactCorrected) and (data.retracts.source, data.retracts.id) == (fact.source, fact.id)


def _signed(key: int) -> int:
    return key - 2**64 if key >= 2**63 else key
