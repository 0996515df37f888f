"""Facts about organisations: few, and wanted wherever one is named."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar

import numpy as np
from sqlalchemy import Connection

from domain.employers import NO_RENAMES, Renames
from domain.evidence import RecordedFact, standing
from domain.evidence.recorded import EVERYTHING, Knowledge
from domain.facts.certificates import CertificateChanged, CertificateIssued
from domain.facts.corrections import FactCorrected
from domain.facts.employers import RENAMES_SUBJECT, EmployerRenamed
from domain.facts.fact import Org
from projections.recorded_facts import SubjectFacts
from projections.subject_index import key_of

T = TypeVar("T")

_RENAMES_KEY: Final = key_of(RENAMES_SUBJECT)
Keys = np.ndarray[Any, np.dtype[np.uint64]]
Positions = np.ndarray[Any, np.dtype[np.int64]]
_LICENCE_KINDS: Final = frozenset({CertificateIssued.KIND, CertificateChanged.KIND, FactCorrected.KIND})


class Organisations:
    """Licences of firms, and what they were called before."""

    def __init__(self, facts: SubjectFacts) -> None:
        self._facts = facts
        self._newest = (-1, 0)
        self._renames = NO_RENAMES

    def renames(self, connection: Connection, *, knowledge: Knowledge = EVERYTHING) -> Renames:
        """All renames known."""
        facts = self._facts.of(connection, RENAMES_SUBJECT)
        if knowledge is not EVERYTHING:
            return Renames.of(_renames(facts, knowledge))
        newest = len(facts), facts[-1].position if facts else 0
        if newest != self._newest:
            self._newest, self._renames = newest, Renames.of(_renames(facts, knowledge))
        return self._renames

    def forget(self) -> None:
        """Drop what is kept, after a rollback."""
        self._newest = (-1, 0)

    def facts_about(
        self,
        connection: Connection,
        organisations: Iterable[Org],
    ) -> list[RecordedFact]:
        """Certificate facts of these organisations, under every name they had."""
        subjects = {subject for each in organisations for subject in each.subjects}
        subjects |= self._former_names(connection, frozenset(subjects))
        return [
            fact for subject in sorted(subjects) for fact in self._facts.of(connection, subject, kinds=_LICENCE_KINDS)
        ]

    def with_former_names(self, connection: Connection, keys: Keys, positions: Positions) -> tuple[Keys, Positions]:
        """``keys`` touched at ``positions``; a rename also touches every other name of the same firm."""
        more: list[tuple[int, int]] = []
        for position in np.unique(positions[keys == np.uint64(_RENAMES_KEY)]).tolist():
            touched = {int(key) for key in keys[positions == position]} - {_RENAMES_KEY}
            more.extend((key, position) for key in self._all_names(connection, touched) - touched)
        if not more:
            return keys, positions
        more_keys, more_positions = zip(*sorted(more), strict=True)
        return (
            np.concatenate([keys, np.array(more_keys, dtype=np.uint64)]),
            np.concatenate([positions, np.array(more_positions, dtype=np.int64)]),
        )

    def _all_names(self, connection: Connection, keys: set[int]) -> set[int]:
        """Subject keys of everything the holders of ``keys`` are or were called, also in retracted renames."""
        said = [fact.data for fact in self._facts.of(connection, RENAMES_SUBJECT)]
        groups = [{key_of(subject) for subject in data.subjects} - {_RENAMES_KEY} for data in said]
        return _joined(set(keys), groups)

    def _former_names(self, connection: Connection, subjects: frozenset[str]) -> set[str]:
        """What the holders of ``subjects`` are or were called by any rename; too much does no harm."""
        said = [fact.data for fact in self._facts.of(connection, RENAMES_SUBJECT)]
        groups = [set(data.subjects) - {RENAMES_SUBJECT} for data in said]
        return _joined(set(subjects), groups)


def _joined(known: set[T], groups: Sequence[set[T]]) -> set[T]:
    """``known`` with every group that is connected to it."""
    while more := [group for group in groups if not group.isdisjoint(known) and not group <= known]:
        known.update(*more)
    return known


def _renames(facts: Iterable[RecordedFact], knowledge: Knowledge) -> list[EmployerRenamed]:
    return [fact.data for fact in standing(facts, knowledge) if isinstance(fact.data, EmployerRenamed)]
