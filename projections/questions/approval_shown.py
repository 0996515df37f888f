"""Approval cases as interfaces show them, made from rows of the board or from cases at a past moment."""

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
    """A deadline; ``on`` is None where it lies in a year that has not been announced.

    ``calendar`` is the version of the calendar that it was counted with.
    """

    on: date | None
    provisional: bool
    calendar: str


@dataclass(frozen=True, slots=True)
class ShownClock:
    """The clock of the case as a whole (``step`` None) or of one step.

    ``at_least`` is True where a part of the time lies in years that have not been announced. ``stands``
    is True while a listed special procedure stops the clock. The lower limit is the lower end of a
    range in the table. A case beyond it is late for some projects and in time for others, so it
    has no light.
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
    """An approval case as interfaces show it; ``light`` is the worst of the case and its steps.

    ``steps_taken`` is the number of all steps that its entries name; ``steps`` are those with a clock.
    ``most_steps`` and ``steps_over_limit`` are None where no table limits the number of steps.
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
    """The case in a row of the board, with the label ``light_now``; clocks are read at ``now``."""
    policy = policies.for_jurisdiction(row.jurisdiction)
    margin = Margin.of(policy)
    clocks = [_shown(stored["step"], _clock(stored, row, policy), margin, now) for stored in row.clocks]
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


def _clock(stored: Mapping[str, Any], row: Row[Any], policy: Policy) -> Clock:
    """The clock that the board stored as JSON; it runs on without the ledger being read."""
    pauses = tuple(Stretch(datetime.fromisoformat(began), _moment(ended)) for began, ended in row.pauses)
    started, stopped = datetime.fromisoformat(stored["started"]), _moment(stored["stopped"])
    calendar = working_days_with(policy.local_working_days)
    return Clock(started, stopped, pauses, stored["limit"], calendar, row.jurisdiction, stored["lower_limit"])


def shown_case(case: ApprovalCase) -> ShownCase:
    """The case as it was at its moment ``now``."""
    latest, now = case.latest, case.now
    return ShownCase(
        case_id=case.case_id,
        light=str(case.light(now)),
        state=case.state,
        closed=case.closed is not None,
        jurisdiction=case.jurisdiction,
        department=latest.department,
        project_code=latest.project_code,
        item_code=latest.item_code,
        item_name=latest.item_name,
        category=latest.category,
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
