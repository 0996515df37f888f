"""E110: another employer pays for, or registers, somebody whom the bid names in a key role."""

import pytest

from domain.evidence import StaffCase
from domain.facts.bidding import StaffAppointed, StaffMember
from domain.facts.fact import FactData, Org
from domain.follow_ups.appointments import outstanding
from domain.policy import Policy
from domain.rule import Finding, FindingOutcome, Severity
from tests.builders import (
    BRANCH,
    RIVAL,
    SOMEONE_ELSE,
    THIRD,
    a_bid,
    a_bid_opening,
    a_case,
    a_firm,
    a_member,
    a_registration,
    an_appointment,
    an_exemption,
    cases,
    finding,
    in_order,
    payments,
)

E110 = "E110"
AGENT = a_firm("广州众才人力资源服务有限公司", 31)


def found(*facts: FactData, policy: Policy | None = None) -> Finding:
    return finding(E110, a_member(), *facts, policy=policy)


def test_a_technical_lead_whom_another_employer_pays_is_suspect_of_low_severity() -> None:
    only = found(*payments(RIVAL))
    assert (only.outcome, only.severity) == (FindingOutcome.SUSPECT, Severity.LOW)
    for said in (only.explanation.zh, only.explanation.en):
        assert all(value in said for value in ("2025-06-18", "技术负责人", RIVAL.name))


def test_a_technical_lead_who_is_registered_with_another_employer_is_suspect() -> None:
    only = found(*payments(), a_registration(employer=THIRD))
    assert (only.outcome, only.severity) == (FindingOutcome.SUSPECT, Severity.LOW)
    assert THIRD.name in only.explanation.en


def test_staff_of_the_bidder_is_consistent_and_of_whom_nothing_is_known_no_evidence() -> None:
    assert found(*payments(), a_registration()).outcome is FindingOutcome.CONSISTENT
    assert found().outcome is FindingOutcome.NO_EVIDENCE


@pytest.mark.parametrize("payer", [BRANCH, AGENT, a_firm("广州宏?建设工程有限公司")])
def test_a_branch_an_agent_and_a_lost_character_accuse_nobody(payer: Org) -> None:
    assert found(*payments(payer)).outcome is FindingOutcome.CONSISTENT


def test_an_exemption_covers_payments_and_no_registration() -> None:
    exempted = (*payments(RIVAL), an_exemption())
    assert found(*exempted, a_registration()).outcome is FindingOutcome.CONSISTENT
    assert found(*exempted, a_registration(), a_registration(employer=THIRD)).outcome is FindingOutcome.CONSISTENT


def test_no_other_rule_speaks_of_staff() -> None:
    case = a_case(a_member(), *payments(RIVAL))
    assert type(case) is StaffCase
    assert case.subject.endswith("|staff")


@pytest.mark.parametrize(
    ("roles", "judged"), [("项目技术负责人", 1), ("专职安全员、资料员", 1), ("资料员", 0), ("安全员", 0)]
)
def test_the_policy_names_the_key_roles(roles: str, judged: int) -> None:
    assert len(cases(in_order([a_member(roles=roles)]))) == judged
    assert len(cases(in_order([a_member(roles="安全员")]), policy=Policy(key_roles=frozenset({"安全员"})))) == 1


def test_a_person_may_be_lead_and_staff_of_one_bid() -> None:
    found = cases(in_order([an_appointment(), a_member(), *payments(RIVAL)]))
    assert [type(case) for case in found].count(StaffCase) == 1
    assert len({case.subject for case in found}) == 2


def test_an_opening_tells_each_of_its_staff_once_with_all_roles() -> None:
    staff = [StaffMember(person=SOMEONE_ELSE, role=role) for role in ("技术负责人", "专职安全员")]
    (opening,) = in_order([a_bid_opening(bids=(a_bid(staff=tuple(staff)),))])
    told = [each.data for each in outstanding("lot:T-2025-001/1", [opening])]
    (member,) = (data for data in told if isinstance(data, StaffAppointed))
    assert member.roles == "专职安全员、技术负责人"


def test_a_payment_learned_late_changes_the_verdict() -> None:
    assert found(*payments(RIVAL, ["2025-04"])).outcome is FindingOutcome.SUSPECT
    assert found(*payments(RIVAL, ["2025-04"]), *payments(months=["2025-05"])).outcome is FindingOutcome.CONSISTENT
