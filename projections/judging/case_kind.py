"""What a case kind is: it finds the groups that a batch touches, makes their cases and has them judged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np
from sqlalchemy import Connection

from domain.clues.context import ClueContext
from domain.evidence import RecordedFact
from domain.follow_ups.follow_up import FollowUp
from domain.policy import Policy
from domain.rule import Case, Finding
from projections.boards.due_dates import DueDates
from projections.index.fact_codes import codes_of

Keys = np.ndarray[Any, np.dtype[np.uint64]]
Positions = np.ndarray[Any, np.dtype[np.int64]]
Kinds = np.ndarray[Any, np.dtype[np.uint8]]
Wanted = np.ndarray[Any, np.dtype[np.bool_]]
"""256 elements: for each code of a kind, whether facts with it are wanted."""


@dataclass(frozen=True)
class Touched:
    """What a batch indexed: the fact at ``positions[i]``, with the code ``kinds[i]``, under the key ``keys[i]``.

    The three arrays have one length. A fact is in them once for each of its subjects.
    """

    keys: Keys
    positions: Positions
    kinds: Kinds

    @classmethod
    def joined(cls, parts: Sequence["Touched"]) -> "Touched":
        """All ``parts``, one after the other."""
        parts = [part for part in parts if len(part)]
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
        """The entries of ``wanted`` kinds."""
        # Every case kind asks this of every batch, and most batches have only one or two kinds of facts.
        # So the kinds present are compared first: usually no array needs to be looked through.
        present = self._present & wanted
        if not present.any():
            return NOTHING
        if (present == self._present).all():
            return self
        return self._where(wanted[self.kinds])

    def with_several_subjects(self) -> "Touched":
        """The entries of facts that are indexed under more than one subject."""
        _, places, counts = np.unique(self.positions, return_inverse=True, return_counts=True)
        return self._where(counts[places] > 1)

    def _where(self, mask: Wanted) -> "Touched":
        return Touched(self.keys[mask], self.positions[mask], self.kinds[mask])

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def _present(self) -> Wanted:
        """For each code, whether the batch has a fact with it; worked out once for all case kinds."""
        return np.bincount(self.kinds, minlength=256) > 0


NOTHING = Touched.joined(())


def wanted(kinds: Iterable[str]) -> Wanted:
    """The mask of ``kinds`` for :meth:`Touched.only`."""
    mask = np.zeros(256, np.bool_)
    mask[list(codes_of(frozenset(kinds)))] = True
    return mask


@dataclass(frozen=True, slots=True)
class Judgement:
    """One case as it is judged now.

    ``context`` is what a clue about it would be about; where there is none, parties may be without their codes.
    ``candidate`` is True where the bidder has been announced as a winning candidate 中标候选人. ``lot`` is the
    subject of the lot, where the findings belong into the answer to its opening. ``follow_ups`` are the messages
    still to be sent. ``history`` is the fact that opened the case, where it was loaded as history: what time alone
    finds is pushed to nobody then.
    """

    case: Case
    findings: tuple[Finding, ...]
    context: ClueContext
    candidate: bool = False
    lot: str | None = None
    follow_ups: tuple[FollowUp, ...] = ()
    history: RecordedFact | None = None


LOADS: Final = "loads"
"""The case kind in whose name the messages about history are sent (:mod:`projections.judging.loads`)."""


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Stands for the case where there are only follow-ups; no rule judges this type of case."""

    subject: str
    policy: Policy = field(default_factory=Policy)


def only_follow_ups(
    group: str, follow_ups: tuple[FollowUp, ...], now: datetime, *, person_id: str | None = None
) -> Judgement:
    """The judgement of a group that has messages to send and no case to judge."""
    return Judgement(Unjudged(group), (), ClueContext(group, "", "", now, person_id=person_id), follow_ups=follow_ups)


Judgements = Mapping[str, Sequence[Judgement]]
"""The judgements of each group."""


@runtime_checkable
class Postpones(Protocol):
    """A case kind that lets facts settle before it judges."""

    def since_judged(self, connection: Connection, group: str) -> Sequence[RecordedFact]:
        """The facts about a group that arrived since it was last judged, by position."""
        ...


@dataclass(frozen=True, slots=True)
class JudgingRun:
    """One run of judging: the transaction of the batch, the due dates, and the moment of recording."""

    connection: Connection
    due: DueDates
    now: datetime

    def wait(self, group: str, moments: Iterable[datetime]) -> None:
        """Have ``group`` judged again at those of ``moments`` that are still to come, and at no others."""
        self.due.put(self.connection, group, moments, self.now)


class CaseKind(Protocol):
    """All cases of one kind; a *group*, ``<case kind>:<subject>``, is judged and reconciled as one.

    The subject of a case must belong to the same group for ever, because the id of a clue follows from
    rule and subject. Memory must agree with the transaction, so :meth:`load` is called at the start and
    after a rollback. Every decision must follow from the facts, ``now`` and the case kind's own
    tables alone, so that a rebuild gives the same result.
    """

    @property
    def name(self) -> str: ...

    def load(self, connection: Connection) -> None:
        """Load from the database what the case kind keeps in memory."""
        ...

    def touched(self, run: JudgingRun, touched: Touched) -> Mapping[str, Sequence[RecordedFact]]:
        """The groups to be judged in this run, each with the facts that make it necessary, by position.

        A case kind may postpone a group with ``run.due.settle(…)`` and leave it out here. Then it must be
        able to tell later which facts arrived in the meantime (:class:`Postpones`).
        """
        ...

    def judge(self, run: JudgingRun, groups: Sequence[str]) -> Judgements:
        """The judgements of each group on everything known now; empty for a group without cases.

        Every group must be given its next due dates with ``run.wait(group, moments)``.
        """
        ...
