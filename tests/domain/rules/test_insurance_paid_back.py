"""E106: consistent only thanks to payments made after the opening."""

import pytest

from domain.policy import Policy
from domain.rule import FindingOutcome, Severity
from tests.builders import (
    BRANCH,
    RIVAL,
    a_payment,
    a_registration,
    an_exemption,
    finding,
    payments,
)

E106 = "E106"


def test_a_lookback_paid_only_after_the_opening_is_suspect_of_medium_severity() -> None:
    found = finding(E106, *payments(paid_on="2025-07-15"))
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.MEDIUM)
    assert "2025-07-15" in found.explanation.zh
    assert "2025-06-18" in found.explanation.en
    assert finding("E101", *payments(paid_on="2025-07-15")).outcome is FindingOutcome.CONSISTENT


def test_payments_made_in_time_are_consistent() -> None:
    found = finding(E106, *payments())
    assert (found.outcome, found.severity) == (FindingOutcome.CONSISTENT, None)


def test_a_late_month_that_is_not_needed_is_consistent() -> None:
    found = finding(E106, *payments(months=["2025-03", "2025-04"]), a_payment(paid_on="2025-06-25"))
    assert found.outcome is FindingOutcome.CONSISTENT


def test_a_back_payment_over_a_stranger_is_a_mismatch_of_high_severity() -> None:
    found = finding(E106, *payments(RIVAL), a_payment(paid_on="2025-07-01"))
    assert (found.outcome, found.severity) == (FindingOutcome.MISMATCH, Severity.HIGH)
    assert RIVAL.name in found.explanation.zh
    assert RIVAL.name in found.explanation.en


def test_a_late_payment_that_lifts_a_branch_to_the_bidder_is_needed() -> None:
    found = finding(E106, a_payment(payer=BRANCH, month="2025-04"), a_payment(paid_on="2025-07-01"))
    assert found.outcome is FindingOutcome.SUSPECT


@pytest.mark.parametrize(
    ("paid_on", "outcome"),
    [
        ("2025-06-18", FindingOutcome.CONSISTENT),
        ("2025-06-20", FindingOutcome.CONSISTENT),
        ("2025-06-30", FindingOutcome.CONSISTENT),
        ("2025-07-01", FindingOutcome.SUSPECT),
    ],
)
def test_a_payment_within_its_lawful_term_is_in_time_also_after_the_opening(
    paid_on: str, outcome: FindingOutcome
) -> None:
    assert finding(E106, a_payment(paid_on=paid_on)).outcome is outcome


def test_the_lawful_term_is_as_long_as_the_jurisdiction_says() -> None:
    found = finding(E106, a_payment(paid_on="2025-07-01"), policy=Policy(payable_months=2))
    assert found.outcome is FindingOutcome.CONSISTENT


def test_a_late_payment_before_the_opening_is_in_time() -> None:
    assert finding(E106, a_payment(month="2025-03", paid_on="2025-06-18")).outcome is FindingOutcome.CONSISTENT


def test_where_late_payments_do_not_make_it_better_another_rule_speaks() -> None:
    known = payments(RIVAL, paid_on="2025-07-01")
    assert finding(E106, *known).outcome is FindingOutcome.CONSISTENT
    assert finding("E101", *known).outcome is FindingOutcome.MISMATCH


def test_no_payment_is_no_evidence() -> None:
    assert finding(E106).outcome is FindingOutcome.NO_EVIDENCE


def test_an_exemption_exempts() -> None:
    found = finding(E106, *payments(paid_on="2025-07-15"), a_registration(), an_exemption())
    assert found.outcome is FindingOutcome.EXEMPT


def test_a_payment_made_in_time_but_learned_late_clears() -> None:
    late = payments(paid_on="2025-07-15")
    assert finding(E106, *late).outcome is FindingOutcome.SUSPECT
    assert finding(E106, *late, a_payment(month="2025-04", scheme="pension")).outcome is FindingOutcome.CONSISTENT
