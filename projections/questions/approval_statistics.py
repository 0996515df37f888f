"""Statistics of what approving departments decided, by month, compared with the published tables of limits.

Percentiles are by nearest rank: the smallest value that at least this share of the cases do not exceed.
Shares are in percent, rounded down to a tenth, and None where there is nothing to take a share of.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from domain.access import Actor
from domain.approval.lights import threshold
from domain.limits import SHIPPED, LimitSet, shipped
from domain.policy import PolicyBook
from projections.boards.approval_board import APPROVALS
from projections.questions.approval_queries import approvals_visible, of_department
from projections.questions.visibility import within

_INSTANT_MINUTES: Final = 10


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The conditions for statistics; None is no condition. ``first_month`` and ``last_month`` are inclusive."""

    first_month: str | None = None
    last_month: str | None = None
    department: str | None = None
    jurisdiction: str | None = None


@dataclass(frozen=True, slots=True)
class Within:
    """How the cases would do under one table of limits; ``cases`` is how many have a limit in it.

    ``in_time_percent`` is the share that keeps the limits. ``surely_in_time_percent`` is the share that
    keeps even the lower ends of ranges. ``in_steps_percent`` is the share that has no more steps than the
    table allows.
    """

    limits: str
    cases: int
    in_time_percent: float | None
    surely_in_time_percent: float | None
    in_steps_percent: float | None


@dataclass(frozen=True, slots=True)
class DepartmentMonthStatistics:
    """The cases that one department decided in one month.

    Working days are those used between acceptance and decision, without pauses; cases decided without an
    acceptance have none. ``instant`` is the number of cases decided within the minutes of rule A602.
    ``in_time_percent`` counts cases with a known limit, ``certificate_in_step_percent`` approvals whose
    certificate is due. ``paused_percent`` is the share of pauses in the time from acceptance to decision.
    """

    month: str
    jurisdiction: str
    department: str
    cases: int
    median_working_days: int | None
    p90_working_days: int | None
    in_time_percent: float | None
    paused_cases: int
    paused_percent: float | None
    instant: int
    certificate_in_step_percent: float | None
    within: tuple[Within, ...]


def statistics(
    connection: Connection, actor: Actor, policies: PolicyBook, narrowing: Narrowing = Narrowing()
) -> tuple[DepartmentMonthStatistics, ...]:
    """The statistics that the actor may see: newest month first, then by jurisdiction and department."""
    groups: defaultdict[tuple[str, str], list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(_query(actor, narrowing)):
        groups[row.decided_month, row.department_key].append(row)
    months = [_of(month, rows, policies) for (month, _), rows in groups.items()]
    # Sorted twice: sorting is stable, so the second sort by month keeps the order of the first within a month.
    months.sort(key=lambda statistics: (statistics.jurisdiction, statistics.department))
    return tuple(sorted(months, key=lambda statistics: statistics.month, reverse=True))


def nearest_rank(values: Iterable[int], percent: int) -> int | None:
    """The smallest value that at least ``percent`` of the values do not exceed; None where there are none."""
    ordered = sorted(values)
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None


def _query(actor: Actor, narrowing: Narrowing) -> Any:
    query = select(APPROVALS).where(approvals_visible(actor), APPROVALS.c.decided_month.is_not(None))
    if narrowing.first_month is not None:
        query = query.where(APPROVALS.c.decided_month >= narrowing.first_month)
    if narrowing.last_month is not None:
        query = query.where(APPROVALS.c.decided_month <= narrowing.last_month)
    if narrowing.department is not None:
        query = query.where(of_department(narrowing.department))
    if narrowing.jurisdiction is not None:
        query = query.where(within(narrowing.jurisdiction, APPROVALS.c.jurisdiction))
    return query.order_by(APPROVALS.c.case_id)


def _of(month: str, rows: Sequence[Row[Any]], policies: PolicyBook) -> DepartmentMonthStatistics:
    policy = policies.for_jurisdiction(rows[0].jurisdiction)
    instant_seconds = 60 * threshold(policy, "A602", "within_minutes", _INSTANT_MINUTES)
    used = [row.used_working_days for row in rows if row.used_working_days is not None]
    ran = [row for row in rows if row.seconds_to_decision is not None]
    own = (policy.limits,) if policy.limits is not None and policy.limits.name not in SHIPPED else ()
    return DepartmentMonthStatistics(
        month=month,
        jurisdiction=rows[0].jurisdiction,
        department=rows[0].department,
        cases=len(rows),
        median_working_days=nearest_rank(used, 50),
        p90_working_days=nearest_rank(used, 90),
        in_time_percent=_share(row.in_time for row in rows),
        paused_cases=sum(row.paused_seconds > 0 for row in rows),
        paused_percent=_percent(sum(row.paused_seconds for row in ran), sum(row.seconds_to_decision for row in ran)),
        instant=sum(row.seconds_to_decision <= instant_seconds for row in ran),
        certificate_in_step_percent=_share(row.certificate_in_step for row in rows),
        within=tuple(_within(table, rows) for table in (*map(shipped, SHIPPED), *own)),
    )


def _within(table: LimitSet, rows: Sequence[Row[Any]]) -> Within:
    kept = [_kept(row, table.of_case(row.category, row.item_name)) for row in rows]
    return Within(
        limits=table.name,
        cases=sum(in_time is not None for in_time in kept),
        in_time_percent=_share(kept),
        surely_in_time_percent=_share(_kept(row, table.lower_of_case(row.category, row.item_name)) for row in rows),
        in_steps_percent=_share(_in_steps(row, table.steps_of_case(row.category)) for row in rows),
    )


def _kept(row: Row[Any], limit: int | None) -> bool | None:
    # A case keeps a limit if the shortest limit it would have kept is not longer. So the board's one
    # number answers for every table, without the clocks.
    least = row.least_limit
    return None if least is None or limit is None else least <= limit


def _in_steps(row: Row[Any], most: int | None) -> bool | None:
    return None if most is None else row.steps_taken <= most


def _share(values: Iterable[bool | None]) -> float | None:
    """The percentage of True among the values that are not None."""
    known = [value for value in values if value is not None]
    return _percent(sum(known), len(known))


def _percent(part: int, whole: int) -> float | None:
    return part * 1000 // whole / 10 if whole else None
