"""Facts about organisations: licences and renames, which are needed wherever an organisation is named."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection

from domain.employers import NO_RENAMES, Renames
from domain.evidence import RecordedFact, standing
from domain.evidence.recorded import EVERYTHING, Knowledge, retracted
from domain.facts.certificates import CertificateChanged, CertificateIssued
from domain.facts.corrections import FactCorrected
from domain.facts.employers import RENAMES_SUBJECT, EmployerRenamed
from domain.facts.fact import Org
from projections.evidence.recorded_facts import SubjectFacts
from projections.index.subject_index import key_of

Keys = np.ndarray[Any, np.dtype[np.uint64]]
Positions = np.ndarray[Any, np.dtype[np.int64]]
_LICENCE_KINDS: Final = frozenset({CertificateIssued.KIND, CertificateChanged.KIND, FactCorrected.KIND})


class Organisations:
    """The licences of firms and their renames. All renames are in memory: there are few of them."""

    def __init__(self, facts: SubjectFacts) -> None:
        self._facts = facts
        self.forget()

    def renames(self, connection: Connection, *, knowledge: Knowledge = EVERYTHING) -> Renames:
        """All renames that were known at the moment of ``knowledge``."""
        self._refresh(connection)
        return self._renames if knowledge is EVERYTHING else Renames.of(_renames(self._said, knowledge))

    def forget(self) -> None:
        """Forget what is kept in memory; to be called after a rollback."""
        self._positions: Positions | None = None
        self._said: list[RecordedFact] = []
        self._renames = NO_RENAMES
        self._names: dict[str, set[str]] = {}
        self._keys: dict[int, list[int]] = {}

    def facts_about(self, connection: Connection, organisations: Iterable[Org]) -> list[RecordedFact]:
        """The facts about the certificates of these organisations, under all codes and names they ever had."""
        self._refresh(connection)
        subjects = {subject for organisation in organisations for subject in organisation.subjects}
        subjects = subjects.union(*(self._names.get(subject, ()) for subject in subjects))
        return [
            fact for subject in sorted(subjects) for fact in self._facts.of(connection, subject, kinds=_LICENCE_KINDS)
        ]

    def renames_of(self, connection: Connection, organisations: Iterable[Org]) -> list[RecordedFact]:
        """What was said of how these organisations were renamed, by position; retracted ones and corrections too."""
        subjects = self.names_of(connection, (subject for each in organisations for subject in each.subjects))
        named = {fact.identity for fact in self._said if not subjects.isdisjoint(fact.fact.data.subjects)}
        return [fact for fact in self._said if fact.identity in named or retracted(fact) in named]

    def names_of(self, connection: Connection, subjects: Iterable[str]) -> set[str]:
        """``subjects``, and all other codes and names of the same organisations by any rename.

        Retracted renames count as well: whoever was judged under the wrong name must be judged again.
        """
        self._refresh(connection)
        known = set(subjects)
        return known.union(*(self._names.get(subject, ()) for subject in known))

    def with_former_names(self, connection: Connection, keys: Keys, positions: Positions) -> tuple[Keys, Positions]:
        """``keys`` and ``positions`` with more elements: a fact under one name of a firm touches all its names."""
        self._refresh(connection)
        # Most batches name no renamed firm: then the arrays are returned as they are.
        renamed = np.isin(keys, np.array(list(self._keys), dtype=np.uint64))
        touched = zip(keys[renamed].tolist(), positions[renamed].tolist(), strict=True)
        more = sorted({(other, position) for key, position in touched for other in self._keys[key]})
        if not more:
            return keys, positions
        more_keys, more_positions = zip(*more, strict=True)
        return (
            np.concatenate([keys, np.array(more_keys, dtype=np.uint64)]),
            np.concatenate([positions, np.array(more_positions, dtype=np.int64)]),
        )

    def _refresh(self, connection: Connection) -> None:
        """Take in new facts about renames."""
        # Everybody who names an organisation asks this, several times for each case. While nothing came, the
        # index of a writer gives the same array again, so that nothing need be compared.
        positions = self._facts.positions(connection, RENAMES_SUBJECT)
        if positions is self._positions:
            return
        unchanged = self._positions is not None and np.array_equal(positions, self._positions)
        self._positions = positions
        if not unchanged:
            self._said = self._facts.of(connection, RENAMES_SUBJECT)
            self._renames = Renames.of(_renames(self._said, EVERYTHING))
            self._names = _names_by_subject(self._said)
            self._keys = {key_of(name): sorted(map(key_of, names)) for name, names in self._names.items()}


@dataclass(frozen=True)
class FormerNames:
    """How organisations were renamed, for whoever asks within one transaction."""

    organisations: Organisations
    connection: Connection

    @property
    def renames(self) -> Renames:
        return self.organisations.renames(self.connection)

    def said_of(self, *organisations: Org) -> list[RecordedFact]:
        """All that was ever said of how these were renamed, retracted or not, and the corrections of it."""
        return self.organisations.renames_of(self.connection, organisations)


def _names_by_subject(facts: Iterable[RecordedFact]) -> dict[str, set[str]]:
    """For each subject, all codes and names of its organisation by any rename, retracted ones included."""
    by_subject: dict[str, set[str]] = {}
    for fact in facts:
        names = set(fact.data.subjects) - {RENAMES_SUBJECT}
        names = names.union(*(by_subject[name] for name in names if name in by_subject))
        by_subject.update(dict.fromkeys(names, names))
    return by_subject


def _renames(facts: Iterable[RecordedFact], knowledge: Knowledge) -> list[EmployerRenamed]:
    return [fact.data for fact in standing(facts, knowledge) if isinstance(fact.data, EmployerRenamed)]
