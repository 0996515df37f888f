"""C301: the bidder's safety-production licence is not valid at the opening."""

import pytest

from domain.facts.fact import FactData
from domain.rule import FindingOutcome, Severity
from tests.builders import (
    BIDDER,
    RIVAL,
    a_firm,
    a_licence,
    a_licence_change,
    a_register_closed,
    a_registration,
    a_safety_certificate,
    an_appointment,
    an_exemption,
    finding,
)

C301 = "C301"


@pytest.mark.parametrize("status", ["suspended", "revoked", "withdrawn", "cancelled", "expired"])
def test_a_licence_with_a_status_other_than_valid_is_a_mismatch_of_high_severity(status: str) -> None:
    found = finding(C301, a_licence(), a_licence_change(status=status))
    assert (found.outcome, found.severity) == (FindingOutcome.MISMATCH, Severity.HIGH)
    assert BIDDER.name in found.explanation.zh
    assert status in found.explanation.en


def test_a_valid_licence_is_consistent() -> None:
    found = finding(C301, a_licence())
    assert (found.outcome, found.severity) == (FindingOutcome.CONSISTENT, None)


@pytest.mark.parametrize(
    ("dates", "outcome"),
    [
        ({"valid_from": "2025-06-18"}, FindingOutcome.CONSISTENT),
        ({"valid_from": "2025-06-19"}, FindingOutcome.MISMATCH),
        ({"valid_to": "2025-06-18"}, FindingOutcome.CONSISTENT),
        ({"valid_to": "2025-06-17"}, FindingOutcome.MISMATCH),
        ({"valid_to": None}, FindingOutcome.CONSISTENT),
    ],
)
def test_both_ends_of_the_validity_count(dates: dict[str, str | None], outcome: FindingOutcome) -> None:
    assert finding(C301, a_licence(**dates)).outcome is outcome


@pytest.mark.parametrize(
    ("holds_from", "outcome"),
    [("2025-06-18", FindingOutcome.MISMATCH), ("2025-06-19", FindingOutcome.CONSISTENT)],
)
def test_a_change_of_status_holds_from_its_valid_from(holds_from: str, outcome: FindingOutcome) -> None:
    assert finding(C301, a_licence(), a_licence_change(valid_from=holds_from)).outcome is outcome


def test_a_suspension_that_was_lifted_by_the_opening_is_consistent() -> None:
    lifted = a_licence_change(status="valid", valid_from="2025-06-10")
    assert finding(C301, a_licence(), a_licence_change(), lifted).outcome is FindingOutcome.CONSISTENT


def test_a_change_that_begins_with_the_licence_supersedes_its_issue() -> None:
    revoked = a_licence_change(status="revoked", valid_from="2024-01-01")
    assert finding(C301, revoked, a_licence()).outcome is FindingOutcome.MISMATCH


def test_of_several_licences_a_valid_one_suffices() -> None:
    expired = a_licence(certificate_no="旧", valid_from="2021-01-01", valid_to="2023-12-31")
    assert finding(C301, expired, a_licence()).outcome is FindingOutcome.CONSISTENT


@pytest.mark.parametrize("kind", ["safety-production-licence", "certificate-issued"])
def test_nothing_known_is_no_evidence_unless_the_register_is_closed(kind: str) -> None:
    unknown = finding(C301, a_licence(holder=RIVAL), a_safety_certificate(), a_licence(kind="construction-permit"))
    assert (unknown.outcome, unknown.severity) == (FindingOutcome.NO_EVIDENCE, None)
    assert "area 440000 are not connected" in unknown.explanation.en
    missing = finding(C301, closed=(a_register_closed(kind),))
    assert (missing.outcome, missing.severity) == (FindingOutcome.MISMATCH, Severity.HIGH)
    before = finding(C301, closed=(a_register_closed(kind, "2025-06-17"),))
    assert before.outcome is FindingOutcome.NO_EVIDENCE
    assert "2025-06-18 not closed for area 440000" in before.explanation.en


def test_the_register_of_other_certificates_says_nothing_about_licences() -> None:
    assert finding(C301, closed=(a_register_closed("safety-assessment-b"),)).outcome is FindingOutcome.NO_EVIDENCE


def test_a_licence_of_a_holder_named_without_a_code_counts() -> None:
    assert finding(C301, a_licence(holder=a_firm(BIDDER.name))).outcome is FindingOutcome.CONSISTENT


def test_an_exemption_does_not_exempt() -> None:
    found = finding(C301, a_licence(), a_licence_change(), a_registration(), an_exemption())
    assert found.outcome is FindingOutcome.MISMATCH


def test_a_licence_learned_late_flips_it_both_ways() -> None:
    expired = a_licence(valid_to="2025-05-31")
    extended = a_licence(valid_from="2025-06-01", valid_to="2028-05-31")
    assert finding(C301, expired).outcome is FindingOutcome.MISMATCH
    assert finding(C301, expired, extended).outcome is FindingOutcome.CONSISTENT
    revoked = a_licence_change(status="revoked", valid_from="2025-06-17")
    assert finding(C301, expired, extended, revoked).outcome is FindingOutcome.MISMATCH


@pytest.mark.parametrize(
    "bid",
    [
        an_appointment(bidder=a_firm(f"{BIDDER.name}、{RIVAL.name}联合体")),
        an_appointment(bidder=a_firm("联合体一号"), consortium=(BIDDER, RIVAL)),
    ],
)
def test_of_a_consortium_the_leaders_licence_counts(bid: FactData) -> None:
    every = [a_register_closed("safety-production-licence")]
    assert finding(C301, bid, a_licence(), closed=every).outcome is FindingOutcome.CONSISTENT
    assert finding(C301, bid, a_licence(holder=RIVAL), closed=every).outcome is FindingOutcome.MISMATCH
    assert finding(C301, bid, a_licence(), a_licence_change(), closed=every).outcome is FindingOutcome.MISMATCH
