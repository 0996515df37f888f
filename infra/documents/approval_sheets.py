"""Approval cases and what departments make of their limits, as rows for spreadsheets."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from domain.evidence.days import SHANGHAI
from projections.questions.approval_shown import ShownCase
from projections.questions.approval_statistics import DepartmentMonthStatistics

Sheet = tuple[Sequence[str], Sequence[Sequence[Any]]]
"""A header and its rows."""

_CASE_COLUMNS: Final = (
    *("case_id", "light", "state", "closed", "jurisdiction", "department", "project_code", "item_code", "item_name"),
    *("category", "opened_at", "accepted_at", "decided_at", "age_days", "certificate_in_step"),
    *("steps_taken", "most_steps", "steps_over_limit"),
)
_CLOCK_COLUMNS: Final = (
    *("limit_working_days", "lower_limit_working_days", "over_lower_limit", "used_working_days"),
    *("left_working_days", "stands"),
)
_DEADLINE_COLUMNS: Final = ("deadline_on", "deadline_provisional", "deadline_calendar")
_MONTH_COLUMNS: Final = (
    *("month", "jurisdiction", "department", "cases", "median_working_days", "p90_working_days", "in_time_percent"),
    *("paused_cases", "paused_percent", "instant", "certificate_in_step_percent"),
)
_WITHIN_COLUMNS: Final = ("in_time_percent", "surely_in_time_percent", "in_steps_percent")


def cases_sheet(cases: Iterable[ShownCase]) -> Sheet:
    return (*_CASE_COLUMNS, *_CLOCK_COLUMNS, *_DEADLINE_COLUMNS), [_case_row(case) for case in cases]


def statistics_sheet(months: Sequence[DepartmentMonthStatistics]) -> Sheet:
    """With columns for each table of limits; one that only some jurisdictions have is empty elsewhere."""
    tables = dict.fromkeys(table.limits for month in months for table in month.within)
    header = (*_MONTH_COLUMNS, *(f"{column}_{name}" for name in tables for column in _WITHIN_COLUMNS))
    return header, [_month_row(month, tables) for month in months]


def _case_row(case: ShownCase) -> tuple[Any, ...]:
    """The clock is that of the case as a whole."""
    deadline = case.clock.deadline if case.clock else None
    return (
        *(_in_china(getattr(case, name)) for name in _CASE_COLUMNS),
        *(getattr(case.clock, name) if case.clock else None for name in _CLOCK_COLUMNS),
        *(getattr(deadline, name.removeprefix("deadline_")) if deadline else None for name in _DEADLINE_COLUMNS),
    )


def _in_china(value: Any) -> Any:
    """Moments on the clock that the days are counted by."""
    return value.astimezone(SHANGHAI) if isinstance(value, datetime) else value


def _month_row(month: DepartmentMonthStatistics, tables: Iterable[str]) -> tuple[Any, ...]:
    said = {table.limits: table for table in month.within}
    shares = (getattr(said.get(name), column, None) for name in tables for column in _WITHIN_COLUMNS)
    return (*(getattr(month, name) for name in _MONTH_COLUMNS), *shares)
