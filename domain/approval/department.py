"""The month of an approving department 审批部门: the cases it decided, told case by case."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b

from domain.approval.case import ApprovalCase
from domain.evidence.days import day_in_shanghai, first_instant, month_of, shifted_month
from domain.evidence.recorded import RecordedFact, standing
from domain.facts import OWN_PREFIX
from domain.facts.approvals import ApprovalRecorded, CaseDecided
from domain.facts.corrections import FactCorrected, RetractedFact
from domain.follow_ups.follow_up import FollowUp, follow_up_id
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


def case_decided(case: ApprovalCase) -> CaseDecided | None:
    """What the department of a decided case must know of it; None while it is open or never ran."""
    decided, clock = case.decided, case.clock
    if decided is None or clock is None:
        return None
    deadline = clock.deadline
    return CaseDecided(
        case_id=case.case_id,
        project_code=case.said.project_code,
        jurisdiction=case.jurisdiction or None,
        department=case.said.department,
        department_key=case.department_key,
        month=month_of(decided.day),
        decided_at=decided.at,
        elapsed_seconds=int((decided.at - clock.started).total_seconds()),
        paused_seconds=clock.paused_seconds,
        on_last_day=deadline is not None and deadline.on == day_in_shanghai(decided.at),
    )


def outstanding(case: ApprovalCase | None, recorded: Sequence[RecordedFact]) -> tuple[FollowUp, ...]:
    """What departments must still be told of a case, and what they were told and is no longer so.

    ``recorded`` is everything about the case, retracted or not.
    """
    wanted = {message.id: message for message in _wanted(case, recorded)}
    sent = {fact.id for fact in recorded if isinstance(fact.data, CaseDecided)}
    outdated = [fact for fact in standing(recorded) if isinstance(fact.data, CaseDecided) and fact.id not in wanted]
    new = [message for identity, message in wanted.items() if identity not in sent]
    cause = new[0].cause if new else None
    return (*(_retraction(fact, cause or recorded[-1]) for fact in outdated), *new)


def _wanted(case: ApprovalCase | None, recorded: Iterable[RecordedFact]) -> Iterator[FollowUp]:
    data = case_decided(case) if case is not None else None
    if case is not None and case.decided is not None and data is not None:
        yield FollowUp.of(case.decided.fact, f"decided/{_digest(data, recorded)}", data)


def _digest(data: CaseDecided, recorded: Iterable[RecordedFact]) -> str:
    """Of what is said, and of all it was said on: a retraction is final, so nothing is said twice.

    The same facts in any order of arrival come to the same.
    """
    kinds = (ApprovalRecorded.KIND, FactCorrected.KIND)
    outside = (fact for fact in recorded if not fact.source.startswith(OWN_PREFIX))
    known = sorted(fact.identity for fact in outside if fact.fact.data.KIND in kinds)
    return blake2b(json.dumps([data.model_dump_json(), known]).encode(), digest_size=16).hexdigest()


def _retraction(fact: RecordedFact, cause: RecordedFact) -> FollowUp:
    retracts = RetractedFact(source=fact.source, id=fact.id)
    data = FactCorrected(retracts=retracts, reason="what is known of the case has changed")
    return FollowUp(follow_up_id(fact, "retracted"), data, cause, cause.fact.recordedtime)
