"""Approval cases for tests: entries in a row, days of spring 2026 as ``"03-09 11:00"``.

2026-03-02 is a Monday, and the five weeks after it have no holiday before 04-04.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from domain.approval import ApprovalCase, Light, approval_case
from domain.approval.department import DepartmentMonth, department_month
from domain.evidence import RecordedFact, standing
from domain.facts.approvals import ApprovalRecorded, CaseDecided
from domain.facts.certificates import CertificateIssued
from domain.facts.fact import FactData
from domain.policy import Policy, PolicyBook
from domain.rule import Finding, judge
from tests.builders import a_closing, a_firm, a_licence, asking_of, closings, in_order

APPLICANT = a_firm("广州宏图建设工程有限公司", 1)
CASE = "AP-1"
LONG_AFTER = datetime(2026, 11, 2, tzinfo=UTC)
DEPARTMENT_KEY = "440106/住房和城乡建设局"


def moment(text: str) -> str:
    """``"03-09 11:00"`` or ``"03-09"`` (10:00) of 2026 in Shanghai."""
    day, _, clock = text.partition(" ")
    return f"2026-{day}T{clock or '10:00'}:00+08:00" if clock.count(":") < 2 else f"2026-{day}T{clock}+08:00"


def instant(text: str) -> datetime:
    return datetime.fromisoformat(moment(text))


def an_entry(state: str = "accepted", at: str = "03-02", **given: Any) -> ApprovalRecorded:
    return ApprovalRecorded(
        **{
            "case_id": CASE,
            "project_code": "2603-440106-04-01-100001",
            "item_code": "440100-SGXK",
            "item_name": "建筑工程施工许可证核发",
            "category": "社会投资房屋建筑",
            "department": "住房和城乡建设局",
            "applicant": APPLICANT,
            "state": state,
            "at": moment(at),
            **given,
        }
    )


def accepted(at: str = "03-02", limit: int | None = 10, **given: Any) -> ApprovalRecorded:
    return an_entry("accepted", at, limit_working_days=limit, **given)


def approved(at: str = "03-06", **given: Any) -> ApprovalRecorded:
    return an_entry("approved", at, **given)


def a_pause(start: str, end: str | None, procedure: str | None = "专家评审", **given: Any) -> list[ApprovalRecorded]:
    """A special procedure; without an ``end`` it lasts."""
    begun = an_entry("special-started", start, special_procedure=procedure, **given)
    return [begun] if end is None else [begun, an_entry("special-finished", end, special_procedure=procedure, **given)]


def a_correction_request(start: str, end: str | None = None) -> list[ApprovalRecorded]:
    begun = an_entry("correction-started", start)
    return [begun] if end is None else [begun, an_entry("correction-finished", end)]


def a_certificate(**given: Any) -> CertificateIssued:
    """When it was issued is the time of its message."""
    return a_licence(
        **{
            "certificate_no": "440106202603060101",
            "kind": "construction-permit",
            "holder": APPLICANT,
            "valid_from": date(2026, 3, 6),
            "valid_to": None,
            "case_id": CASE,
            **given,
        }
    )


def a_case(
    *said: FactData | RecordedFact,
    policy: Policy | None = None,
    now: datetime | str = LONG_AFTER,
    closed: Iterable[FactData] | None = None,
) -> ApprovalCase:
    """The case of facts in any order; the register of certificates is complete, unless ``closed`` says what is."""
    facts = [*in_order(fact for fact in said if isinstance(fact, FactData))]
    facts += [fact for fact in said if isinstance(fact, RecordedFact)]
    return case_of(facts, policy=policy, now=now, closed=closed)


def case_of(
    facts: Iterable[RecordedFact],
    *,
    policy: Policy | None = None,
    now: datetime | str = LONG_AFTER,
    closed: Iterable[FactData] | None = None,
) -> ApprovalCase:
    deliveries = (a_closing("certificate-issued", "2026-12-31"),) if closed is None else closed
    found = approval_case(
        CASE,
        standing(facts),
        policies=PolicyBook(default=policy or Policy()),
        now=instant(now) if isinstance(now, str) else now,
        asking=asking_of(closings(deliveries)),
    )
    assert found is not None
    return found


def light(case: ApprovalCase, now: str) -> Light:
    return case.light(instant(now))


def findings(code: str, case: ApprovalCase | DepartmentMonth) -> dict[str, Finding]:
    """What a rule says, by discriminator."""
    return {found.discriminator: found for found in judge(case) if found.rule == code}


def outcomes(code: str, case: ApprovalCase | DepartmentMonth) -> dict[str, str]:
    return {discriminator: str(found.outcome) for discriminator, found in findings(code, case).items()}


def a_decision(number: int = 1, **given: Any) -> CaseDecided:
    return CaseDecided(
        **{
            "case_id": f"AP-{number}",
            "project_code": "2603-440106-04-01-100001",
            "jurisdiction": "440106",
            "department": "住房和城乡建设局",
            "department_key": DEPARTMENT_KEY,
            "month": "2026-03",
            "decided_at": moment("03-13"),
            "elapsed_seconds": 1_000_000,
            "paused_seconds": 0,
            "on_last_day": False,
            **given,
        }
    )


def a_month(*decisions: CaseDecided, policy: Policy | None = None, now: datetime = LONG_AFTER) -> DepartmentMonth:
    month = department_month(
        f"department:{DEPARTMENT_KEY}:2026-03",
        in_order(decisions),
        policies=PolicyBook(default=policy or Policy()),
        now=now,
    )
    assert month is not None
    return month
