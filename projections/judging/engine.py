"""The real-time mismatches: what a batch touches → evidence → rules → findings → clues.

Each kind of case has a docket that knows whom a fact concerns and how a case is put together
from the ledger; what is due by time, the order of work and the clues are one for all. Live
judgement, as-of and rebuild are one fold.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from domain.evidence import RecordedFact
from projections.boards.due_dates import DueDates
from projections.judging.case_kind import Docket, Judgement, Judgements, Postpones, Touched, Turn
from projections.judging.reconciling import Reconciling


class Judging:
    """Runs the dockets inside the shard's transaction, and brings their clues in line.

    Only scopes whose subject is ``mine`` are judged: of several shards one judges each.
    """

    def __init__(
        self,
        dockets: Sequence[Docket],
        reconciling: Reconciling,
        mine: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._mine = mine
        self._dockets = {docket.name: docket for docket in dockets}
        self._reconciling = reconciling
        self._due = DueDates()

    def load(self, connection: Connection) -> None:
        """Read from the database what is held in memory."""
        self._due = DueDates.load(connection)
        for docket in self._dockets.values():
            docket.load(connection)

    @property
    def next_due(self) -> datetime | None:
        """When time alone may change a finding."""
        return self._due.earliest

    def judge(self, connection: Connection, touched: Touched, now: datetime) -> Judgements:
        """Judge what ``touched`` facts concern and whose time has come; by docket and scope."""
        turn = Turn(connection, self._due, now)
        causes = {name: dict(docket.touched(turn, touched)) for name, docket in self._dockets.items()}
        for scope in self._due.pop(connection, now):
            causes[docket_of(scope)].setdefault(scope, self._meanwhile(connection, scope))
        judged: dict[str, Sequence[Judgement]] = {}
        for name, found in causes.items():
            scopes = sorted(scope for scope in found if self._mine(subject_of(scope)))
            if scopes:
                judged |= self._dockets[name].judge(turn, scopes)
        if judged:
            self._reconciling.reconcile(connection, judged, _together(causes), now)
        return judged

    def _meanwhile(self, connection: Connection, scope: str) -> Sequence[RecordedFact]:
        """What came about a scope whose time has come, where its docket waited with it."""
        docket = self._dockets[docket_of(scope)]
        return docket.since_judged(connection, scope) if isinstance(docket, Postpones) else ()


def docket_of(scope: str) -> str:
    return scope.partition(":")[0]


def subject_of(scope: str) -> str:
    """The subject at whose home a scope is judged; an appointment's is its person."""
    subject = scope.partition(":")[2]
    return subject.partition("|")[0] if subject.startswith("person:") else subject


def _together(causes: Mapping[str, Mapping[str, Sequence[RecordedFact]]]) -> dict[str, Sequence[RecordedFact]]:
    return {scope: facts for found in causes.values() for scope, facts in found.items()}
