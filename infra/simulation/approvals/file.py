"""The file of one approval case, as the approval platform and the certificate issuer report it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from infra.simulation.firms import Firm
from infra.simulation.months import at
from infra.simulation.wire import APPROVALS, CERTIFICATES, Post, Reference, Sent, envelope, fragment, stamp

LIMIT = 10
"""Working days, unless a scenario says otherwise."""


@dataclass(frozen=True)
class CaseFile:
    """``days`` are working days in a row: ``days[0]`` is that of the acceptance, the others count."""

    case_id: str
    project_code: str
    jurisdiction: str | None
    department: str
    applicant: Firm
    days: Sequence[date]
    post: Post

    def on(self, working_day: int, hour: int = 10, minute: int = 0) -> datetime:
        """A moment of the working day so many after the acceptance."""
        return at(self.days[working_day], hour, minute)

    def before(self, days: int, hour: int = 11) -> datetime:
        """A moment so many calendar days before the acceptance."""
        return at(self.days[0] - timedelta(days=days), hour)

    def said(self, state: str, moment: datetime, **more: Any) -> Reference:
        return self.post.send("approval-recorded", APPROVALS, self.entry(state, moment, **more), happened=moment)

    def entry(self, state: str, moment: datetime, **more: Any) -> dict[str, Any]:
        """What the platform says; the limit is that of the whole case."""
        located = {"jurisdiction": self.jurisdiction} if self.jurisdiction else {}
        return {
            "case_id": self.case_id,
            "project_code": self.project_code,
            "item_code": "440100-GHXK",
            "item_name": "建设工程规划许可证核发",
            "category": "社会投资房屋建筑",
            "department": self.department,
            "applicant": self.applicant.org,
            "state": state,
            "at": stamp(moment),
            "limit_working_days": LIMIT,
            **located,
            **more,
        }

    def recorded(self, state: str, moment: datetime, recorded: datetime, **more: Any) -> None:
        """As :meth:`said`, but recorded by the platform at a moment of its own."""
        data = fragment(self.entry(state, moment, **more))
        line = envelope("approval-recorded", self.post.reference(APPROVALS), stamp(moment), stamp(recorded), data)
        self.post.put(Sent(recorded + timedelta(minutes=30), "approval-recorded", line))

    def accepted(self, hour: int = 9, *, submitted_days_before: int = 1) -> None:
        """Submitted some calendar days before, received by the window the day before."""
        moment = self.on(0, hour)
        self.said("submitted", moment - timedelta(days=submitted_days_before))
        self.said("window-accepted", moment - timedelta(hours=22))
        self.said("accepted", moment)

    def approved(self, working_day: int, hour: int = 15, minute: int = 0, **more: Any) -> None:
        """With its certificate on the same day."""
        moment = self.on(working_day, hour, minute)
        self.said("approved", moment, document_no=f"穗建许{self.case_id}", **more)
        self.certificate(moment + timedelta(hours=1))

    def certificate(self, moment: datetime, *, arrives: datetime | None = None) -> None:
        data = {
            "certificate_no": f"ZZ-{self.case_id}",
            "kind": "other",
            "holder": self.applicant.org,
            "status": "valid",
            "valid_from": moment.date().isoformat(),
            "case_id": self.case_id,
        }
        self.post.send("certificate-issued", CERTIFICATES, data, happened=moment, arrives=arrives)

    def paused(self, first: int, last: int, procedure: str) -> None:
        """A special procedure from one working day to another."""
        self.said("special-started", self.on(first, 11), special_procedure=procedure)
        self.said("special-finished", self.on(last, 11), special_procedure=procedure)

    def asked_for_corrections(self, first: int, last: int) -> None:
        """From so many calendar days before the acceptance to so many."""
        self.said("correction-started", self.before(first))
        self.said("correction-finished", self.before(last))
