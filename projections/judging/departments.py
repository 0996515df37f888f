"""The case kind of approving departments: the decisions of one department in one month are a group."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from domain.approval.department import DepartmentMonth, department_month
from domain.clues.context import ClueContext
from domain.evidence import RecordedFact, standing
from domain.facts.approvals import CaseDecided
from domain.facts.corrections import FactCorrected
from domain.policy import PolicyBook
from domain.rule import judge
from projections.boards import approval_board
from projections.boards.approval_board import DEPARTMENT_MONTHS
from projections.evidence.recorded_facts import SubjectFacts
from projections.judging.case_kind import Judgement, Judgements, JudgingRun, Touched, wanted
from projections.judging.corrected import corrected

_DECIDED: Final = wanted([CaseDecided.KIND])
_CORRECTING: Final = wanted([FactCorrected.KIND])
_READ: Final = frozenset({CaseDecided.KIND, FactCorrected.KIND})
_PREFIX: Final = "departments:"


class Departments:
    """Judges the months of departments at once, and again when a month is over."""

    name = "departments"

    def __init__(self, facts: SubjectFacts, policies: PolicyBook) -> None:
        self._facts = facts
        self._policies = policies

    def load(self, connection: Connection) -> None:
        """Nothing is held in memory."""

    def touched(self, run: JudgingRun, touched: Touched) -> dict[str, Sequence[RecordedFact]]:
        connection = run.connection
        causes: defaultdict[str, dict[int, RecordedFact]] = defaultdict(dict)
        corrections = touched.only(_CORRECTING)
        if len(corrections):
            columns = DEPARTMENT_MONTHS.c.subject, DEPARTMENT_MONTHS.c.subject_key
            for subject, facts in corrected(connection, self._facts, corrections, *columns).items():
                causes[_PREFIX + subject] |= {fact.position: fact for fact in facts}
        for fact in self._facts.at(connection, touched.only(_DECIDED).positions.tolist()):
            if isinstance(fact.data, CaseDecided):
                causes[_PREFIX + fact.data.subject][fact.position] = fact
        return {group: [facts[position] for position in sorted(facts)] for group, facts in causes.items()}

    def judge(self, run: JudgingRun, groups: Sequence[str]) -> Judgements:
        subjects = [group.removeprefix(_PREFIX) for group in groups]
        self._facts.prefetch(run.connection, subjects, kinds=_READ)
        return {_PREFIX + subject: self._judge_month(run, subject) for subject in subjects}

    def _judge_month(self, run: JudgingRun, subject: str) -> tuple[Judgement, ...]:
        facts = standing(self._facts.of(run.connection, subject, kinds=_READ))
        month = department_month(subject, facts, policies=self._policies, now=run.now)
        approval_board.put_month(run.connection, subject, month)
        run.wait(_PREFIX + subject, (month.closes_at,) if month else ())
        return (Judgement(month, judge(month), context_of(month)),) if month else ()


def context_of(month: DepartmentMonth) -> ClueContext:
    """What clues of a department's month are about; ``occurred_at`` is the end of the month."""
    return ClueContext(
        case_group=_PREFIX + month.subject,
        jurisdiction=month.first_decision.jurisdiction or "",
        title=f"{month.first_decision.department}（{month.first_decision.month}）",
        occurred_at=month.closes_at,
    )
