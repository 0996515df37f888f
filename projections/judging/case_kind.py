"""What a case kind is: one kind of case, from the facts of a batch to what is judged of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
from sqlalchemy import Connection

from domain.clues.context import ClueContext
from domain.evidence import RecordedFact
from domain.follow_ups.follow_up import FollowUp
from domain.rule import Case, Finding
from projections.boards.due_dates import DueDates
from projections.index.fact_codes import codes_of

Keys = np.ndarray[Any, np.dtype[np.uint64]]
Positions = np.ndarray[Any, np.dtype[np.int64]]
Kinds = np.ndarray[Any, np.dtype[np.uint8]]
Wanted = np.ndarray[Any, np.dtype[np.bool_]]
"""By the code of a kind: whether facts of it are wanted."""


@dataclass(frozen=True)
class Touched:
    """What a batch indexed: the fact at ``positions[i]``, of the code ``kinds[i]``, under ``keys[i]``.

    A fact stands here once for each subject it is indexed under.
    """

    keys: Keys
    positions: Positions
    kinds: Kinds

    @classmethod
    def joined(cls, parts: Sequence["Touched"]) -> "Touched":
        if not parts:
            return cls(np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.uint8))
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([part.keys for part in parts]),
            np.concatenate([part.positions for part in parts]),
            np.concatenate([part.kinds for part in parts]),
        )

    def only(self, wanted: Wanted) -> "Touched":
        """What is of the ``wanted`` kinds; costs next to nothing where the batch has none of them."""
        present = self._present & wanted
        if not present.any():
            return NOTHING
        if (present == self._present).all():
            return self
        mask = wanted[self.kinds]
        return Touched(self.keys[mask], self.positions[mask], self.kinds[mask])

    def of_several(self) -> "Touched":
        """What is indexed under more than one subject."""
        _, places, counts = np.unique(self.positions, return_inverse=True, return_counts=True)
        mask = counts[places] > 1
        return Touched(self.keys[mask], self.positions[mask], self.kinds[mask])

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def _present(self) -> Wanted:
        """Worked out once for all case kinds."""
        return np.bincount(self.kinds, minlength=256) > 0


NOTHING = Touched.joined(())


def wanted(kinds: Iterable[str]) -> Wanted:
    """For :meth:`Touched.only`."""
    mask = np.zeros(256, np.bool_)
    mask[list(codes_of(frozenset(kinds)))] = True
    return mask


@dataclass(frozen=True, slots=True)
class Judgement:
    """One case as judged now.

    ``context`` is what a clue of it would be about. ``candidate``: the bidder is announced as a
    winning candidate 中标候选人. ``lot`` is the lot subject whose opening may be answered by it.
    ``follow_ups`` are what must be said to other subjects and never was.
    """

    case: Case
    findings: tuple[Finding, ...]
    context: ClueContext
    candidate: bool = False
    lot: str | None = None
    follow_ups: tuple[FollowUp, ...] = ()


Judgements = Mapping[str, Sequence[Judgement]]
"""By group."""


@runtime_checkable
class Postpones(Protocol):
    """A case kind that lets facts settle before it judges."""

    def since_judged(self, connection: Connection, group: str) -> Sequence[RecordedFact]:
        """What came about a group since it was judged last, by position."""
        ...


@dataclass(frozen=True, slots=True)
class JudgingRun:
    """One batch's judging: its transaction, what is due by time, and the moment of recording."""

    connection: Connection
    due: DueDates
    now: datetime

    def wait(self, group: str, moments: Iterable[datetime]) -> None:
        """Judge ``group`` again at those of ``moments`` that are still to come, and at no others."""
        self.due.put(self.connection, group, moments, self.now)


class CaseKind(Protocol):
    """All cases of one kind. A *group* ``<case kind>:<subject>`` is what is judged, and reconciled, as one.

    A case's subject belongs to one group for ever, since clues are told apart by rule and
    subject. What a case kind holds in memory follows the transaction: :meth:`load` is called at the
    start and after a rollback. Everything it decides follows from the facts, ``now`` and its own
    tables alone, so that a rebuild comes to the same.
    """

    @property
    def name(self) -> str: ...

    def load(self, connection: Connection) -> None:
        """Read from the database what is held in memory."""
        ...

    def touched(self, run: JudgingRun, touched: Touched) -> Mapping[str, Sequence[RecordedFact]]:
        """The groups to be judged in this run, with the facts that make it necessary, by position.

        A case kind may instead only postpone it, by ``run.due.settle(…)``; then it says later what
        came in the meantime (:class:`Postpones`).
        """
        ...

    def judge(self, run: JudgingRun, groups: Sequence[str]) -> Judgements:
        """All cases of each group as judged now on everything known; a group without cases has none.

        Says of every group for which moments it waits next, by ``run.wait(group, moments)``.
        """
        ...
