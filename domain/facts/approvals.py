"""Steps of approval cases 审批件 (exchange standard 3.0, field BLZT)."""

from typing import Annotated, Literal

from pydantic import Field

from domain.facts.fact import Day, FactData, Instant, Jurisdiction, Key, Month, Org, Text

ApprovalState = Literal[
    "submitted",
    "window-accepted",
    "refused",
    "correction-started",
    "correction-finished",
    "accepted",
    "special-started",
    "special-finished",
    "approved",
    "approved-with-gaps",
    "rejected",
    "withdrawn",
    "revoked",
]


def case_subject(case_id: str) -> str:
    return f"case:{case_id}"


class ApprovalRecorded(FactData):
    """One entry in the file of an approval case 审批件; ``at`` is when it happened.

    ``jurisdiction`` is that of the department; where it is missing, the project code may name one.
    ``limit_working_days`` is the limit of ``step`` where a step is named, else of the whole case.
    """

    KIND = "approval-recorded"
    OFFICIALS = ("handler",)

    case_id: Key
    project_code: Key
    jurisdiction: Jurisdiction | None = None
    building_code: Key | None = None
    item_code: Key
    item_name: Text
    category: Text
    department: Text
    applicant: Org
    state: ApprovalState
    step: Text | None = None
    special_procedure: Text | None = None
    at: Instant
    handler: Text | None = None
    document_no: Text | None = None
    document_date: Day | None = None
    limit_working_days: Annotated[int, Field(ge=0)] | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        return (case_subject(self.case_id), f"project:{self.project_code}")


class CaseDecided(FactData):
    """Follow-up of a decided approval case; the month of its department is judged by these.

    ``department_key`` contains the jurisdiction, because departments of several places have the same
    name. ``elapsed_seconds`` run from acceptance to decision. ``paused_seconds`` are the part of them
    in which listed special procedures stopped the clock. ``on_last_day`` is True for a case that was
    decided on the last day of its limit.
    """

    KIND = "case-decided"

    case_id: Key
    project_code: Key
    jurisdiction: Jurisdiction | None = None
    department: Text
    department_key: Text
    month: Month
    decided_at: Instant
    elapsed_seconds: Annotated[int, Field(ge=0)]
    paused_seconds: Annotated[int, Field(ge=0)]
    on_last_day: bool

    @property
    def subject(self) -> str:
        return f"department:{self.department_key}:{self.month}"

    @property
    def subjects(self) -> tuple[str, ...]:
        return (self.subject, case_subject(self.case_id))
