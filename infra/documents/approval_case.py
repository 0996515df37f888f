"""An approval case 审批件 as interfaces answer it."""

from typing import Any

from infra.documents.plain import document
from projections.questions.approval_history import CaseDetail


def case_document(detail: CaseDetail) -> dict[str, Any]:
    """The case itself, with what interrupts it and what came of it."""
    shown = document(detail)
    return {**shown.pop("case"), **shown}
