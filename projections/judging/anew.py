"""Judging every case anew, when rules or policies have changed.

What was adopted is a fact of the monitor. It makes every case group due at once. From then on the groups wait in
the queue of due dates like any others: they are judged a few hundred at a time, and go on waiting through a restart.
When the tables are derived from the ledger, they are judged in the same batches again.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from domain.evidence import RecordedFact
from domain.facts.fact import OWN_PREFIX
from domain.facts.rules import RULES_SUBJECT, RulesAdopted
from projections.boards.due_dates import DueDates
from projections.case_groups import subject_of
from projections.evidence.recorded_facts import SubjectFacts
from projections.judging.case_kind import LOADS, CaseKind, JudgingRun, Touched, wanted
from projections.judging.every_group import every_group
from projections.judging.in_memory import IndexInMemory

_ADOPTED: Final = wanted([RulesAdopted.KIND])


class Anew:
    """The groups that still wait to be judged by the rules adopted last."""

    def __init__(self, facts: SubjectFacts) -> None:
        self._facts = facts
        self._adopted: RecordedFact | None = None
        self._waiting: set[str] = set()
        self._alone_at: datetime | None = None

    def load(self, connection: Connection, due: DueDates) -> None:
        """Read from the database what is held in memory."""
        self._alone_at = None
        adopted = self._facts.of(connection, RULES_SUBJECT)
        self._adopted = adopted[-1] if adopted else None
        self._waiting = set(due.waiting_for(self._adopted.recorded_at)) if self._adopted else set()

    def adopt(
        self, run: JudgingRun, touched: Touched, case_kinds: Iterable[CaseKind], mine: Callable[[str], bool]
    ) -> None:
        """Have every group judged from now on, if rules were adopted in this batch."""
        positions = touched.only(_ADOPTED).positions.tolist()
        if not positions:
            return
        self._adopted = self._facts.at(run.connection, positions)[-1]
        everything = IndexInMemory(run.connection).everything()
        judging = [case_kind for case_kind in case_kinds if case_kind.name != LOADS]
        groups = {group for case_kind in judging for group in every_group(case_kind, run, everything)}
        self._waiting = {group for group in groups if mine(subject_of(group))}
        run.due.add(run.connection, sorted(self._waiting), run.now)

    def reasons(self, facts: Sequence[RecordedFact], now: datetime) -> Sequence[RecordedFact]:
        """``facts``; or what was adopted, where they are follow-ups of nothing but judging anew."""
        if self._adopted is None or self._alone_at != now:
            return facts
        outside = [fact for fact in facts if not fact.source.startswith(OWN_PREFIX)]
        return outside or (self._adopted,)

    def cause(self, group: str) -> RecordedFact | None:
        """What was adopted, where it is why ``group`` is due."""
        return self._adopted if group in self._waiting else None

    def judged(self, groups: Collection[str], touched: Touched, now: datetime) -> None:
        """Note that these groups no longer wait, whatever they were judged for."""
        # All rounds of a transaction have one moment. Where the first has no fact but the adoption, what
        # follows in later rounds follows from judging anew.
        if not self._waiting.isdisjoint(groups) and len(touched) == len(touched.only(_ADOPTED)):
            self._alone_at = now
        self._waiting.difference_update(groups)

    @property
    def left(self) -> int:
        """How many groups wait."""
        return len(self._waiting)
