"""L203: the new lead of a recorded change has a lower level of qualification than the lead who goes."""

from typing import Any

import pytest

from domain.facts.fact import FactData, Person
from domain.rule import Finding, FindingOutcome, Severity
from tests.builders import SOMEONE_ELSE, a_cancellation, a_candidacy, a_registration, an_appointment, won_findings
from tests.site_builders import a_lead_change, a_start

L203 = "L203"
AWARD = a_candidacy(rank=None)
THIRD_PERSON = Person(person_id="d4" * 32)
FIRST_LEVEL, SECOND_LEVEL = "一级注册建造师（市政公用工程）", "二级注册建造师（市政公用工程）"
CHANGED = a_lead_change()
"""On 2025-08-15."""


def theirs(qualification: str = SECOND_LEVEL, **given: Any) -> FactData:
    """A registration of the new lead."""
    number = {"certificate_no": "粤2442020202100002"}
    return a_registration(**{"person": SOMEONE_ELSE, "qualification": qualification, **number, **given})


def found(*facts: FactData) -> list[Finding]:
    return won_findings(L203, AWARD, a_start(), *facts)


def outcome(*facts: FactData) -> FindingOutcome:
    (only,) = found(*facts)
    return only.outcome


def test_a_lower_level_is_suspect_of_medium_severity() -> None:
    (only,) = found(a_registration(), CHANGED, theirs())
    assert (only.outcome, only.severity) == (FindingOutcome.SUSPECT, Severity.MEDIUM)
    for said in (only.explanation.zh, only.explanation.en):
        assert all(value in said for value in (FIRST_LEVEL, SECOND_LEVEL, "2025-08-15", "BG-2025-01", "2025-06-18"))


def test_the_same_and_a_higher_level_are_consistent() -> None:
    assert outcome(a_registration(), CHANGED, theirs(FIRST_LEVEL)) is FindingOutcome.CONSISTENT
    assert (
        outcome(a_registration(qualification=SECOND_LEVEL), CHANGED, theirs(FIRST_LEVEL)) is FindingOutcome.CONSISTENT
    )


def test_without_a_recorded_change_nothing_is_said() -> None:
    assert found(a_registration(), theirs(), a_start(lead=SOMEONE_ELSE, on="2025-08-15")) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"valid_from": "2025-08-15"}, FindingOutcome.CONSISTENT),
        ({"valid_from": "2025-08-16"}, FindingOutcome.SUSPECT),
        ({"valid_to": "2025-08-15"}, FindingOutcome.CONSISTENT),
        ({"valid_to": "2025-08-14"}, FindingOutcome.SUSPECT),
    ],
)
def test_the_best_registration_on_the_day_of_the_change_counts(given: dict[str, str], expected: FindingOutcome) -> None:
    better = theirs(FIRST_LEVEL, certificate_no="粤1442020202100003", **given)
    assert outcome(a_registration(), CHANGED, theirs(), better) is expected


def test_a_cancelled_registration_of_the_new_lead_does_not_count() -> None:
    cancelled = a_cancellation(person=SOMEONE_ELSE, certificate_no="粤1442020202100003", cancelled_on="2025-08-01")
    better = theirs(FIRST_LEVEL, certificate_no="粤1442020202100003")
    assert outcome(a_registration(), CHANGED, theirs(), better, cancelled) is FindingOutcome.SUSPECT


def test_what_is_not_known_or_cannot_be_read_accuses_nobody() -> None:
    assert outcome(a_registration(), CHANGED) is FindingOutcome.NO_EVIDENCE
    assert outcome(CHANGED, theirs()) is FindingOutcome.NO_EVIDENCE
    assert outcome(a_registration(), CHANGED, theirs("高级工程师")) is FindingOutcome.NO_EVIDENCE


def test_of_the_lead_of_the_bid_the_level_stated_in_the_bid_counts_where_no_registration_is_known() -> None:
    assert outcome(an_appointment(qualification=FIRST_LEVEL), CHANGED, theirs()) is FindingOutcome.SUSPECT


def test_each_change_is_compared_with_the_lead_before() -> None:
    back_up = a_lead_change(old=SOMEONE_ELSE, new=THIRD_PERSON, on="2025-09-01")
    first = a_registration(person=THIRD_PERSON, certificate_no="粤1442020202100009")
    outcomes = [each.outcome for each in found(a_registration(), CHANGED, theirs(), back_up, first)]
    assert outcomes == [FindingOutcome.SUSPECT, FindingOutcome.CONSISTENT]


def test_a_change_between_people_who_lead_for_others_is_not_compared() -> None:
    assert found(a_registration(), a_lead_change(old=THIRD_PERSON), theirs()) == []


def test_a_change_that_two_sources_tell_is_one_change() -> None:
    assert len(found(a_registration(), CHANGED, CHANGED, theirs())) == 1


def test_a_registration_learned_late_clears() -> None:
    known = (a_registration(), CHANGED, theirs())
    assert outcome(*known) is FindingOutcome.SUSPECT
    assert outcome(*known, theirs(FIRST_LEVEL, certificate_no="粤1442020202100003")) is FindingOutcome.CONSISTENT
