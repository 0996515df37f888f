"""``approvals``: approval cases 审批件 with their lights, one of them in full, or a month's statistics."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, TypeVar

import click

from domain.approval import Light
from infra.command_line.evidence import Evidence, evidence, knowledge, now
from infra.command_line.known.approval_case import LIGHTS_ZH, day_of, days_of, print_case
from infra.command_line.local_user import local_reader
from infra.command_line.options import Common, Moment, list_options
from infra.command_line.output import Format, print_csv, print_json, print_table
from infra.documents.approval_sheets import Sheet, cases_sheet, statistics_sheet
from infra.documents.plain import document
from projections.questions.approval_queries import Filters, every_approval
from projections.questions.approval_shown import ShownCase
from projections.questions.approval_statistics import DepartmentMonthStatistics, Narrowing, statistics

CASES: Final = {
    "light": "light",
    "case_id": "case",
    "jurisdiction": "place",
    "department": "department",
    "item_name": "item",
    "state": "state",
    "opened": "opened",
    "clock": "at step",
    "days": "used/limit",
    "due": "last day",
    "steps": "steps",
}
MONTHS: Final = {
    "jurisdiction": "place",
    "department": "department",
    "cases": "cases",
    "median_working_days": "median",
    "p90_working_days": "p90",
    "in_time_percent": "in time",
    "instant": "at once",
    "paused_percent": "paused",
    "certificate_in_step_percent": "certificate",
}
T = TypeVar("T")

_OF_LISTS: Final = ("light", "older_than", "closed", "over_steps", "limit")
_OF_BOTH: Final = ("department", "jurisdiction")
_OF_CASES: Final = ("known_at", "valid_at")


@click.command()
@click.argument("case_id", metavar="[CASE]", required=False)
@click.option("--light", type=click.Choice([each.value for each in Light]), help="The worst of the case and its steps.")
@click.option("--department", metavar="NAME")
@click.option("--jurisdiction", metavar="CODE", help="A GB/T 2260 code; it covers what lies inside.")
@click.option("--older-than", metavar="DAYS", type=click.IntRange(min=0), help="Open for at least so many days.")
@click.option("--closed/--open", default=None, help="Only those that have ended, or have not.")
@click.option("--over-steps", is_flag=True, default=None, help="Only those with more steps than their table allows.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many (default: all).")
@click.option("--known-at", type=Moment(), help="Of one case: only what was known then.")
@click.option("--known-by", type=click.Choice(["ours", "source"]), default="ours", show_default=True,
              help="By our record, or by the sources' own.")  # fmt: skip
@click.option("--valid-at", type=Moment(), help="Of one case: only what had happened by then.")
@click.option("--statistics", "month", metavar="MONTH", type=click.DateTime(["%Y-%m"]),
              help="What departments decided in a month such as 2026-03.")  # fmt: skip
@list_options
def approvals(common: Common, /, case_id: str | None, month: datetime | None, **asked: Any) -> None:
    """List approval cases 审批件, the worst light first, or show CASE in full.

    CASE is shown with its steps, clocks, pauses, lights and last days, and all that was recorded
    of it. Working days are counted by the calendar and the limits in the settings.
    """
    _check(common, case_id, month, asked)
    with evidence(common.settings()) as read:
        if case_id is not None:
            _show_case(common, read, case_id, asked)
        elif month is not None:
            months = _statistics(read, f"{month:%Y-%m}", asked)
            _print(common, months, _print_months, statistics_sheet)
        else:
            _print(common, _cases(read, asked), _print_cases, cases_sheet)


def _check(common: Common, case_id: str | None, month: datetime | None, asked: dict[str, Any]) -> None:
    """Refuses what would be left aside in silence."""
    if case_id is not None and month is not None:
        raise click.UsageError("give CASE or --statistics, not both")
    if common.form is Format.CSV and case_id is not None:
        raise click.UsageError("--format csv is for lists and statistics")
    _refuse(asked, *(_OF_CASES if case_id is None else ()), because="is about one CASE")
    _refuse(asked, *(_OF_LISTS if month is not None else ()), because="does not go with --statistics")
    _refuse(asked, *((*_OF_LISTS, *_OF_BOTH) if case_id is not None else ()), because="does not go with CASE")


def _refuse(asked: dict[str, Any], *names: str, because: str) -> None:
    for name in names:
        if asked[name] is not None:
            raise click.UsageError(f"--{name.replace('_', '-')} {because}")


def _cases(read: Evidence, asked: dict[str, Any]) -> list[ShownCase]:
    """The worst light first; of those the open ones, and what was opened first."""
    filters = Filters(
        light=asked["light"],
        department=asked["department"],
        jurisdiction=asked["jurisdiction"],
        age_days=asked["older_than"],
        closed=asked["closed"],
        over_steps=asked["over_steps"],
    )
    policies = read.installation.settings.policy
    found = every_approval(read.connection, local_reader(), policies, filters, now=datetime.now(UTC))
    worst_first = sorted(found, key=lambda case: (-Light(case.light).rank, case.closed))
    return list(islice(worst_first, asked["limit"]))


def _statistics(read: Evidence, month: str, asked: dict[str, Any]) -> tuple[DepartmentMonthStatistics, ...]:
    narrowing = Narrowing(month, month, asked["department"], asked["jurisdiction"])
    return statistics(read.connection, local_reader(), read.installation.settings.policy, narrowing)


def _show_case(common: Common, read: Evidence, case_id: str, asked: dict[str, Any]) -> None:
    from infra.documents.approval_case import case_document  # Lists do without the history of a case.
    from projections.questions.approval_history import case_detail, case_history

    known, valid_at, moment = knowledge(asked["known_at"], asked["known_by"]), asked["valid_at"], now(asked["known_at"])
    about = (read.connection, read.as_of, local_reader(), read.installation.settings.policy, case_id)
    detail = case_detail(*about, knowledge=known, valid_at=valid_at, now=moment)
    events = case_history(*about, knowledge=known, now=moment)
    happened = [document(event) for event in events if valid_at is None or event.at <= valid_at]
    shown = case_document(detail)
    if common.as_json:
        print_json({**shown, "events": happened})
    else:
        print_case(shown, happened, common.times(read.installation.settings))


def _print(
    common: Common,
    found: Sequence[T],
    for_people: Callable[[Sequence[dict[str, Any]]], None],
    sheet: Callable[[Sequence[T]], Sheet],
) -> None:
    match common.form:
        case Format.CSV:
            print_csv(*sheet(found))
        case Format.JSON:
            print_json([document(each) for each in found])
        case Format.TABLE:
            for_people([document(each) for each in found])


def _print_cases(shown: Sequence[dict[str, Any]]) -> None:
    counts = Counter(case["light"] for case in shown)
    told = ", ".join(f"{counts[light]} {light} {zh}" for light, zh in LIGHTS_ZH.items() if counts[light])
    click.echo(f"approval cases 审批件: {told or 'none 无'}\n")
    print_table(map(_case_row, shown), CASES)


def _case_row(case: dict[str, Any]) -> dict[str, Any]:
    clock = _telling(case)
    deadline = clock.get("deadline") or {}
    taken, most = case["steps_taken"], case["most_steps"]
    return {
        **case,
        "opened": day_of(case["opened_at"]),
        "clock": clock.get("step"),
        "days": days_of(clock) if clock else "",
        "due": "paused" if clock.get("stands") else deadline.get("on"),
        "steps": taken or None if most is None else f"{taken}/{most}",
    }


def _telling(case: dict[str, Any]) -> dict[str, Any]:
    """The clock of the whole case, but that of a step where only the step is so near its limit."""
    whole = case["clock"] or {}
    if whole.get("light", "green") == case["light"]:
        return whole
    return next((step for step in case["steps"] if step["light"] == case["light"]), whole)


def _print_months(shown: Sequence[dict[str, Any]]) -> None:
    decided = sum(month["cases"] for month in shown)
    click.echo(f"cases decided 办结件: {decided}; at the right, the share in time by each table of limits\n")
    tables = {table["limits"]: table["limits"] for month in shown for table in month["within"]}
    print_table(map(_month_row, shown), {**MONTHS, **tables})


def _month_row(month: dict[str, Any]) -> dict[str, Any]:
    shares = {name: _share(value) for name, value in month.items() if name.endswith("_percent")}
    tables = {table["limits"]: _within(table) for table in month["within"]}
    return {**month, **shares, **tables}


def _within(table: dict[str, Any]) -> str:
    """Such as ``80.0 % (40.0 % surely), steps 100.0 %``; - where the table says nothing of these cases."""
    if not table["cases"]:
        return "-"
    sure, steps = table["surely_in_time_percent"], table["in_steps_percent"]
    told = _share(table["in_time_percent"]) or "-"
    told += f" ({_share(sure)} surely)" if sure != table["in_time_percent"] else ""
    return told + (f", steps {_share(steps)}" if steps is not None else "")


def _share(percent: float | None) -> str | None:
    return None if percent is None else f"{percent} %"
