"""The real-time mismatches: what a batch touches → evidence → rules → findings → clues.

Each kind of case has a case kind that knows whom a fact concerns and how a case is put together
from the ledger; what is due by time, the order of work and the clues are one for all. Live
judgement, as-of and rebuild are one fold.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from domain.evidence import RecordedFact
from projections.boards.due_dates import DueDates
from projections.judging.case_kind import CaseKind, Judgement, Judgements, JudgingRun, Postpones, Touched
from projections.judging.reconciling import Reconciling


class Judging:
    """Runs the case kinds inside the shard's transaction, and brings their clues in line.

    Only groups whose subject is ``mine`` are judged: of several shards one judges each.
    """

    def __init__(
        self,
        case_kinds: Sequence[CaseKind],
        reconciling: Reconciling,
        mine: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._mine = mine
        self._case_kinds = {case_kind.name: case_kind for case_kind in case_kinds}
        self._reconciling = reconciling
        self._due = DueDates()

    def load(self, connection: Connection) -> None:
        """Read from the database what is held in memory."""
        self._due = DueDates.load(connection)
        for case_kind in self._case_kinds.values():
            case_kind.load(connection)

    @property
    def next_due(self) -> datetime | None:
        """When time alone may change a finding."""
        return self._due.earliest

    @property
    def settling(self) -> list[datetime]:
        """When each of the groups is judged that wait until nothing more comes; ascending."""
        return self._due.settling

    def judge(self, connection: Connection, touched: Touched, now: datetime) -> Judgements:
        """Judge what ``touched`` facts concern and whose time has come; by case kind and group."""
        run = JudgingRun(connection, self._due, now)
        causes = {name: dict(case_kind.touched(run, touched)) for name, case_kind in self._case_kinds.items()}
        for group in self._due.pop(connection, now):
            causes[case_kind_of(group)].setdefault(group, self._meanwhile(connection, group))
        judged: dict[str, Sequence[Judgement]] = {}
        for name, found in causes.items():
            groups = sorted(group for group in found if self._mine(subject_of(group)))
            if groups:
                judged |= self._case_kinds[name].judge(run, groups)
        if judged:
            self._reconciling.reconcile(connection, judged, _together(causes), now)
        return judged

    def _meanwhile(self, connection: Connection, group: str) -> Sequence[RecordedFact]:
        """What came about a group whose time has come, where its case kind waited with it."""
        case_kind = self._case_kinds[case_kind_of(group)]
        return case_kind.since_judged(connection, group) if isinstance(case_kind, Postpones) else ()


def case_kind_of(group: str) -> str:
    return group.partition(":")[0]


def subject_of(group: str) -> str:
    """The subject at whose home a group is judged; an appointment's is its person."""
    subject = group.partition(":")[2]
    return subject.partition("|")[0] if subject.startswith("person:") else subject


def _together(causes: Mapping[str, Mapping[str, Sequence[RecordedFact]]]) -> dict[str, Sequence[RecordedFact]]:
    return {group: facts for found in causes.values() for group, facts in found.items()}
