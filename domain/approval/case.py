"""An approval case 审批件: a pure fold of the facts about it; their order of arrival does not matter."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from domain.approval.clock import Clock
from domain.approval.entries import APPROVED, DECISIONS, Entry, acceptance, closing, entries_of
from domain.approval.lights import CERTIFICATE_WORKING_DAYS, Light, Margin, midnight, threshold
from domain.approval.pauses import Interruption, Stretch, corrections, joined, special_procedures
from domain.approval.steps import Step, StepCourse, stated_limit, step_courses
from domain.evidence.coverage import ISSUED, Ask, Asking, Completeness, Coverage, asks_of, nothing_closed
from domain.evidence.days import day_in_shanghai
from domain.evidence.recorded import RecordedFact
from domain.facts.approvals import ApprovalRecorded, case_subject
from domain.facts.certificates import CertificateIssued
from domain.identifiers import jurisdiction_of_project, organisation_key
from domain.limits import strictest
from domain.policy import Policy, PolicyBook
from domain.working_days import Deadline, WorkingDays, working_days_with

CASE_KINDS = frozenset({ApprovalRecorded.KIND, CertificateIssued.KIND})
"""The kinds of facts that a case is folded from."""


@dataclass(frozen=True)
class ApprovalCase:
    """One application for one approval.

    ``entries`` are sorted by the time at which they happened. ``certificates`` are those issued for
    the case, earliest first. ``coverage`` says whether all certificates were stated to be there. ``now``
    decides the lights and what is due, and nothing else.
    """

    case_id: str
    entries: tuple[Entry, ...]
    certificates: tuple[RecordedFact, ...]
    jurisdiction: str
    policy: Policy
    now: datetime
    coverage: Coverage = field(default_factory=lambda: nothing_closed(()))

    @property
    def subject(self) -> str:
        return case_subject(self.case_id)

    @property
    def latest(self) -> ApprovalRecorded:
        """The statement of the last entry, which names the item, the department and the applicant."""
        return self.entries[-1].statement

    @property
    def state(self) -> str:
        return self.entries[-1].state

    @property
    def department_key(self) -> str:
        """Jurisdiction and normalised name: departments of several places have the same name."""
        return f"{self.jurisdiction or '-'}/{organisation_key(self.latest.department)}"

    @cached_property
    def accepted(self) -> Entry | None:
        """The acceptance 受理 that came before the end of the case, else one that came after it."""
        closed = self.closed
        before = self.entries if closed is None else [entry for entry in self.entries if entry.at <= closed.at]
        return acceptance(before) or acceptance(self.entries)

    @cached_property
    def closed(self) -> Entry | None:
        """The entry that ended the case; None while the case is open."""
        return closing(self.entries)

    @property
    def decided(self) -> Entry | None:
        """The entry with the decision, approved or rejected; None where there is none."""
        return self.closed if self.closed is not None and self.closed.state in DECISIONS else None

    @property
    def approved(self) -> Entry | None:
        """The entry that approved the case; None where there is none."""
        return self.closed if self.closed is not None and self.closed.state in APPROVED else None

    @cached_property
    def special_procedures(self) -> tuple[Interruption, ...]:
        return special_procedures(self.entries)

    @cached_property
    def corrections(self) -> tuple[Interruption, ...]:
        return corrections(self.entries)

    @cached_property
    def pauses(self) -> tuple[Stretch, ...]:
        """The stretches of time in which listed special procedures stop every clock of the case."""
        listed = self.policy.special_procedures
        return joined(procedure for procedure in self.special_procedures if procedure.is_listed(listed))

    @cached_property
    def calendar(self) -> WorkingDays:
        return working_days_with(self.policy.local_working_days)

    @cached_property
    def limit(self) -> int | None:
        """The limit in working days: the stricter of the one stated in the case and the jurisdiction's table."""
        table = self.policy.limits
        published = table.of_case(self.latest.category, self.latest.item_name) if table else None
        return strictest(stated_limit(entry for entry in self.entries if entry.statement.step is None), published)

    @cached_property
    def lower_limit(self) -> int | None:
        """The lower end of the range where the table gives one; None where one limit holds for all."""
        table = self.policy.limits
        published = table.lower_of_case(self.latest.category, self.latest.item_name) if table else None
        return _below(published, self.limit)

    @property
    def most_steps(self) -> int | None:
        """The number of steps that the jurisdiction's table allows; None where it sets no number."""
        table = self.policy.limits
        return table.steps_of_case(self.latest.category) if table else None

    @cached_property
    def clock(self) -> Clock | None:
        """The clock from acceptance to the end; None where the case was not accepted before it ended."""
        # ``accepted`` may be an acceptance after the end, for lack of another; no clock can run backwards.
        if self.accepted is None or (self.closed is not None and self.closed.at < self.accepted.at):
            return None
        stopped = self.closed.at if self.closed else None
        return self.clock_of(self.accepted.at, stopped, self.limit, lower_limit=self.lower_limit)

    def clock_of(
        self, started: datetime, stopped: datetime | None, limit: int | None, *, lower_limit: int | None = None
    ) -> Clock:
        """A clock with the pauses, the calendar and the jurisdiction of this case."""
        return Clock(started, stopped, self.pauses, limit, self.calendar, self.jurisdiction, lower_limit)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps that entries name, by their first entry; a step has a clock once it has been accepted."""
        return tuple(self._step(course) for course in step_courses(self.entries, self.closed))

    def _step(self, course: StepCourse) -> Step:
        table = self.policy.limits
        limit = strictest(stated_limit(course.entries), table.of_step(course.name) if table else None)
        lower = _below(table.lower_of_step(course.name) if table else None, limit)
        started = course.started(self.accepted)
        return Step(course, limit, self.clock_of(started, course.ended, limit, lower_limit=lower) if started else None)

    @property
    def margin(self) -> Margin:
        return Margin.of(self.policy)

    @cached_property
    def clocks(self) -> tuple[Clock, ...]:
        """The clock of the case as a whole, then the clocks of its steps."""
        return tuple(clock for clock in (self.clock, *(step.clock for step in self.steps)) if clock is not None)

    def light(self, now: datetime) -> Light:
        """The worst light of all clocks at ``now``; green where nothing has a clock."""
        lights = (clock.light(now, self.margin) for clock in self.clocks)
        return max(lights, key=lambda light: light.rank, default=Light.GREEN)

    @cached_property
    def certificate_due(self) -> Deadline | None:
        """The last day for issuing the certificate of an approval; None where no certificate is due."""
        if self.approved is None or self.latest.item_code in self.policy.items_without_certificate:
            return None
        days = threshold(self.policy, "A606", "longest_working_days", CERTIFICATE_WORKING_DAYS)
        return self.calendar.add(self.approved.day, days, self.jurisdiction)

    @property
    def certificate_in_step(self) -> bool | None:
        """Whether the certificate was issued in time; None where none is due, or where it cannot be told yet."""
        due = self.certificate_due
        if due is None:
            return None
        if self.certificates:
            issued = day_in_shanghai(self.certificates[0].occurred_at)
            return None if due.on is None else not due.passed(issued)
        return False if due.passed(day_in_shanghai(self.now)) and self.certificates_complete.given else None

    @property
    def certificates_complete(self) -> Completeness:
        """Whether all certificates were stated to be there that were issued up to the day it is due."""
        return self.coverage.of(self._asks)

    @property
    def _asks(self) -> tuple[Ask, ...]:
        due = self.certificate_due
        on = [due.on.isoformat()] if due is not None and due.on is not None else []
        return asks_of(self.policy, self.jurisdiction, ISSUED, on)

    @property
    def open_asks(self) -> frozenset[Ask]:
        """What the rules ask of coverage, because no certificate is known: a closing may change a finding."""
        return frozenset(self._asks) if not self.certificates else frozenset()

    def covered_by(self, asking: Asking) -> "ApprovalCase":
        """The same case with the answers to all that its rules may ask."""
        return replace(self, coverage=asking(self._asks))

    @property
    def moments(self) -> tuple[datetime, ...]:
        """The moments at which time alone may change a light or a finding, earliest first, past ones included."""
        moments = [moment for clock in self.clocks for moment in clock.light_changes(self.margin)]
        due = self.certificate_due
        if due is not None and due.on is not None and not self.certificates:
            moments.append(midnight(due.on + timedelta(days=1)))
        return tuple(sorted({moment for moment in moments if moment is not None}))


def approval_case(
    case_id: str,
    facts: Iterable[RecordedFact],
    *,
    policies: PolicyBook,
    now: datetime,
    asking: Asking = nothing_closed,
) -> ApprovalCase | None:
    """The case folded from standing facts; None where no entry is about ``case_id``.

    ``asking`` answers what was stated to be complete.
    """
    facts = tuple(facts)
    entries = entries_of(case_id, facts)
    if not entries:
        return None
    jurisdiction = _jurisdiction(entries)
    issued = (fact for fact in facts if isinstance(data := fact.data, CertificateIssued) and data.case_id == case_id)
    case = ApprovalCase(
        case_id=case_id,
        entries=entries,
        certificates=tuple(sorted(issued, key=lambda fact: (fact.occurred_at, fact.identity))),
        jurisdiction=jurisdiction,
        policy=policies.for_jurisdiction(jurisdiction),
        now=now,
    )
    return case.covered_by(asking)


def _below(lower: int | None, limit: int | None) -> int | None:
    """``lower`` where it is below ``limit``, else None: then it adds nothing."""
    return lower if lower is not None and limit is not None and lower < limit else None


def _jurisdiction(entries: Sequence[Entry]) -> str:
    """The jurisdiction that an entry stated last, else that of the project code; empty where neither exists."""
    stated = (entry.statement.jurisdiction for entry in reversed(entries))
    named = (jurisdiction_of_project(entry.statement.project_code) for entry in reversed(entries))
    return next((code for code in (*stated, *named) if code), "")
