"""C303: the lead's registration has not the level or the trade that the opening requires."""

import pytest

from domain.facts.bidding import LeadAppointed
from domain.follow_ups.appointments import outstanding
from domain.rule import FindingOutcome, Severity
from tests.builders import (
    a_bid_opening,
    a_cancellation,
    a_registration,
    an_appointment,
    an_exemption,
    finding,
    in_order,
)

C303 = "C303"
SECOND = "二级注册建造师（市政公用工程）"


def required(text: str | None = "一级注册建造师（市政公用工程）") -> LeadAppointed:
    return an_appointment(required_qualification=text)


def test_a_lower_level_is_a_mismatch_of_medium_severity() -> None:
    found = finding(C303, required(), a_registration(qualification=SECOND))
    assert (found.outcome, found.severity) == (FindingOutcome.MISMATCH, Severity.MEDIUM)
    assert SECOND in found.explanation.zh
    assert SECOND in found.explanation.en


def test_the_required_level_and_trade_and_any_higher_level_are_consistent() -> None:
    assert finding(C303, required(), a_registration()).outcome is FindingOutcome.CONSISTENT
    assert finding(C303, required("二级市政"), a_registration()).outcome is FindingOutcome.CONSISTENT


def test_another_trade_is_a_mismatch() -> None:
    roads = a_registration(qualification="一级注册建造师（公路工程）")
    assert finding(C303, required(), roads).outcome is FindingOutcome.MISMATCH


@pytest.mark.parametrize("qualification", ["注册建造师", "高级工程师"])
def test_what_cannot_be_read_accuses_nobody(qualification: str) -> None:
    assert finding(C303, required(), a_registration(qualification=qualification)).outcome is FindingOutcome.NO_EVIDENCE


def test_without_a_requirement_or_a_valid_registration_there_is_nothing_to_compare() -> None:
    assert finding(C303, a_registration(qualification=SECOND)).outcome is FindingOutcome.NO_EVIDENCE
    assert finding(C303, required()).outcome is FindingOutcome.NO_EVIDENCE
    over = a_registration(qualification=SECOND, valid_to="2025-06-17")
    assert finding(C303, required(), over).outcome is FindingOutcome.NO_EVIDENCE
    last_day = a_registration(qualification=SECOND, valid_to="2025-06-18")
    assert finding(C303, required(), last_day).outcome is FindingOutcome.MISMATCH


def test_the_registration_named_in_the_bid_decides_else_the_best() -> None:
    better = a_registration(certificate_no="粤1442020202199999")
    assert finding(C303, required(), a_registration(qualification=SECOND), better).outcome is FindingOutcome.MISMATCH
    other = a_registration(certificate_no="粤2442020202100001", qualification=SECOND)
    assert finding(C303, required(), other, better).outcome is FindingOutcome.CONSISTENT


def test_an_exemption_does_not_exempt() -> None:
    found = finding(C303, required(), a_registration(qualification=SECOND), an_exemption())
    assert found.outcome is FindingOutcome.MISMATCH


def test_a_registration_learned_late_clears_and_a_cancellation_learned_late_leaves_it_to_another_rule() -> None:
    wrong = a_registration(qualification=SECOND, certificate_no="粤2442020202100001")
    assert finding(C303, required(), wrong).outcome is FindingOutcome.MISMATCH
    assert finding(C303, required(), wrong, a_registration()).outcome is FindingOutcome.CONSISTENT
    cancelled = a_cancellation(certificate_no="粤2442020202100001")
    assert finding(C303, required(), wrong, cancelled).outcome is FindingOutcome.NO_EVIDENCE


def test_what_an_opening_requires_is_told_to_every_lead() -> None:
    (opening,) = in_order([a_bid_opening(required_qualification="一级建造师")])
    (appointment,) = outstanding("lot:T-2025-001/1", [opening])
    assert isinstance(appointment.data, LeadAppointed)
    assert appointment.data.required_qualification == "一级建造师"
