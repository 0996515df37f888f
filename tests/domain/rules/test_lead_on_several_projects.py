"""L201: the lead leads two or more projects under construction at the opening."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain.facts.fact import FactData
from domain.policy import Policy
from domain.rule import FindingOutcome, Severity
from tests.builders import LEAD, RIVAL, SOMEONE_ELSE, finding
from tests.site_builders import ELSEWHERE, PROJECT, THIRD_PLACE, a_lead_change, a_start, a_stop, an_acceptance

L201 = "L201"
HERE = a_start(on="2025-01-10")
THERE = a_start(on="2025-02-10", project_code=ELSEWHERE, contractor=RIVAL)
"""The default opening is on 2025-06-18."""


def outcome(*facts: FactData) -> FindingOutcome:
    return finding(L201, *facts).outcome


def test_two_projects_under_construction_are_a_mismatch_whoever_builds_them() -> None:
    found = finding(L201, HERE, THERE)
    assert (found.outcome, found.severity) == (FindingOutcome.MISMATCH, Severity.HIGH)
    assert PROJECT in found.explanation.zh
    assert ELSEWHERE in found.explanation.en
    assert len(found.facts) == 3


def test_one_project_is_consistent_and_none_known_is_no_evidence() -> None:
    assert outcome(HERE) is FindingOutcome.CONSISTENT
    assert outcome() is FindingOutcome.NO_EVIDENCE


@pytest.mark.parametrize(
    ("on", "expected"), [("2025-06-18", FindingOutcome.MISMATCH), ("2025-06-19", FindingOutcome.CONSISTENT)]
)
def test_a_project_counts_from_the_day_it_starts(on: str, expected: FindingOutcome) -> None:
    assert outcome(HERE, a_start(on=on, project_code=ELSEWHERE)) is expected


@pytest.mark.parametrize(
    ("on", "expected"), [("2025-06-18", FindingOutcome.CONSISTENT), ("2025-06-19", FindingOutcome.MISMATCH)]
)
def test_a_project_counts_until_acceptance_is_passed(on: str, expected: FindingOutcome) -> None:
    assert outcome(HERE, THERE, an_acceptance(on=on)) is expected


@pytest.mark.parametrize(
    ("on", "agreed", "expected"),
    [
        ("2025-02-18", True, FindingOutcome.EXEMPT),
        ("2025-02-19", True, FindingOutcome.MISMATCH),
        ("2025-02-17", None, FindingOutcome.MISMATCH),
        ("2025-02-17", False, FindingOutcome.MISMATCH),
    ],
)
def test_a_stop_of_120_days_releases_where_the_owner_agreed(
    on: str, agreed: bool | None, expected: FindingOutcome
) -> None:
    assert outcome(HERE, THERE, a_stop(on=on, agreed_by_owner=agreed)) is expected


def test_a_stop_is_counted_from_its_first_day_to_the_day_before_the_opening() -> None:
    opening = date(2025, 6, 18)
    by_days = {days: a_stop(on=str(opening - timedelta(days=days)), agreed_by_owner=True) for days in (119, 120, 121)}
    assert [outcome(HERE, THERE, by_days[days]) for days in (119, 120, 121)] == [
        FindingOutcome.MISMATCH,
        FindingOutcome.EXEMPT,
        FindingOutcome.EXEMPT,
    ]
    longer = Policy(thresholds={L201: {"fewest_stop_days": 121}})
    assert finding(L201, HERE, THERE, by_days[120], policy=longer).outcome is FindingOutcome.MISMATCH


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"contractor_at_fault": True}, FindingOutcome.MISMATCH),
        ({"contractor_at_fault": False, "reason": "承包方原因"}, FindingOutcome.EXEMPT),
        ({"reason": "因承包人原因停工"}, FindingOutcome.MISMATCH),
        ({"reason": "施工单位责任"}, FindingOutcome.MISMATCH),
        ({"reason": "因非承包方原因，征地受阻"}, FindingOutcome.EXEMPT),
    ],
)
def test_a_stop_by_the_contractors_fault_releases_nobody(fault: dict[str, Any], expected: FindingOutcome) -> None:
    assert outcome(HERE, THERE, a_stop(on="2025-01-20", agreed_by_owner=True, **fault)) is expected


def test_a_stop_that_ended_releases_no_more() -> None:
    assert outcome(HERE, THERE, a_stop(on="2025-01-20", agreed_by_owner=True, until="2025-06-17")) is (
        FindingOutcome.MISMATCH
    )
    assert outcome(HERE, THERE, a_stop(on="2025-01-20", agreed_by_owner=True), a_start(on="2025-06-18")) is (
        FindingOutcome.MISMATCH
    )


def test_consent_given_later_counts_from_the_beginning_of_the_stop() -> None:
    stops = a_stop(on="2025-01-20"), a_stop(on="2025-06-01", agreed_by_owner=True)
    assert outcome(HERE, THERE, *stops) is FindingOutcome.EXEMPT


def test_adjacent_sections_count_as_one() -> None:
    beside = a_start(on="2025-02-10", project_code=ELSEWHERE, adjacent_to=PROJECT)
    assert outcome(HERE, beside) is FindingOutcome.EXEMPT
    third = a_start(on="2025-02-10", project_code=THIRD_PLACE, adjacent_to=ELSEWHERE)
    assert outcome(HERE, beside, third) is FindingOutcome.EXEMPT
    assert outcome(HERE, beside, third.model_copy(update={"adjacent_to": None})) is FindingOutcome.MISMATCH


def test_several_contractors_under_one_project_code_are_one_project() -> None:
    assert outcome(HERE, a_start(on="2025-02-10", contractor=RIVAL)) is FindingOutcome.CONSISTENT


def test_who_handed_the_lead_over_leads_no_more() -> None:
    assert outcome(HERE, THERE, a_start(on="2025-06-18", lead=SOMEONE_ELSE)) is FindingOutcome.CONSISTENT
    assert outcome(HERE, THERE, a_start(on="2025-06-19", lead=SOMEONE_ELSE)) is FindingOutcome.MISMATCH


@pytest.mark.parametrize(
    ("on", "expected"), [("2025-06-18", FindingOutcome.CONSISTENT), ("2025-06-19", FindingOutcome.MISMATCH)]
)
def test_who_was_replaced_with_consent_leads_no_more_from_that_day_on(on: str, expected: FindingOutcome) -> None:
    assert outcome(HERE, THERE, a_lead_change(project_code=ELSEWHERE, on=on)) is expected


def test_who_took_a_project_over_with_consent_leads_it() -> None:
    theirs = a_start(project_code=ELSEWHERE, lead=SOMEONE_ELSE, on="2025-03-01")
    taken_over = a_lead_change(project_code=ELSEWHERE, old=SOMEONE_ELSE, new=LEAD, on="2025-06-01")
    assert outcome(HERE, theirs, taken_over) is FindingOutcome.MISMATCH


def test_the_thresholds_are_those_of_the_jurisdiction() -> None:
    stop = a_stop(on="2025-03-01", agreed_by_owner=True)
    ninety = Policy(thresholds={L201: {"fewest_stop_days": 90}})
    assert finding(L201, HERE, THERE, stop, policy=ninety).outcome is FindingOutcome.EXEMPT
    three = Policy(thresholds={L201: {"fewest_projects": 3}})
    assert finding(L201, HERE, THERE, policy=three).outcome is FindingOutcome.CONSISTENT


def test_an_acceptance_learned_late_clears() -> None:
    assert outcome(HERE, THERE) is FindingOutcome.MISMATCH
    assert outcome(HERE, THERE, an_acceptance(on="2025-05-30", project_code=ELSEWHERE, contractor=RIVAL)) is (
        FindingOutcome.CONSISTENT
    )
