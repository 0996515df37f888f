"""One month of an approving department 审批部门: the cases that it decided."""

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
    """The cases that one department decided in one month; ``now`` decides whether the month is over."""

    subject: str
    decisions: tuple[RecordedFact, ...]
    policy: Policy
    now: datetime

    @cached_property
    def decided(self) -> tuple[CaseDecided, ...]:
        """The content of the decisions, one for each case, by time."""
        return tuple(data for fact in self.decisions if isinstance(data := fact.data, CaseDecided))

    @property
    def first_decision(self) -> CaseDecided:
        """The earliest decision. Department, jurisdiction and month are the same in all of them."""
        return self.decided[0]

    @property
    def closes_at(self) -> datetime:
        """The first moment after the month, in Shanghai."""
        return first_instant(shifted_month(self.first_decision.month, 1))

    def facts_of(self, chosen: Iterable[CaseDecided]) -> tuple[RecordedFact, ...]:
        """The facts behind the decisions ``chosen``."""
        cases = {data.case_id for data in chosen}
        return tuple(
            fact for fact in self.decisions if isinstance(fact.data, CaseDecided) and fact.data.case_id in cases
        )


def department_month(
    subject: str, facts: Iterable[RecordedFact], *, policies: PolicyBook, now: datetime
) -> DepartmentMonth | None:
    """The month folded from standing facts; None where none of its cases is decided any more."""
    decided = [(data, fact) for fact in facts if isinstance(data := fact.data, CaseDecided) and data.subject == subject]
    if not decided:
        return None
    decided.sort(key=lambda pair: (pair[0].decided_at, pair[0].case_id, pair[1].identity))
    policy = policies.for_jurisdiction(decided[0][0].jurisdiction or "")
    return DepartmentMonth(subject, tuple(fact for _, fact in decided), policy, now)
