"""Valid facts about sites with sensible defaults; every field can be given instead.

The defaults fit together: the default lead leads the default project from 2025-07-01 on and is
judged when everything is due. All of it is synthetic.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from chinese_calendar import is_workday

from domain.evidence import RecordedFact, standing
from domain.evidence.coverage import Asking, nothing_closed
from domain.evidence.site import days_of
from domain.evidence.site_history import SiteHistory
from domain.facts.attendance import (
    AttendanceRecorded,
    LeadChanged,
    ProjectCompleted,
    ProjectStarted,
    ProjectSuspended,
    SiteInspected,
)
from domain.facts.certificates import CertificateIssued
from domain.facts.fact import FactData
from domain.policy import Policy, PolicyBook
from domain.rule import Case, Finding, judge
from tests.builders import (
    BIDDER,
    LEAD,
    LONG_AFTER,
    SOMEONE_ELSE,
    a_check_in,
    a_closing,
    a_licence,
    asking_of,
    closings,
    in_order,
)

PROJECT = "2506-440100-04-01-100001"
ELSEWHERE = "2503-440300-04-01-200002"
THIRD_PLACE = "2504-440600-04-01-300003"
MONTH = "2025-08"
GUANGZHOU: dict[str, Any] = {"lat": 23.1291, "lng": 113.2644}
SHENZHEN: dict[str, Any] = {"lat": 22.5431, "lng": 114.0579}


ATTENDANCE_CLOSED = tuple(
    a_closing("attendance-recorded", f"2025-{month:02d}", area="440000") for month in range(1, 13)
)
"""A year of attendance in the whole province."""


def a_start(**given: Any) -> ProjectStarted:
    return ProjectStarted(**_about_a_project("2025-07-01", given))


def a_stop(**given: Any) -> ProjectSuspended:
    return ProjectSuspended(**_about_a_project("2025-08-01", given))


def an_acceptance(**given: Any) -> ProjectCompleted:
    return ProjectCompleted(**_about_a_project("2025-09-01", given))


def a_lead_change(**given: Any) -> LeadChanged:
    return LeadChanged(
        **{
            "project_code": PROJECT,
            "old": LEAD,
            "new": SOMEONE_ELSE,
            "on": "2025-08-15",
            "reason": "原项目负责人因病",
            "document_no": "BG-2025-01",
            **given,
        }
    )


def an_inspection(**given: Any) -> SiteInspected:
    return SiteInspected(
        **{
            "project_code": PROJECT,
            "person": LEAD,
            "inspected_at": "2025-08-12T10:00:00+08:00",
            "inspector": "监督员01",
            "present": True,
            "answered": True,
            **given,
        }
    )


def an_operators_certificate(**given: Any) -> CertificateIssued:
    given = {"certificate_no": "T-1", "kind": "special-operations", "holder": LEAD, "trade": "建筑电工", **given}
    return a_licence(**given)


def checked(moment: str, project: str = PROJECT, direction: str = "in", **given: Any) -> AttendanceRecorded:
    """``moment`` is ``MM-DD hh:mm`` of 2025, in Shanghai."""
    at = f"2025-{moment.replace(' ', 'T')}:00+08:00"
    return a_check_in(**{"checked_at": at, "project_code": project, "direction": direction, **given})


def stayed(
    day: str, hours: str = "08:00-17:00", project: str = PROJECT, **given: Any
) -> tuple[AttendanceRecorded, ...]:
    """In and out on ``day``, ``MM-DD`` of 2025."""
    begins, ends = hours.split("-")
    return checked(f"{day} {begins}", project, **given), checked(f"{day} {ends}", project, "out", **given)


def working_days(month: str = MONTH) -> list[date]:
    return [day for day in days_of(month) if is_workday(day)]


def present_on(days: Iterable[date], project: str = PROJECT, **given: Any) -> list[FactData]:
    """In and out on each of ``days``."""
    return [one for day in days for one in stayed(f"{day:%m-%d}", project=project, **given)]


def history(
    facts: Iterable[RecordedFact],
    *,
    person_id: str = LEAD.person_id,
    policy: Policy | None = None,
    now: datetime = LONG_AFTER,
) -> SiteHistory:
    facts = standing(facts)
    policies = PolicyBook(default=policy or Policy())
    return SiteHistory.of(person_id, facts, facts, policies=policies, now=now)


def findings_of(facts: SiteHistory, asking: Asking = nothing_closed) -> list[Finding]:
    cases: list[Case] = [*facts.site_cases(asking), *facts.movements_cases()]
    return [found for case in cases for found in judge(case)]


def site_findings(
    code: str,
    *facts: FactData,
    policy: Policy | None = None,
    now: datetime = LONG_AFTER,
    closed: Iterable[FactData] | None = None,
) -> list[Finding]:
    """What one rule says about the default lead.

    The attendance of 2025 is complete, unless ``closed`` says what is.
    """
    deliveries = ATTENDANCE_CLOSED if closed is None else closed
    asking = asking_of(closings(deliveries))
    found = findings_of(history(in_order(facts), policy=policy, now=now), asking)
    return [finding for finding in found if finding.rule == code]


def site_finding(code: str, *facts: FactData, **given: Any) -> Finding:
    """The one finding of a rule."""
    (found,) = site_findings(code, *facts, **given)
    return found


def days_from(first: date, count: int) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range(count))


def _about_a_project(on: str, given: dict[str, Any]) -> dict[str, Any]:
    return {"project_code": PROJECT, "contractor": BIDDER, "lead": LEAD, "on": on, **given}
