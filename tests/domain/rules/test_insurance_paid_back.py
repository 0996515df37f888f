"""E106: consistent only thanks to payments made after the opening."""

import pytest

from domain.facts.fact import FactData
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


def test_a_late_payment_beside_a_rival_is_needed() -> None:
    found = finding(E106, a_payment(payer=RIVAL), a_payment(paid_on="2025-07-01"))
    assert found.outcome is FindingOutcome.SUSPECT
    assert RIVAL.name not in found.explanation.zh


def test_a_late_payment_that_lifts_a_branch_to_the_bidder_is_needed() -> None:
    found = finding(E106, a_payment(payer=BRANCH, month="2025-04"), a_payment(paid_on="2025-07-01"))
    assert found.outcome is FindingOutcome.SUSPECT


@pytest.mark.parametrize(
    ("paid_on", "outcome"),
    [("2025-06-18", FindingOutcome.CONSISTENT), ("2025-06-19", FindingOutcome.SUSPECT)],
)
def test_the_day_of_the_opening_is_in_time(paid_on: str, outcome: FindingOutcome) -> None:
    assert finding(E106, a_payment(paid_on=paid_on)).outcome is outcome


@pytest.mark.parametrize(
    "known",
    [
        payments(RIVAL, paid_on="2025-07-01"),
        (*payments(RIVAL, ["2025-04"]), a_payment(paid_on="2025-07-01")),
    ],
    ids=["late and another employer", "suspect for a change of employer"],
)
def test_where_the_payer_is_not_consistent_anyway_another_rule_speaks(known: tuple[FactData, ...]) -> None:
    assert finding(E106, *known).outcome is FindingOutcome.CONSISTENT
    assert finding("E101", *known).outcome is not FindingOutcome.CONSISTENT


def test_no_payment_is_no_evidence() -> None:
    assert finding(E106).outcome is FindingOutcome.NO_EVIDENCE


def test_an_exemption_exempts() -> None:
    found = finding(E106, *payments(paid_on="2025-07-15"), a_registration(), an_exemption())
    assert found.outcome is FindingOutcome.EXEMPT


def test_a_payment_made_in_time_but_learned_late_clears() -> None:
    late = payments(paid_on="2025-07-15")
    assert finding(E106, *late).outcome is FindingOutcome.SUSPECT
    assert finding(E106, *late, a_payment(month="2025-04", scheme="pension")).outcome is FindingOutcome.CONSISTENT
