"""Lists of approval cases, for those who supervise the departments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, false, func, select, tuple_

from domain.access import Actor, Role
from domain.identifiers import organisation_key
from domain.instants import instant_text
from domain.policy import PolicyBook
from projections.batches import instant_of, microseconds_of
from projections.boards.approval_board import APPROVALS, LIGHTS, light_at
from projections.questions.approval_shown import ShownCase, shown_row
from projections.questions.visibility import within, within_jurisdiction

_READERS: Final = frozenset({Role.SUPERVISOR, Role.INVESTIGATOR, Role.AUDITOR, Role.OPERATOR})
_ORDER: Final = (APPROVALS.c.opened_at, APPROVALS.c.case_id)


@dataclass(frozen=True, slots=True)
class Filters:
    """The conditions for a list; None is no condition.

    ``age_days`` are the days for which a case has been open at least. ``department`` is a name in any
    spelling. ``over_steps`` tells whether a case has more steps than its table allows.
    """

    light: str | None = None
    department: str | None = None
    jurisdiction: str | None = None
    age_days: int | None = None
    closed: bool | None = None
    over_steps: bool | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; ``next`` is the cursor of the following page, None on the last."""

    items: tuple[ShownCase, ...]
    next: str | None


def approvals_visible(actor: Actor) -> ColumnElement[bool]:
    """True for the cases that the actor may see: those of its jurisdiction, and only for some roles."""
    return within_jurisdiction(actor, APPROVALS.c.jurisdiction) if actor.role in _READERS else false()


def may_see_approval(actor: Actor, jurisdiction: str) -> bool:
    """The same as :func:`approvals_visible`, for the jurisdiction that a case had at a past moment."""
    return actor.role in _READERS and actor.covers(jurisdiction)


def of_department(name: str) -> ColumnElement[bool]:
    """True for the cases of departments with that name, in any jurisdiction."""
    # The key is ``<jurisdiction>/<normalised name>``, with ``-`` where the jurisdiction is unknown.
    ending = f"/{organisation_key(name)}"
    named = APPROVALS.c.department_key == APPROVALS.c.jurisdiction.concat(ending)
    return named | (APPROVALS.c.department_key == f"-{ending}")


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
    """A page of cases, those opened first coming first; ``cursor`` is the ``next`` of the page before."""
    query = _narrowed(actor, filters, now)
    if cursor is not None:
        query = query.where(tuple_(*_ORDER) > tuple_(*_place(cursor)))
    rows = connection.execute(query.limit(limit + 1)).all()
    items = tuple(shown_row(row, policies, now) for row in rows[:limit])
    return Page(items, _cursor(rows[limit - 1]) if len(rows) > limit else None)


def every_approval(
    connection: Connection, actor: Actor, policies: PolicyBook, filters: Filters = Filters(), *, now: datetime
) -> Iterator[ShownCase]:
    """All cases, in the same order as :func:`approvals`."""
    for row in connection.execute(_narrowed(actor, filters, now)):
        yield shown_row(row, policies, now)


def _with_light(now: datetime) -> Select[Any]:
    cases_and_lights = APPROVALS.join(LIGHTS, LIGHTS.c.case_id == APPROVALS.c.case_id)
    return select(APPROVALS, light_at(instant_text(now)).label("light_now")).select_from(cases_and_lights)


def _narrowed(actor: Actor, filters: Filters, now: datetime) -> Select[Any]:
    return _with_light(now).where(approvals_visible(actor), *_conditions(filters, now)).order_by(*_ORDER)


def _conditions(filters: Filters, now: datetime) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.light is not None:
        conditions.append(light_at(instant_text(now)) == filters.light)
    if filters.department is not None:
        conditions.append(of_department(filters.department))
    if filters.jurisdiction is not None:
        conditions.append(within(filters.jurisdiction, APPROVALS.c.jurisdiction))
    if filters.age_days is not None:
        opened = instant_text(now - timedelta(days=filters.age_days))
        conditions += [APPROVALS.c.opened_at <= opened, APPROVALS.c.closed.is_(False)]
    if filters.closed is not None:
        conditions.append(APPROVALS.c.closed.is_(filters.closed))
    if filters.over_steps is not None:
        over = func.coalesce(APPROVALS.c.steps_taken > APPROVALS.c.most_steps, false())
        conditions.append(over if filters.over_steps else ~over)
    return conditions


def _cursor(row: Row[Any]) -> str:
    return f"{microseconds_of(row.opened_at)}.{row.case_id}"


def _place(cursor: str) -> tuple[str, str]:
    microseconds, _, case_id = cursor.partition(".")
    return instant_of(int(microseconds)), case_id
