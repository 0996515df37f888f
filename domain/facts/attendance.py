"""Attendance check-ins 考勤, site inspections 到岗检查 and the projects they belong to."""

from datetime import datetime, timedelta, timezone
from typing import Annotated, Literal

from pydantic import Field

from domain.facts.fact import Day, FactData, Instant, Jurisdiction, Key, Org, PersonRef, Text

OPERATORS_SUBJECT = "register:special-operations"
"""Check-ins that name a trade are few: each is also found here."""
FAILED_INSPECTIONS_SUBJECT = "register:failed-inspections"
"""Inspections that somebody failed are few: each is also found here."""
SITE_MONTH_PREFIX = "site:"

_SHANGHAI = timezone(timedelta(hours=8))
_OFFSET = "+08:00"


def site_month_subject(project_code: str, month: str) -> str:
    """Under which all check-ins on a project in one month (``YYYY-MM``, Asia/Shanghai) are found."""
    return f"{SITE_MONTH_PREFIX}{project_code}:{month}"


class AttendanceRecorded(FactData):
    """``lat`` and ``lng`` in degrees (WGS 84).

    ``trade`` is the special operation 特种作业 the person checked in for, as its certificates name it.
    """

    KIND = "attendance-recorded"

    person: PersonRef
    project_code: Key
    checked_at: Instant
    direction: Literal["in", "out"]
    method: Literal["face", "fingerprint", "card", "gps", "manual"]
    device: Text | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lng: Annotated[float, Field(ge=-180, le=180)] | None = None
    trade: Text | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        month = site_month_subject(self.project_code, _month(self.checked_at))
        subjects = (self.person.subject, f"project:{self.project_code}", month)
        return (*subjects, OPERATORS_SUBJECT) if self.trade else subjects


def _month(checked_at: datetime | str) -> str:
    """``YYYY-MM`` in Shanghai, also of a time as it was written (RFC 3339)."""
    if isinstance(checked_at, str):
        if checked_at.endswith(_OFFSET):
            return checked_at[:7]
        checked_at = datetime.fromisoformat(checked_at)
    local = checked_at.astimezone(_SHANGHAI)
    return f"{local.year:04d}-{local.month:02d}"


class SiteInspected(FactData):
    """``answered``: whether the person could answer questions about the project, where asked."""

    KIND = "site-inspected"
    OFFICIALS = ("inspector",)

    project_code: Key
    person: PersonRef
    inspected_at: Instant
    inspector: Text
    present: bool
    answered: bool | None = None
    note: Text | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        of_both = (self.person.subject, f"project:{self.project_code}")
        failed = not self.present or self.answered is False
        return (*of_both, FAILED_INSPECTIONS_SUBJECT) if failed else of_both


class ProjectFact(FactData):
    """Base of the three moments in a project's life; ``lead`` leads it from ``on``.

    ``agreed_by_owner``: the owner 建设单位 had it stopped, or agreed. ``adjacent_to`` is the code of
    a project whose section 标段 adjoins this one. Without ``jurisdiction`` the project code tells.
    """

    project_code: Key
    contractor: Org
    lead: PersonRef
    on: Day
    reason: Text | None = None
    agreed_by_owner: bool | None = None
    adjacent_to: Key | None = None
    title: Text | None = None
    jurisdiction: Jurisdiction | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return (f"project:{self.project_code}", self.lead.subject)


class ProjectStarted(ProjectFact):
    """Also where construction goes on after a stop 复工, and where somebody else takes the lead."""

    KIND = "project-started"


class ProjectCompleted(ProjectFact):
    """Acceptance 竣工验收 was passed on the day ``on``."""

    KIND = "project-completed"


class ProjectSuspended(ProjectFact):
    """Stopped 停工 from ``on`` to ``until`` (both inclusive); without ``until`` to the next moment told."""

    KIND = "project-suspended"

    until: Day | None = None
