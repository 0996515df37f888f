"""Attendance 考勤 of a person, summed up by project and month."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from domain.evidence.days import day_in_shanghai, month_of
from domain.evidence.recorded import RecordedFact
from domain.facts.attendance import AttendanceRecorded


@dataclass(frozen=True, slots=True)
class SiteMonth:
    """Days with at least one check-in; ``manual`` counts those entered by hand."""

    project_code: str
    month: str
    days_on_site: int
    check_ins: int
    manual: int


def days_on_site(person_id: str, facts: Iterable[RecordedFact]) -> tuple[SiteMonth, ...]:
    """By project and month (Asia/Shanghai), from a person's facts that stand."""
    seen: defaultdict[tuple[str, str], list[tuple[date, bool]]] = defaultdict(list)
    for fact in facts:
        data = fact.data
        if isinstance(data, AttendanceRecorded) and data.person.person_id == person_id:
            day = day_in_shanghai(data.checked_at)
            seen[data.project_code, month_of(day)].append((day, data.method == "manual"))
    return tuple(
        SiteMonth(
            project_code=project,
            month=month,
            days_on_site=len({day for day, _ in entries}),
            check_ins=len(entries),
            manual=sum(manual for _, manual in entries),
        )
        for (project, month), entries in sorted(seen.items())
    )
