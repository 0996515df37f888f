"""E102: the current payer is not the registration employer."""

import pytest

from domain.policy import Policy
from domain.rule import FindingOutcome, Severity
from tests.builders import (
    BRANCH,
    RIVAL,
    THIRD,
    a_cancellation,
    a_payment,
    a_registration,
    an_exemption,
    finding,
    payments,
)

E102 = "E102"


def test_a_payer_other_than_the_registration_employer_is_a_mismatch_of_medium_severity() -> None:
    found = finding(E102, *payments(), a_registration(employer=RIVAL))
    assert (found.outcome, found.severity) == (FindingOutcome.MISMATCH, Severity.MEDIUM)
    assert RIVAL.name in found.explanation.zh
    assert RIVAL.name in found.explanation.en


def test_the_registration_employer_as_payer_is_consistent_whoever_bids() -> None:
    found = finding(E102, *payments(RIVAL), a_registration(employer=RIVAL))
    assert (found.outcome, found.severity) == (FindingOutcome.CONSISTENT, None)


def test_a_change_of_payer_within_the_lookback_concerns_another_rule() -> None:
    found = finding(E102, *payments(RIVAL, ["2025-03"]), a_payment(), a_registration())
    assert found.outcome is FindingOutcome.CONSISTENT


@pytest.mark.parametrize(
    ("treatment", "outcome"),
    [
        ("accept", FindingOutcome.CONSISTENT),
        ("look", FindingOutcome.SUSPECT),
        ("refuse", FindingOutcome.MISMATCH),
    ],
)
def test_branch_payers_are_treated_as_the_jurisdiction_says(treatment: str, outcome: FindingOutcome) -> None:
    policy = Policy.model_validate({"branch_payers": treatment})
    assert finding(E102, *payments(BRANCH), a_registration(), policy=policy).outcome is outcome


def test_of_several_registrations_one_with_the_payer_suffices() -> None:
    second = a_registration(employer=RIVAL, certificate_no="粤2")
    assert finding(E102, *payments(RIVAL), a_registration(), second).outcome is FindingOutcome.CONSISTENT


def test_of_several_registrations_the_best_decides() -> None:
    second = a_registration(employer=RIVAL, certificate_no="粤2")
    found = finding(E102, *payments(BRANCH), second, a_registration())
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.LOW)


@pytest.mark.parametrize(
    ("dates", "outcome"),
    [
        ({"valid_from": "2025-06-18"}, FindingOutcome.MISMATCH),
        ({"valid_from": "2025-06-19"}, FindingOutcome.NO_EVIDENCE),
        ({"valid_to": "2025-06-18"}, FindingOutcome.MISMATCH),
        ({"valid_to": "2025-06-17"}, FindingOutcome.NO_EVIDENCE),
    ],
)
def test_only_registrations_valid_on_the_day_of_the_opening_count(
    dates: dict[str, str], outcome: FindingOutcome
) -> None:
    assert finding(E102, *payments(RIVAL), a_registration(**dates)).outcome is outcome


def test_without_a_payment_or_a_registration_there_is_no_evidence() -> None:
    assert finding(E102, a_registration()).outcome is FindingOutcome.NO_EVIDENCE
    assert finding(E102, *payments()).outcome is FindingOutcome.NO_EVIDENCE


def test_an_exemption_exempts() -> None:
    found = finding(E102, *payments(RIVAL), a_registration(), an_exemption())
    assert found.outcome is FindingOutcome.EXEMPT


def test_an_exemption_without_a_registration_exempts_nothing() -> None:
    found = finding(E102, *payments(RIVAL), an_exemption())
    assert found.outcome is FindingOutcome.NO_EVIDENCE


def test_a_registration_learned_late_flips_it_both_ways() -> None:
    known = (*payments(RIVAL), a_registration())
    moved = a_registration(employer=RIVAL, valid_from="2025-06-01")
    assert finding(E102, *known).outcome is FindingOutcome.MISMATCH
    assert finding(E102, *known, moved).outcome is FindingOutcome.CONSISTENT
    moved_on = a_registration(employer=THIRD, valid_from="2025-06-10")
    assert finding(E102, *known, moved, moved_on).outcome is FindingOutcome.MISMATCH


def test_a_late_cancellation_leaves_nothing_to_compare() -> None:
    known = (*payments(RIVAL), a_registration())
    assert finding(E102, *known, a_cancellation()).outcome is FindingOutcome.NO_EVIDENCE
