"""Steps of approval cases 审批件 (exchange standard 3.0, field BLZT)."""

from typing import Annotated, Literal

from pydantic import Field

from domain.facts.fact import Day, FactData, Instant, Key, Org, Text

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


class ApprovalRecorded(FactData):
    KIND = "approval-recorded"

    case_id: Key
    project_code: Key
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
        return (f"case:{self.case_id}", f"project:{self.project_code}")
