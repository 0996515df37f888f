"""E103: valid registrations at two or more employers on one day."""

from typing import Any

import pytest

from domain.facts.registration import RegistrationRecorded
from domain.policy import Policy
from domain.rule import FindingOutcome, Severity
from tests.builders import BRANCH, RIVAL, a_cancellation, a_firm, a_registration, an_exemption, finding

E103 = "E103"


def a_second(**given: Any) -> RegistrationRecorded:
    return a_registration(**{"employer": RIVAL, "certificate_no": "沪1312020202100002", "province": "上海市", **given})


def test_two_different_employers_across_provinces_are_a_mismatch_of_high_severity() -> None:
    found = finding(E103, a_registration(province="广东省"), a_second())
    assert (found.outcome, found.severity) == (FindingOutcome.MISMATCH, Severity.HIGH)
    assert RIVAL.name in found.explanation.zh
    assert len(found.facts) == 3


def test_two_certificates_at_one_employer_are_consistent() -> None:
    found = finding(E103, a_registration(), a_registration(certificate_no="粤2"))
    assert (found.outcome, found.severity) == (FindingOutcome.CONSISTENT, None)


@pytest.mark.parametrize("employer", [BRANCH, a_firm("广州宏图建设工程集团有限公司")])
def test_a_branch_or_group_beside_the_employer_is_suspect_of_low_severity(employer: object) -> None:
    found = finding(E103, a_registration(), a_second(employer=employer))
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.LOW)


def test_among_several_registrations_one_different_employer_makes_the_mismatch() -> None:
    found = finding(
        E103,
        a_registration(),
        a_registration(employer=BRANCH, certificate_no="粤2"),
        a_second(),
    )
    assert found.outcome is FindingOutcome.MISMATCH


@pytest.mark.parametrize(
    ("dates", "outcome"),
    [
        ({"valid_to": "2025-06-18"}, FindingOutcome.MISMATCH),
        ({"valid_to": "2025-06-17"}, FindingOutcome.CONSISTENT),
        ({"valid_from": "2025-06-17"}, FindingOutcome.MISMATCH),
        ({"valid_from": "2025-06-18"}, FindingOutcome.MISMATCH),
        ({"valid_from": "2025-06-19"}, FindingOutcome.CONSISTENT),
    ],
)
def test_both_must_be_valid_on_the_day_of_the_opening(dates: dict[str, str], outcome: FindingOutcome) -> None:
    assert finding(E103, a_registration(), a_second(**dates)).outcome is outcome


def test_a_certificate_that_moved_is_registered_with_the_new_employer_only() -> None:
    found = finding(E103, a_registration(employer=RIVAL), a_registration(valid_from="2025-02-01"))
    assert found.outcome is FindingOutcome.CONSISTENT


def test_one_certificate_at_two_employers_from_the_same_day_is_a_mismatch() -> None:
    found = finding(E103, a_registration(employer=RIVAL), a_registration())
    assert found.outcome is FindingOutcome.MISMATCH


def test_no_registration_is_no_evidence() -> None:
    assert finding(E103).outcome is FindingOutcome.NO_EVIDENCE


def test_an_exemption_does_not_exempt() -> None:
    found = finding(E103, a_registration(), a_second(), an_exemption())
    assert found.outcome is FindingOutcome.MISMATCH


@pytest.mark.parametrize(
    ("cancelled_on", "outcome"),
    [("2025-06-18", FindingOutcome.CONSISTENT), ("2025-06-19", FindingOutcome.MISMATCH)],
)
def test_a_late_cancellation_clears_if_it_took_effect_by_the_opening(
    cancelled_on: str, outcome: FindingOutcome
) -> None:
    found = finding(E103, a_registration(), a_second(), a_cancellation(cancelled_on=cancelled_on))
    assert found.outcome is outcome


def test_a_registration_that_moves_on_the_day_of_the_opening_is_no_overlap() -> None:
    """The old registration ends on the day on which the new one begins, under a new number."""
    moved = a_registration(employer=RIVAL, valid_to="2025-06-18"), a_second(employer=a_registration().employer)
    begins = moved[1].model_copy(update={"valid_from": a_registration(valid_from="2025-06-18").valid_from})
    assert finding(E103, moved[0], begins).outcome is FindingOutcome.CONSISTENT


def test_a_registration_cancelled_on_its_first_day_never_was() -> None:
    cancelled = a_second(valid_from="2025-06-01"), a_cancellation(certificate_no="沪1312020202100002")
    assert finding(E103, a_registration(), *cancelled).outcome is FindingOutcome.CONSISTENT


def test_a_registration_cancelled_the_day_after_the_other_began_on_the_day_of_the_opening_is_no_overlap() -> None:
    begun = a_second(valid_from="2025-06-18")
    assert finding(E103, a_registration(), begun).outcome is FindingOutcome.MISMATCH
    found = finding(E103, a_registration(), begun, a_cancellation(cancelled_on="2025-06-19"))
    assert found.outcome is FindingOutcome.CONSISTENT


@pytest.mark.parametrize(
    ("cancelled_on", "outcome"),
    [("2025-06-22", FindingOutcome.CONSISTENT), ("2025-06-23", FindingOutcome.MISMATCH)],
)
def test_a_cancellation_after_the_opening_counts_for_as_many_days_as_an_overlap_needs(
    cancelled_on: str, outcome: FindingOutcome
) -> None:
    five_days = Policy(thresholds={E103: {"fewest_days": 5}})
    told = a_registration(), a_second(valid_from="2025-06-18"), a_cancellation(cancelled_on=cancelled_on)
    assert finding(E103, *told, policy=five_days).outcome is outcome
