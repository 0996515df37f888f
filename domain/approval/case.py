"""An approval case 审批件: a pure fold of what is recorded about it, in whatever order that came."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from domain.approval.clock import Clock
from domain.approval.entries import APPROVED, DECISIONS, Entry, acceptance, closing, entries_of
from domain.approval.lights import CERTIFICATE_WORKING_DAYS, Light, Margin, midnight, threshold
from domain.approval.pauses import Interruption, Stretch, corrections, joined, special_procedures
from domain.approval.steps import Part, Step, parts_of, stated_limit
from domain.evidence.days import day_in_shanghai
from domain.evidence.recorded import RecordedFact
from domain.facts.approvals import ApprovalRecorded, case_subject
from domain.facts.certificates import CertificateIssued
from domain.identifiers import jurisdiction_of_project, organisation_key
from domain.limits import strictest
from domain.policy import Policy, PolicyBook
from domain.working_days import Deadline, WorkingDays, working_days_with

CASE_KINDS = frozenset({ApprovalRecorded.KIND, CertificateIssued.KIND})
"""What a case is folded from."""


@dataclass(frozen=True)
class ApprovalCase:
    """One application for one approval. ``now`` decides the lights and what is due, nothing else.

    ``entries`` stand as it happened; each one's fact says when and where it was recorded.
    ``certificates`` are those issued for the case, earliest first.
    """

    case_id: str
    entries: tuple[Entry, ...]
    certificates: tuple[RecordedFact, ...]
    jurisdiction: str
    policy: Policy
    now: datetime

    @property
    def subject(self) -> str:
        return case_subject(self.case_id)

    @property
    def said(self) -> ApprovalRecorded:
        """What was said last: title, department and applicant are taken from it."""
        return self.entries[-1].said

    @property
    def state(self) -> str:
        return self.entries[-1].state

    @property
    def department_key(self) -> str:
        """Tells departments of one name apart by jurisdiction."""
        return f"{self.jurisdiction or '-'}/{organisation_key(self.said.department)}"

    @cached_property
    def accepted(self) -> Entry | None:
        """The acceptance before the case ended, else one that came after."""
        closed = self.closed
        before = self.entries if closed is None else [entry for entry in self.entries if entry.at <= closed.at]
        return acceptance(before) or acceptance(self.entries)

    @cached_property
    def closed(self) -> Entry | None:
        return closing(self.entries)

    @property
    def decided(self) -> Entry | None:
        """The decision, whichever it is."""
        return self.closed if self.closed is not None and self.closed.state in DECISIONS else None

    @property
    def approved(self) -> Entry | None:
        return self.closed if self.closed is not None and self.closed.state in APPROVED else None

    @cached_property
    def special_procedures(self) -> tuple[Interruption, ...]:
        return special_procedures(self.entries)

    @cached_property
    def corrections(self) -> tuple[Interruption, ...]:
        return corrections(self.entries)

    @cached_property
    def pauses(self) -> tuple[Stretch, ...]:
        """The time in which listed special procedures stop every clock of the case."""
        listed = self.policy.special_procedures
        return joined(each for each in self.special_procedures if each.is_listed(listed))

    @cached_property
    def calendar(self) -> WorkingDays:
        return working_days_with(self.policy.local_working_days)

    @cached_property
    def limit(self) -> int | None:
        """The strictest of what the case says and of what the jurisdiction's table says, in working days."""
        table = self.policy.limits
        published = table.of_case(self.said.category, self.said.item_name) if table else None
        return strictest(stated_limit(entry for entry in self.entries if entry.said.step is None), published)

    @cached_property
    def lower_limit(self) -> int | None:
        """The lower end where the table gives a range; None where all have the same limit."""
        table = self.policy.limits
        published = table.lower_of_case(self.said.category, self.said.item_name) if table else None
        return _below(published, self.limit)

    @property
    def most_steps(self) -> int | None:
        """How many steps the jurisdiction's table allows a case of this category."""
        table = self.policy.limits
        return table.steps_of_case(self.said.category) if table else None

    @cached_property
    def clock(self) -> Clock | None:
        """From acceptance to the end; None where the case was not accepted before it ended."""
        if self.accepted is None or (self.closed is not None and self.closed.at < self.accepted.at):
            return None
        stopped = self.closed.at if self.closed else None
        return self.clock_of(self.accepted.at, stopped, self.limit, lower_limit=self.lower_limit)

    def clock_of(
        self, started: datetime, stopped: datetime | None, limit: int | None, *, lower_limit: int | None = None
    ) -> Clock:
        return Clock(started, stopped, self.pauses, limit, self.calendar, self.jurisdiction, lower_limit)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps its entries name, in order; each with a clock where it has been accepted."""
        return tuple(self._step(part) for part in parts_of(self.entries, self.closed))

    def _step(self, part: Part) -> Step:
        table = self.policy.limits
        limit = strictest(stated_limit(part.entries), table.of_step(part.name) if table else None)
        lower = _below(table.lower_of_step(part.name) if table else None, limit)
        started = part.started(self.accepted)
        return Step(part, limit, self.clock_of(started, part.ended, limit, lower_limit=lower) if started else None)

    @property
    def margin(self) -> Margin:
        return Margin.of(self.policy)

    @cached_property
    def clocks(self) -> tuple[Clock, ...]:
        """Of the case as a whole, then of its steps."""
        return tuple(clock for clock in (self.clock, *(step.clock for step in self.steps)) if clock is not None)

    def light(self, now: datetime) -> Light:
        """The worst of the case as a whole and of its steps."""
        lights = (clock.light(now, self.margin) for clock in self.clocks)
        return max(lights, key=lambda light: light.rank, default=Light.GREEN)

    @cached_property
    def certificate_due(self) -> Deadline | None:
        """The last day for the certificate of an approval; None where none is due."""
        if self.approved is None or self.said.item_code in self.policy.items_without_certificate:
            return None
        days = threshold(self.policy, "A606", "longest_working_days", CERTIFICATE_WORKING_DAYS)
        return self.calendar.add(self.approved.day, days, self.jurisdiction)

    @property
    def certificate_in_step(self) -> bool | None:
        """Whether the certificate came in time; None where none is due, or that is not known yet."""
        due = self.certificate_due
        if due is None:
            return None
        if self.certificates:
            issued = day_in_shanghai(self.certificates[0].occurred_at)
            return None if due.on is None else not due.passed(issued)
        return False if due.passed(day_in_shanghai(self.now)) else None

    @property
    def moments(self) -> tuple[datetime, ...]:
        """When time alone may change a light or a finding."""
        turns = [moment for clock in self.clocks for moment in clock.turns(self.margin)]
        due = self.certificate_due
        if due is not None and due.on is not None and not self.certificates:
            turns.append(midnight(due.on + timedelta(days=1)))
        return tuple(sorted({moment for moment in turns if moment is not None}))


def approval_case(
    case_id: str, facts: Iterable[RecordedFact], *, policies: PolicyBook, now: datetime
) -> ApprovalCase | None:
    """The case from facts that stand; None where no entry is about it."""
    facts = tuple(facts)
    entries = entries_of(case_id, facts)
    if not entries:
        return None
    jurisdiction = _jurisdiction(entries)
    issued = (fact for fact in facts if isinstance(data := fact.data, CertificateIssued) and data.case_id == case_id)
    return ApprovalCase(
        case_id=case_id,
        entries=entries,
        certificates=tuple(sorted(issued, key=lambda fact: (fact.occurred_at, fact.identity))),
        jurisdiction=jurisdiction,
        policy=policies.for_jurisdiction(jurisdiction),
        now=now,
    )


def _below(lower: int | None, limit: int | None) -> int | None:
    """The lower end, where it says more than the limit."""
    return lower if lower is not None and limit is not None and lower < limit else None


def _jurisdiction(entries: Sequence[Entry]) -> str:
    """As said last, else as the project code names it; empty where neither does."""
    stated = (entry.said.jurisdiction for entry in reversed(entries))
    named = (jurisdiction_of_project(entry.said.project_code) for entry in reversed(entries))
    return next((code for code in (*stated, *named) if code), "")
