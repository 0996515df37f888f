"""Approval cases as those may see them who watch over their departments."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, case, false, select, tuple_

from domain.access import Actor, Role
from domain.approval import Clock, Margin
from domain.approval.pauses import Stretch
from domain.errors import NotFound
from domain.identifiers import organisation_key
from domain.policy import Policy, PolicyBook
from domain.working_days import working_days_with
from projections.approval_board import APPROVALS, LIGHTS
from projections.batches import instant_text
from projections.scope import within, within_jurisdiction

_READERS: Final = frozenset({Role.SUPERVISOR, Role.INVESTIGATOR, Role.AUDITOR, Role.OPERATOR})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ORDER: Final = (APPROVALS.c.opened_at, APPROVALS.c.case_id)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; None does not narrow.

    ``age_days``: open for at least so many days. ``department`` is its name, in any spelling.
    """

    light: str | None = None
    department: str | None = None
    jurisdiction: str | None = None
    age_days: int | None = None
    closed: bool | None = None


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
    procedure holds it.
    """

    step: str | None
    light: str
    started_at: datetime
    stopped_at: datetime | None
    limit_working_days: int | None
    used_working_days: int
    at_least: bool
    left_working_days: int | None
    stands: bool
    deadline: ShownDeadline | None


@dataclass(frozen=True, slots=True)
class ShownCase:
    """An approval case as interfaces answer it; ``light`` is the worst of the case and its steps."""

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
    certificate_in_step: bool | None


@dataclass(frozen=True, slots=True)
class Page:
    """``next`` is the cursor of the following page; None on the last."""

    items: tuple[ShownCase, ...]
    next: str | None


def approvals_visible(actor: Actor) -> ColumnElement[bool]:
    """Cases of the jurisdictions the actor watches over; nobody else sees any."""
    return within_jurisdiction(actor, APPROVALS.c.jurisdiction) if actor.role in _READERS else false()


def of_department(name: str) -> ColumnElement[bool]:
    """Cases of departments of that name, in any jurisdiction."""
    ending = f"/{organisation_key(name)}"
    named = APPROVALS.c.department_key == APPROVALS.c.jurisdiction.concat(ending)
    return named | (APPROVALS.c.department_key == f"-{ending}")


def light_at(now: datetime) -> ColumnElement[str]:
    """The light at ``now``, also where no batch has turned it yet."""
    moment = instant_text(now)
    return case(
        (LIGHTS.c.red_at <= moment, "red"),
        ((LIGHTS.c.yellow_at <= moment) & (LIGHTS.c.light == "green"), "yellow"),
        else_=LIGHTS.c.light,
    )


def approvals(
    connection: Connection,
    actor: Actor,
    policies: PolicyBook,
    filters: Filters = Filters(),
    *,
    now: datetime,
    cursor: str | None = None,
    limit: int = 100,
) -> Page:
    """The cases opened first first; ``cursor`` is the ``next`` of the page before."""
    query = _narrowed(actor, filters, now)
    if cursor is not None:
        query = query.where(tuple_(*_ORDER) > tuple_(*_place(cursor)))
    rows = connection.execute(query.limit(limit + 1)).all()
    items = tuple(shown(row, policies, now) for row in rows[:limit])
    return Page(items, _cursor(rows[limit - 1]) if len(rows) > limit else None)


def every_approval(
    connection: Connection, actor: Actor, policies: PolicyBook, filters: Filters = Filters(), *, now: datetime
) -> Iterator[ShownCase]:
    """As :func:`approvals`, all of them."""
    for row in connection.execute(_narrowed(actor, filters, now)):
        yield shown(row, policies, now)


def approval(connection: Connection, actor: Actor, policies: PolicyBook, case_id: str, *, now: datetime) -> ShownCase:
    """One case; raises NotFound outside the actor's scope."""
    query = _seen(now).where(APPROVALS.c.case_id == case_id, approvals_visible(actor))
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("approval case")
    return shown(row, policies, now)


def shown(row: Row[Any], policies: PolicyBook, now: datetime) -> ShownCase:
    policy = policies.for_jurisdiction(row.jurisdiction)
    clocks = [_shown_clock(said, row, policy, now) for said in row.clocks]
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
        certificate_in_step=row.certificate_in_step,
    )


def shown_clock(step: str | None, clock: Clock, margin: Margin, now: datetime) -> ShownClock:
    used, deadline = clock.used(now), clock.deadline
    return ShownClock(
        step=step,
        light=str(clock.light(now, margin)),
        started_at=clock.started,
        stopped_at=clock.stopped,
        limit_working_days=clock.limit,
        used_working_days=used.days,
        at_least=used.at_least,
        left_working_days=clock.left(now),
        stands=clock.stands,
        deadline=None if deadline is None else ShownDeadline(deadline.on, deadline.provisional, deadline.calendar),
    )


def _shown_clock(said: Mapping[str, Any], row: Row[Any], policy: Policy, now: datetime) -> ShownClock:
    pauses = tuple(Stretch(datetime.fromisoformat(began), _moment(ended)) for began, ended in row.pauses)
    started, stopped = datetime.fromisoformat(said["started"]), _moment(said["stopped"])
    calendar = working_days_with(policy.local_working_days)
    clock = Clock(started, stopped, pauses, said["limit"], calendar, row.jurisdiction)
    return shown_clock(said["step"], clock, Margin.of(policy), now)


def _seen(now: datetime) -> Select[Any]:
    lit = APPROVALS.join(LIGHTS, LIGHTS.c.case_id == APPROVALS.c.case_id)
    return select(APPROVALS, light_at(now).label("light_now")).select_from(lit)


def _narrowed(actor: Actor, filters: Filters, now: datetime) -> Select[Any]:
    return _seen(now).where(approvals_visible(actor), *_conditions(filters, now)).order_by(*_ORDER)


def _conditions(filters: Filters, now: datetime) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.light is not None:
        conditions.append(light_at(now) == filters.light)
    if filters.department is not None:
        conditions.append(of_department(filters.department))
    if filters.jurisdiction is not None:
        conditions.append(within(filters.jurisdiction, APPROVALS.c.jurisdiction))
    if filters.age_days is not None:
        opened = instant_text(now - timedelta(days=filters.age_days))
        conditions += [APPROVALS.c.opened_at <= opened, APPROVALS.c.closed.is_(False)]
    if filters.closed is not None:
        conditions.append(APPROVALS.c.closed.is_(filters.closed))
    return conditions


def _cursor(row: Row[Any]) -> str:
    return f"{(datetime.fromisoformat(row.opened_at) - _EPOCH) // timedelta(microseconds=1)}.{row.case_id}"


def _place(cursor: str) -> tuple[str, str]:
    microseconds, _, case_id = cursor.partition(".")
    return instant_text(_EPOCH + timedelta(microseconds=int(microseconds))), case_id


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
