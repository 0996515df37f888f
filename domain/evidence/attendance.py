"""The attendance 考勤 of one person, counted by project and month."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from domain.evidence.days import day_in_shanghai, month_of
from domain.evidence.recorded import RecordedFact
from domain.facts.attendance import BY_HAND, AttendanceRecorded


@dataclass(frozen=True, slots=True)
class SiteMonth:
    """The attendance on one project in one month.

    ``days_on_site`` are days with at least one check-in; ``manual`` is the number of check-ins that were
    entered by hand.
    """

    project_code: str
    month: str
    days_on_site: int
    check_ins: int
    manual: int


def days_on_site(person_id: str, facts: Iterable[RecordedFact]) -> tuple[SiteMonth, ...]:
    """The attendance of a person by project and month (Asia/Shanghai), from the person's standing facts."""
    seen: defaultdict[tuple[str, str], list[tuple[date, bool]]] = defaultdict(list)
    for fact in facts:
        data = fact.data
        if isinstance(data, AttendanceRecorded) and data.person.person_id == person_id:
            day = day_in_shanghai(data.checked_at)
            seen[data.project_code, month_of(day)].append((day, data.method == BY_HAND))
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
