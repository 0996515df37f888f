"""C302: the lead's registration or safety certificate (B) is not valid at the opening."""

import pytest

from domain.facts.fact import FactData
from domain.rule import FindingOutcome, Severity
from tests.builders import (
    a_cancellation,
    a_register_closed,
    a_registration,
    a_safety_certificate,
    an_appointment,
    an_exemption,
    finding,
    payments_closed,
)

C302 = "C302"


@pytest.mark.parametrize(
    ("dates", "outcome"),
    [
        ({"valid_from": "2025-06-18"}, FindingOutcome.CONSISTENT),
        ({"valid_from": "2025-06-19"}, FindingOutcome.MISMATCH),
        ({"valid_to": "2025-06-18"}, FindingOutcome.CONSISTENT),
        ({"valid_to": "2025-06-17"}, FindingOutcome.MISMATCH),
    ],
)
def test_the_registration_must_be_valid_on_the_day_of_the_opening(
    dates: dict[str, str], outcome: FindingOutcome
) -> None:
    found = finding(C302, a_registration(**dates))
    assert found.outcome is outcome
    assert found.severity is (Severity.HIGH if outcome is FindingOutcome.MISMATCH else None)


@pytest.mark.parametrize(
    ("cancelled_on", "outcome"),
    [("2025-06-18", FindingOutcome.MISMATCH), ("2025-06-19", FindingOutcome.CONSISTENT)],
)
def test_a_cancellation_ends_the_registration_from_its_day_on(cancelled_on: str, outcome: FindingOutcome) -> None:
    assert finding(C302, a_registration(), a_cancellation(cancelled_on=cancelled_on)).outcome is outcome


def test_a_registration_of_which_only_the_cancellation_is_known_is_not_valid() -> None:
    found = finding(C302, a_cancellation(), closed=())
    assert found.outcome is FindingOutcome.MISMATCH
    assert len(found.facts) == 2


def test_the_certificate_named_in_the_bid_is_the_one_that_counts() -> None:
    other = a_registration(certificate_no="粤2")
    assert finding(C302, a_registration(valid_to="2025-01-01"), other).outcome is FindingOutcome.MISMATCH
    assert finding(C302, a_registration(), a_registration(certificate_no="粤2", valid_to="2025-01-01")).severity is None


def test_any_registration_counts_where_the_named_certificate_is_not_known() -> None:
    named_otherwise = an_appointment(certificate_no="京9")
    assert finding(C302, named_otherwise, a_registration()).outcome is FindingOutcome.CONSISTENT


def test_a_cancelled_certificate_that_the_bid_does_not_name_accuses_nobody() -> None:
    named_otherwise = an_appointment(certificate_no="京9")
    for known in ((a_registration(), a_cancellation()), (a_registration(valid_to="2025-01-01"),), (a_cancellation(),)):
        assert finding(C302, named_otherwise, *known, closed=()).outcome is FindingOutcome.NO_EVIDENCE


@pytest.mark.parametrize("written", ["粤 1442020202100001", "粤１４４２０２０２０２１００００１"])
def test_the_certificate_named_in_the_bid_is_found_however_it_is_written(written: str) -> None:
    expired, other = a_registration(valid_to="2025-01-01"), a_registration(certificate_no="粤2")
    assert finding(C302, an_appointment(certificate_no=written), expired, other).outcome is FindingOutcome.MISMATCH


def test_of_several_safety_certificates_the_one_named_in_the_bid_counts() -> None:
    revoked, other = a_safety_certificate(status="revoked"), a_safety_certificate(certificate_no="粤建安B(2024)0000002")
    named = an_appointment(certificate_no=a_safety_certificate().certificate_no)
    assert finding(C302, a_registration(), revoked, other).outcome is FindingOutcome.CONSISTENT
    assert finding(C302, named, a_registration(), revoked, other).outcome is FindingOutcome.MISMATCH


def test_no_registration_known_is_a_mismatch_where_the_register_is_closed_else_no_evidence() -> None:
    missing = finding(C302, closed=(a_register_closed(),))
    assert (missing.outcome, missing.severity) == (FindingOutcome.MISMATCH, Severity.HIGH)
    assert len(missing.facts) == 2
    unknown = finding(C302, closed=payments_closed())
    assert (unknown.outcome, unknown.severity) == (FindingOutcome.NO_EVIDENCE, None)
    assert "registrations of area 440000 are not connected" in unknown.explanation.en


@pytest.mark.parametrize(
    ("through", "outcome"),
    [
        ("2025-06-17", FindingOutcome.NO_EVIDENCE),
        ("2025-06-18", FindingOutcome.MISMATCH),
        ("2025-06-30", FindingOutcome.MISMATCH),
        ("2025-05", FindingOutcome.NO_EVIDENCE),
        ("2025-06", FindingOutcome.MISMATCH),
    ],
)
def test_a_register_that_is_closed_up_to_the_opening_or_later_covers_it(through: str, outcome: FindingOutcome) -> None:
    assert finding(C302, closed=(a_register_closed(through=through),)).outcome is outcome


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({}, FindingOutcome.CONSISTENT),
        ({"status": "revoked"}, FindingOutcome.MISMATCH),
        ({"valid_to": "2025-06-17"}, FindingOutcome.MISMATCH),
        ({"valid_to": "2025-06-18"}, FindingOutcome.CONSISTENT),
    ],
)
def test_a_known_safety_certificate_must_be_valid_too(given: dict[str, str], outcome: FindingOutcome) -> None:
    assert finding(C302, a_registration(), a_safety_certificate(**given)).outcome is outcome


@pytest.mark.parametrize("kind", ["safety-assessment-b", "certificate-issued"])
def test_a_safety_certificate_is_missed_only_where_its_register_is_closed(kind: str) -> None:
    assert finding(C302, a_registration()).outcome is FindingOutcome.CONSISTENT
    closed = (a_register_closed(kind),)
    assert finding(C302, a_registration(), closed=closed).outcome is FindingOutcome.MISMATCH
    assert finding(C302, a_registration(), a_safety_certificate(), closed=closed).severity is None


def test_other_certificates_of_the_lead_do_not_count() -> None:
    revoked = a_safety_certificate(kind="safety-assessment-c", status="revoked")
    assert finding(C302, a_registration(), revoked).outcome is FindingOutcome.CONSISTENT


def test_an_invalid_safety_certificate_is_a_mismatch_also_where_no_registration_is_known() -> None:
    revoked = a_safety_certificate(status="revoked")
    found = finding(C302, revoked, closed=())
    assert found.outcome is FindingOutcome.MISMATCH
    assert "revoked" in found.explanation.en


def test_an_exemption_does_not_exempt() -> None:
    found = finding(C302, a_registration(valid_to="2025-01-01"), an_exemption())
    assert found.outcome is FindingOutcome.MISMATCH


def test_a_registration_learned_late_clears() -> None:
    assert finding(C302).outcome is FindingOutcome.MISMATCH
    assert finding(C302, a_registration()).outcome is FindingOutcome.CONSISTENT


def test_the_explanation_names_the_certificate_its_dates_and_the_opening() -> None:
    """Both languages say which registration, from when to when, and on which day it was looked at."""
    ended = finding(C302, a_registration(valid_from="2022-01-10", valid_to="2025-06-17")).explanation
    number = an_appointment().certificate_no
    for said in (ended.zh, ended.en):
        assert all(value in said for value in (number, "2022-01-10", "2025-06-17", "2025-06-18"))


def test_a_cancellation_on_the_day_after_the_opening_says_nothing_about_a_registration_that_was_never_told() -> None:
    found = finding(C302, a_cancellation(cancelled_on="2025-06-19"), closed=())
    assert found.outcome is FindingOutcome.NO_EVIDENCE


@pytest.mark.parametrize("known", [(a_registration(), a_cancellation()), (a_cancellation(),)])
def test_the_explanation_names_the_day_of_a_cancellation(known: tuple[FactData, ...]) -> None:
    """Also where nothing but the cancellation is known."""
    said = finding(C302, *known).explanation
    day = str(a_cancellation().cancelled_on)
    assert f"已于{day}注销" in said.zh
    assert f"cancelled on {day}" in said.en
