"""E105: no payment in the look-back although all of it was stated to be complete."""

import pytest

from domain.policy import Policy
from domain.rule import FindingOutcome, Severity
from tests.builders import (
    BIDDER,
    MONTHS,
    RIVAL,
    a_closing,
    a_payment,
    a_registration,
    a_statement,
    an_exemption,
    finding,
    payments_closed,
)

E105 = "E105"


def test_no_payment_where_all_months_are_closed_is_suspect_of_medium_severity() -> None:
    found = finding(E105)
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.MEDIUM)
    assert "2025-03" in found.explanation.en
    assert "2025年5月" in found.explanation.zh


def test_any_payment_of_a_deciding_scheme_in_the_lookback_is_consistent_whoever_paid() -> None:
    found = finding(E105, a_payment(payer=RIVAL, month="2025-03", scheme="medical"))
    assert (found.outcome, found.severity) == (FindingOutcome.CONSISTENT, None)


@pytest.mark.parametrize("scheme", ["injury", "housing-fund"])
def test_insurance_that_is_bought_for_a_project_silences_nothing(scheme: str) -> None:
    assert finding(E105, a_payment(scheme=scheme)).severity is Severity.MEDIUM


@pytest.mark.parametrize(
    ("month", "severity"),
    [("2025-06", Severity.LOW), ("2025-07", Severity.LOW), ("2025-08", Severity.MEDIUM)],
)
def test_a_lead_whom_the_bidder_insures_since_the_opening_is_newly_hired(month: str, severity: Severity) -> None:
    found = finding(E105, a_payment(month=month))
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, severity)
    assert ("自2025年" in found.explanation.zh) == (severity is Severity.LOW)
    assert finding(E105, a_payment(payer=RIVAL, month=month)).severity is Severity.MEDIUM


def test_a_month_that_is_not_closed_makes_a_missing_payment_no_evidence() -> None:
    """Whichever of the months it is, and whatever time it is."""
    for month in MONTHS:
        found = finding(E105, closed=payments_closed(other for other in MONTHS if other != month))
        assert (found.outcome, found.severity) == (FindingOutcome.NO_EVIDENCE, None)
        assert f"{month} not closed for area 440100" in found.explanation.en
        assert "440100地区" in found.explanation.zh


def test_an_area_that_never_closed_anything_is_not_connected() -> None:
    found = finding(E105, closed=payments_closed(area="440300"))
    assert found.outcome is FindingOutcome.NO_EVIDENCE
    assert "area 440100 are not connected" in found.explanation.en
    assert "尚未接入" in found.explanation.zh


@pytest.mark.parametrize(("area", "outcome"), [("4401", "suspect"), ("440000", "suspect"), ("440106", "no_evidence")])
def test_a_wider_area_covers_the_city_and_a_part_of_it_does_not(area: str, outcome: str) -> None:
    assert str(finding(E105, closed=payments_closed(area=area)).outcome) == outcome


def test_all_areas_that_the_policy_requires_must_be_closed() -> None:
    policy = Policy(required_areas={"insurance-paid": ("city", "省直统筹")})
    assert finding(E105, policy=policy, closed=payments_closed()).outcome is FindingOutcome.NO_EVIDENCE
    both = (*payments_closed(), *payments_closed(area="省直统筹"))
    assert finding(E105, policy=policy, closed=both).outcome is FindingOutcome.SUSPECT


def test_the_closings_are_part_of_the_evidence() -> None:
    kinds = [fact.type for fact in finding(E105, closed=payments_closed()).facts]
    assert kinds.count("tender-integrity.delivery-closed.v1") == 3


def test_a_delivery_that_another_replaces_does_not_count() -> None:
    may = a_closing(period="2025-05")
    replaced = a_closing(period="2025-06", delivery_id="other", replaces=may.delivery_id)
    assert finding(E105, closed=(*payments_closed(), replaced)).outcome is FindingOutcome.NO_EVIDENCE
    again = a_closing(period="2025-05", delivery_id="other", replaces=may.delivery_id)
    assert finding(E105, closed=(*payments_closed(), again)).outcome is FindingOutcome.SUSPECT


def test_the_answer_to_an_enquiry_covers_its_months_for_its_person() -> None:
    found = finding(E105, a_statement(), closed=())
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.MEDIUM)
    assert finding(E105, a_statement(months=MONTHS[1:]), closed=()).outcome is FindingOutcome.NO_EVIDENCE
    assert finding(E105, a_statement(area="441900"), closed=()).outcome is FindingOutcome.NO_EVIDENCE


def test_a_payment_in_an_answer_counts_as_a_payment() -> None:
    paid = {"payer": BIDDER, "month": "2025-04", "scheme": "pension", "paid_on": "2025-04-20"}
    found = finding(E105, a_statement(payments=(paid,)), closed=())
    assert found.outcome is FindingOutcome.CONSISTENT
    assert finding("E101", a_statement(payments=({**paid, "payer": RIVAL},)), closed=()).outcome is (
        FindingOutcome.MISMATCH
    )


@pytest.mark.parametrize(
    ("month", "outcome"),
    [
        ("2025-02", FindingOutcome.SUSPECT),
        ("2025-03", FindingOutcome.CONSISTENT),
        ("2025-05", FindingOutcome.CONSISTENT),
        ("2025-06", FindingOutcome.SUSPECT),
    ],
)
def test_only_the_months_of_the_lookback_count(month: str, outcome: FindingOutcome) -> None:
    assert finding(E105, a_payment(month=month)).outcome is outcome


def test_an_exemption_exempts() -> None:
    assert finding(E105, a_registration(), an_exemption()).outcome is FindingOutcome.EXEMPT


def test_a_payment_learned_late_clears() -> None:
    assert finding(E105).outcome is FindingOutcome.SUSPECT
    assert finding(E105, a_payment(month="2025-04", paid_on="2025-11-30")).outcome is FindingOutcome.CONSISTENT
