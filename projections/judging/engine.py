"""Judging a batch: what it touches → evidence → rules → findings → clues.

A case kind knows which groups a fact concerns, and how a case is made from the ledger. Due dates, the
order of work and the clues are the same for all case kinds, and are the engine's task. Live judging,
questions about the past and the rebuild use the same cases.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from domain.evidence import RecordedFact
from projections.boards.due_dates import DueDates
from projections.case_groups import case_kind_of, subject_of
from projections.judging.anew import Anew
from projections.judging.case_kind import (
    LOADS,
    CaseKind,
    Judgement,
    Judgements,
    JudgingRun,
    Postpones,
    Touched,
    only_follow_ups,
)
from projections.judging.closed import ClosedDeliveries
from projections.judging.reconciling import Reconciling


class Judging:
    """Runs the case kinds within the shard's transaction, and reconciles their clues.

    Only groups whose subject is ``mine`` are judged: several shards may know a subject, and only its
    home judges it.
    """

    def __init__(
        self,
        case_kinds: Sequence[CaseKind],
        reconciling: Reconciling,
        anew: Anew,
        closed: ClosedDeliveries,
        mine: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._mine = mine
        self._case_kinds = {case_kind.name: case_kind for case_kind in case_kinds}
        self._reconciling = reconciling
        self._anew = anew
        self._closed = closed
        self._due = DueDates()

    def load(self, connection: Connection) -> None:
        """Load from the database what judging keeps in memory."""
        self._due = DueDates.load(connection)
        self._anew.load(connection, self._due)
        self._closed.load()
        for case_kind in self._case_kinds.values():
            case_kind.load(connection)

    @property
    def next_due(self) -> datetime | None:
        """The next moment at which time alone may change a finding; None where there is none."""
        return self._due.earliest

    @property
    def settling(self) -> list[datetime]:
        """The moments at which settling groups will be judged if nothing more comes, ascending."""
        return self._due.settling

    @property
    def left_to_judge_anew(self) -> int:
        """How many groups still wait to be judged by the rules adopted last."""
        return self._anew.left

    def is_settling(self, group: str) -> bool:
        """Whether ``group`` is judged once its facts have settled."""
        return self._due.is_settling(group)

    def judge(
        self, connection: Connection, touched: Touched, now: datetime, *, wanted: Collection[str] = ()
    ) -> Judgements:
        """Judge the groups that ``touched`` concerns and those that are due; the judgements by group.

        Of those that settle, the ``wanted`` ones are due now: somebody is to be told what is found of them.
        """
        run = JudgingRun(connection, self._due, now)
        closed = self._closed.touched(run, touched)
        causes = {name: dict(case_kind.touched(run, touched)) for name, case_kind in self._case_kinds.items()}
        for group, facts in closed.items():
            of_kind = causes[case_kind_of(group)]
            of_kind[group] = [*of_kind.get(group, ()), *facts]
        self._anew.adopt(run, touched, self._case_kinds.values(), self._mine)
        # Touched groups come first: a group that is due as well keeps the facts that touched it as its
        # cause, and is judged once.
        self._due.hasten(connection, wanted, now)
        for group in self._due.pop(connection, now):
            causes[case_kind_of(group)].setdefault(group, self._why_due(connection, group))
        judged: dict[str, Sequence[Judgement]] = {}
        for name, of_kind in causes.items():
            # Sorted, so that clues get the same numbers in a rebuild.
            groups = sorted(group for group in of_kind if self._mine(subject_of(group)))
            if groups:
                judged |= self._case_kinds[name].judge(run, groups)
        self._anew.judged(judged.keys(), touched, now)
        if judged:
            self._closed.judged(connection, judged)
            reasons = {group: self._anew.reasons(facts, now) for group, facts in _together(causes).items()}
            unpushed = self._reconciling.reconcile(connection, judged, reasons, now)
            if unpushed:
                judged[LOADS] = [only_follow_ups(LOADS, unpushed, now)]
        return judged

    def _why_due(self, connection: Connection, group: str) -> Sequence[RecordedFact]:
        """What was adopted, or the facts for which a due group has waited; empty where time alone made it due."""
        adopted = self._anew.cause(group)
        if adopted is not None:
            return (adopted,)
        case_kind = self._case_kinds[case_kind_of(group)]
        return case_kind.since_judged(connection, group) if isinstance(case_kind, Postpones) else ()


def _together(causes: Mapping[str, Mapping[str, Sequence[RecordedFact]]]) -> dict[str, Sequence[RecordedFact]]:
    return {group: facts for of_kind in causes.values() for group, facts in of_kind.items()}
