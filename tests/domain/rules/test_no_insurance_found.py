"""E105: no payment in the look-back although all data are due."""

from datetime import datetime, timedelta

import pytest

from domain.evidence import due_dates
from domain.policy import Policy
from domain.rule import FindingOutcome, Severity
from tests.builders import RIVAL, a_payment, a_registration, an_appointment, an_exemption, finding

E105 = "E105"
DUE = datetime.fromisoformat("2025-07-01T00:00:00+08:00")


def test_no_payment_when_all_data_are_due_is_suspect_of_medium_severity() -> None:
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


def test_it_fires_by_time_alone_at_the_first_instant_after_the_last_due_date() -> None:
    assert due_dates(an_appointment(), Policy()) == (DUE,)
    before = finding(E105, now=DUE - timedelta(microseconds=1))
    assert (before.outcome, before.severity) == (FindingOutcome.NO_EVIDENCE, None)
    assert finding(E105, now=DUE).outcome is FindingOutcome.SUSPECT


@pytest.mark.parametrize(("months", "due"), [(0, "2025-06-01"), (2, "2025-08-01"), (8, "2026-02-01")])
def test_the_data_are_due_as_late_as_the_jurisdiction_says(months: int, due: str) -> None:
    policy = Policy(insurance_due_months=months)
    assert [moment.date().isoformat() for moment in due_dates(an_appointment(), policy)] == [due]


def test_where_the_feed_is_not_complete_nothing_follows() -> None:
    found = finding(E105, policy=Policy(complete_feeds=frozenset({"registrations"})))
    assert found.outcome is FindingOutcome.NO_EVIDENCE


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
