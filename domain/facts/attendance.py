"""Attendance check-ins 考勤, site inspections 到岗检查 and the projects they belong to."""

import re
from functools import lru_cache
from typing import Annotated, Final, Literal

from pydantic import Field

from domain.facts.fact import Day, FactData, Instant, Jurisdiction, Key, Org, PersonRef, Text

OPERATORS_SUBJECT = "register:special-operations"
"""The subject under which all check-ins that name a trade are indexed as well; there are few of them."""
FAILED_INSPECTIONS_SUBJECT = "register:failed-inspections"
"""The subject under which all failed inspections are indexed as well; there are few of them."""
LEAD_CHANGES_SUBJECT = "register:lead-changes"
"""The subject under which all changes of project leads are indexed as well; there are few of them."""
SITE_LEAD_PREFIX = "site-lead:"
BY_HAND: Final = "manual"
"""The method of a check-in that somebody entered."""


def site_lead_subject(project_code: str) -> str:
    """The subject of all that shows who acts as the project lead on a site; there is little of it."""
    return f"{SITE_LEAD_PREFIX}{project_code}"


_LEAD_ROLE = re.compile(
    r"(?:施工|本?工程)?项目(?:总?负责人|经理)(?:[（(].*[)）])?|project (?:lead|manager)", re.IGNORECASE
)


@lru_cache(maxsize=1_000)
def is_lead_role(role: str) -> bool:
    """Whether the text names the role of the project lead 项目负责人 and not, say, that of a deputy."""
    return _LEAD_ROLE.fullmatch(role.strip()) is not None


class AttendanceRecorded(FactData):
    """A check-in or check-out 考勤 of one person on the site of a project.

    ``lat`` and ``lng`` are in degrees (WGS 84). ``trade`` is the special operation 特种作业 that the
    person checked in for, in the words of its certificates, or the role of the project lead 项目负责人.
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
        # Check-ins are most of all facts, and each subject costs each of them an entry of the index. Those recorded
        # up to version 3 of S501 have another one, of the site and the month, which nobody asks about any more.
        subjects = (self.person.subject, f"project:{self.project_code}")
        if not self.trade:
            return subjects
        # The role of the lead is no special operation: nobody asks for a certificate of that trade.
        return (*subjects, site_lead_subject(self.project_code) if is_lead_role(self.trade) else OPERATORS_SUBJECT)


class SiteInspected(FactData):
    """The result of a site inspection 到岗检查 for one person.

    ``answered`` is whether the person could answer questions about the project; None where none
    were asked. ``role`` is the role in which the person was met or asked for, such as 项目负责人.
    """

    KIND = "site-inspected"
    OFFICIALS = ("inspector",)

    project_code: Key
    person: PersonRef
    inspected_at: Instant
    inspector: Text
    present: bool
    answered: bool | None = None
    role: Text | None = None
    note: Text | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        subjects: tuple[str, ...] = (self.person.subject, f"project:{self.project_code}")
        if not self.present or self.answered is False:
            subjects = (*subjects, FAILED_INSPECTIONS_SUBJECT)
        return (*subjects, site_lead_subject(self.project_code)) if self.role and is_lead_role(self.role) else subjects


class ProjectFact(FactData):
    """Base of the facts about a project's course: started, suspended, completed. ``lead`` leads it from ``on``.

    ``agreed_by_owner`` is True where the owner 建设单位 ordered the stop or agreed to it.
    ``contractor_at_fault`` is True where it stopped by the contractor's fault 承包方原因; where it is
    missing, the ``reason`` may say so.
    ``adjacent_to`` is the code of a project whose section 标段 adjoins this one. Where
    ``jurisdiction`` is missing, the project code may name one.
    """

    project_code: Key
    contractor: Org
    lead: PersonRef
    on: Day
    reason: Text | None = None
    agreed_by_owner: bool | None = None
    contractor_at_fault: bool | None = None
    adjacent_to: Key | None = None
    title: Text | None = None
    jurisdiction: Jurisdiction | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return (f"project:{self.project_code}", self.lead.subject)


class ProjectStarted(ProjectFact):
    """Construction began on ``on``, went on after a stop 复工, or got another lead."""

    KIND = "project-started"


class ProjectCompleted(ProjectFact):
    """The project passed acceptance 竣工验收 on the day ``on``."""

    KIND = "project-completed"


class ProjectSuspended(ProjectFact):
    """Construction stopped 停工 from ``on`` to ``until`` (both inclusive).

    Without ``until`` the stop lasts until the next fact about the project begins.
    """

    KIND = "project-suspended"

    until: Day | None = None


class LeadChanged(FactData):
    """The project got another lead with the owner's consent: ``new`` leads it from ``on`` (inclusive), not ``old``.

    ``document_no`` is the number of the document by which the owner 建设单位 consented.
    """

    KIND = "lead-changed"

    project_code: Key
    old: PersonRef
    new: PersonRef
    on: Day
    reason: Text
    document_no: Text

    @property
    def subjects(self) -> tuple[str, ...]:
        return (f"project:{self.project_code}", self.old.subject, self.new.subject, LEAD_CHANGES_SUBJECT)
