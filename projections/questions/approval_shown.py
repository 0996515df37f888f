"""Approval cases as interfaces show them: of the board's rows, and of cases as they were at a moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from domain.approval import ApprovalCase, Clock, Margin
from domain.approval.pauses import Stretch
from domain.policy import Policy, PolicyBook
from domain.working_days import working_days_with


@dataclass(frozen=True, slots=True)
class ShownDeadline:
    """``on`` is None where it lies in a year not announced; ``calendar`` names the version counted by."""

    on: date | None
    provisional: bool
    calendar: str


@dataclass(frozen=True, slots=True)
class ShownClock:
    """Working days of the case as a whole (``step`` None) or of one step.

    ``at_least``: part of the time lies in years not announced. ``stands``: a listed special
    procedure holds it. The lower limit is the lower end where the table gives a range: late for
    some projects, in time for others, so that it has no light.
    """

    step: str | None
    light: str
    started_at: datetime
    stopped_at: datetime | None
    limit_working_days: int | None
    lower_limit_working_days: int | None
    over_lower_limit: bool | None
    used_working_days: int
    at_least: bool
    left_working_days: int | None
    stands: bool
    deadline: ShownDeadline | None


@dataclass(frozen=True, slots=True)
class ShownCase:
    """An approval case as interfaces answer it; ``light`` is the worst of the case and its steps.

    ``steps_taken`` are all that its entries name, ``steps`` those of them that have a clock.
    ``most_steps`` and ``steps_over_limit`` are None where no table limits them.
    """

    case_id: str
    light: str
    state: str
    closed: bool
    jurisdiction: str
    department: str
    project_code: str
    item_code: str
    item_name: str
    category: str
    opened_at: datetime
    accepted_at: datetime | None
    decided_at: datetime | None
    age_days: int
    clock: ShownClock | None
    steps: tuple[ShownClock, ...]
    steps_taken: int
    most_steps: int | None
    steps_over_limit: int | None
    certificate_in_step: bool | None


def shown_row(row: Row[Any], policies: PolicyBook, now: datetime) -> ShownCase:
    """As the board has it."""
    policy = policies.for_jurisdiction(row.jurisdiction)
    margin = Margin.of(policy)
    clocks = [_shown(said["step"], _clock(said, row, policy), margin, now) for said in row.clocks]
    opened_at = datetime.fromisoformat(row.opened_at)
    return ShownCase(
        case_id=row.case_id,
        light=row.light_now,
        state=row.state,
        closed=row.closed,
        jurisdiction=row.jurisdiction,
        department=row.department,
        project_code=row.project_code,
        item_code=row.item_code,
        item_name=row.item_name,
        category=row.category,
        opened_at=opened_at,
        accepted_at=_moment(row.accepted_at),
        decided_at=_moment(row.decided_at),
        age_days=max(0, (now - opened_at).days),
        clock=next((clock for clock in clocks if clock.step is None), None),
        steps=tuple(clock for clock in clocks if clock.step is not None),
        steps_taken=row.steps_taken,
        most_steps=row.most_steps,
        steps_over_limit=_steps_over(row.steps_taken, row.most_steps),
        certificate_in_step=row.certificate_in_step,
    )


def _steps_over(taken: int, most: int | None) -> int | None:
    return None if most is None else max(0, taken - most)


def _shown(step: str | None, clock: Clock, margin: Margin, now: datetime) -> ShownClock:
    used, deadline = clock.used(now), clock.deadline
    return ShownClock(
        step=step,
        light=str(clock.light(now, margin)),
        started_at=clock.started,
        stopped_at=clock.stopped,
        limit_working_days=clock.limit,
        lower_limit_working_days=clock.lower_limit,
        over_lower_limit=clock.over_lower_limit(now),
        used_working_days=used.days,
        at_least=used.at_least,
        left_working_days=clock.left(now),
        stands=clock.paused,
        deadline=None if deadline is None else ShownDeadline(deadline.on, deadline.provisional, deadline.calendar),
    )


def _clock(said: Mapping[str, Any], row: Row[Any], policy: Policy) -> Clock:
    pauses = tuple(Stretch(datetime.fromisoformat(began), _moment(ended)) for began, ended in row.pauses)
    started, stopped = datetime.fromisoformat(said["started"]), _moment(said["stopped"])
    calendar = working_days_with(policy.local_working_days)
    return Clock(started, stopped, pauses, said["limit"], calendar, row.jurisdiction, said["lower_limit"])


def shown_case(case: ApprovalCase) -> ShownCase:
    """The same of a case as it was at a moment."""
    said, now = case.latest, case.now
    return ShownCase(
        case_id=case.case_id,
        light=str(case.light(now)),
        state=case.state,
        closed=case.closed is not None,
        jurisdiction=case.jurisdiction,
        department=said.department,
        project_code=said.project_code,
        item_code=said.item_code,
        item_name=said.item_name,
        category=said.category,
        opened_at=case.entries[0].at,
        accepted_at=case.accepted.at if case.accepted else None,
        decided_at=case.decided.at if case.decided else None,
        age_days=max(0, (now - case.entries[0].at).days),
        clock=_shown(None, case.clock, case.margin, now) if case.clock else None,
        steps=_steps(case),
        steps_taken=len(case.steps),
        most_steps=case.most_steps,
        steps_over_limit=_steps_over(len(case.steps), case.most_steps),
        certificate_in_step=case.certificate_in_step,
    )


def _steps(case: ApprovalCase) -> tuple[ShownClock, ...]:
    running = [(step.name, step.clock) for step in case.steps]
    return tuple(_shown(name, clock, case.margin, case.now) for name, clock in running if clock is not None)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
