"""S505: more than 20 % of a month's check-ins were entered by hand."""

from datetime import UTC, datetime

import pytest

from domain.facts.fact import FactData
from domain.policy import Policy
from domain.rule import FindingOutcome, Severity
from tests.site_builders import a_start, present_on, site_finding, site_findings, working_days

S505 = "S505"
DAYS = working_days()


def check_ins(manual: int, total: int) -> list[FactData]:
    made = present_on(DAYS)[:total]
    by_hand = [one.model_copy(update={"method": "manual"}) for one in made[:manual]]
    return [a_start(on="2025-08-01"), *by_hand, *made[manual:]]


def test_a_third_entered_by_hand_is_suspect_of_low_severity() -> None:
    found = site_finding(S505, *check_ins(10, 30))
    assert (found.outcome, found.severity) == (FindingOutcome.SUSPECT, Severity.LOW)
    assert "10 of 30" in found.explanation.en
    assert "33.3%" in found.explanation.zh


@pytest.mark.parametrize(("manual", "outcome"), [(8, FindingOutcome.CONSISTENT), (9, FindingOutcome.SUSPECT)])
def test_exactly_a_fifth_is_still_usual(manual: int, outcome: FindingOutcome) -> None:
    assert site_finding(S505, *check_ins(manual, 40)).outcome is outcome


@pytest.mark.parametrize(("total", "outcome"), [(9, FindingOutcome.NO_EVIDENCE), (10, FindingOutcome.SUSPECT)])
def test_few_check_ins_are_no_evidence(total: int, outcome: FindingOutcome) -> None:
    assert site_finding(S505, *check_ins(5, total)).outcome is outcome


def test_the_thresholds_are_those_of_the_jurisdiction() -> None:
    policy = Policy(thresholds={S505: {"most_share_percent": 50}})
    assert site_finding(S505, *check_ins(10, 30), policy=policy).outcome is FindingOutcome.CONSISTENT


def test_a_month_is_not_judged_before_it_is_over() -> None:
    assert site_findings(S505, *check_ins(10, 30), now=datetime(2025, 8, 31, 15, 59, tzinfo=UTC)) == []
    assert site_findings(S505, *check_ins(10, 30), now=datetime(2025, 8, 31, 16, 0, tzinfo=UTC))


def test_a_high_share_of_a_month_that_is_not_closed_is_no_evidence() -> None:
    found = site_finding(S505, *check_ins(10, 30), closed=[])
    assert found.outcome is FindingOutcome.NO_EVIDENCE
    assert "nothing follows from that" in found.explanation.en
    assert site_finding(S505, *check_ins(6, 30), closed=[]).outcome is FindingOutcome.CONSISTENT


def test_the_statement_that_the_month_is_complete_is_part_of_the_evidence() -> None:
    assert len(site_finding(S505, *check_ins(10, 30)).facts) == 10 + 1


def test_check_ins_learned_late_clear() -> None:
    assert site_finding(S505, *check_ins(8, 30)).outcome is FindingOutcome.SUSPECT
    assert site_finding(S505, *check_ins(8, 40)).outcome is FindingOutcome.CONSISTENT
