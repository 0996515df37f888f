"""Attendance check-ins 考勤, site inspections 到岗检查 and the projects they belong to."""

from typing import Annotated, Literal

from pydantic import Field

from domain.facts.fact import Day, FactData, Instant, Key, Org, PersonRef, Text


class AttendanceRecorded(FactData):
    """``lat`` and ``lng`` in degrees (WGS 84)."""

    KIND = "attendance-recorded"

    person: PersonRef
    project_code: Key
    checked_at: Instant
    direction: Literal["in", "out"]
    method: Literal["face", "fingerprint", "card", "gps", "manual"]
    device: Text | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lng: Annotated[float, Field(ge=-180, le=180)] | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject, f"project:{self.project_code}")


class SiteInspected(FactData):
    KIND = "site-inspected"

    project_code: Key
    person: PersonRef
    inspected_at: Instant
    inspector: Text
    present: bool
    answered: bool | None = None
    note: Text | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.person.subject, f"project:{self.project_code}")


class ProjectFact(FactData):
    """Base of the three moments in a project's life."""

    project_code: Key
    contractor: Org
    lead: PersonRef
    on: Day
    reason: Text | None = None
    agreed_by_owner: bool | None = None
    adjacent_to: Key | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return (f"project:{self.project_code}", self.lead.subject)


class ProjectStarted(ProjectFact):
    KIND = "project-started"


class ProjectCompleted(ProjectFact):
    KIND = "project-completed"


class ProjectSuspended(ProjectFact):
    KIND = "project-suspended"
