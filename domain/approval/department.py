"""The month of an approving department 审批部门: the cases it decided, told case by case."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from domain.evidence.days import first_instant, shifted_month
from domain.evidence.recorded import RecordedFact
from domain.facts.approvals import CaseDecided
from domain.policy import Policy, PolicyBook


@dataclass(frozen=True)
class DepartmentMonth:
    """What one department decided in one month; ``now`` tells whether the month is over."""

    subject: str
    decisions: tuple[RecordedFact, ...]
    policy: Policy
    now: datetime

    @cached_property
    def decided(self) -> tuple[CaseDecided, ...]:
        """One for each case, by decision."""
        return tuple(data for fact in self.decisions if isinstance(data := fact.data, CaseDecided))

    @property
    def said(self) -> CaseDecided:
        """Any of them names department, jurisdiction and month."""
        return self.decided[0]

    @property
    def closes_at(self) -> datetime:
        """When the month is over."""
        return first_instant(shifted_month(self.said.month, 1))

    def facts_of(self, chosen: Iterable[CaseDecided]) -> tuple[RecordedFact, ...]:
        cases = {data.case_id for data in chosen}
        return tuple(
            fact for fact in self.decisions if isinstance(fact.data, CaseDecided) and fact.data.case_id in cases
        )


def department_month(
    subject: str, facts: Iterable[RecordedFact], *, policies: PolicyBook, now: datetime
) -> DepartmentMonth | None:
    """The month from facts that stand; None where none of its cases is decided any more."""
    decided = [(data, fact) for fact in facts if isinstance(data := fact.data, CaseDecided) and data.subject == subject]
    if not decided:
        return None
    decided.sort(key=lambda one: (one[0].decided_at, one[0].case_id, one[1].identity))
    policy = policies.for_jurisdiction(decided[0][0].jurisdiction or "")
    return DepartmentMonth(subject, tuple(fact for _, fact in decided), policy, now)
