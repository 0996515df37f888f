"""S502: check-ins on several projects that cannot all be true."""

from decimal import Decimal

import pytest

from domain.policy import Policy
from domain.rule import FindingOutcome, Severity
from tests.builders import in_order
from tests.site_builders import (
    ELSEWHERE,
    GUANGZHOU,
    PROJECT,
    SHENZHEN,
    THIRD_PLACE,
    a_start,
    checked,
    findings_of,
    history,
    site_finding,
    site_findings,
    stayed,
)

S502 = "S502"
LED = a_start()
"""Makes the person a lead, and so somebody who is watched."""


def ids(*numbers: int) -> set[str]:
    """Of the facts as given, the first is 1 and the second 2."""
    return {f"{number:04d}" for number in numbers}


def test_two_sites_closer_in_time_than_the_road_allows_are_a_mismatch() -> None:
    found = site_finding(S502, LED, checked("08-04 08:00", **GUANGZHOU), checked("08-04 08:40", ELSEWHERE, **SHENZHEN))
    assert (found.outcome, found.severity) == (FindingOutcome.MISMATCH, Severity.HIGH)
    assert {fact.id for fact in found.facts} == ids(2, 3)
    assert "104.2" in found.explanation.zh
    assert "120 km/h" in found.explanation.en


@pytest.mark.parametrize(("minutes", "outcome"), [(53, FindingOutcome.MISMATCH), (54, FindingOutcome.CONSISTENT)])
def test_who_drives_as_fast_as_allowed_may_be_there(minutes: int, outcome: FindingOutcome) -> None:
    """104.2 km less 200 m, on a road 1.3 times as long, take 53.7 minutes at 151 km/h."""
    policy = Policy(thresholds={S502: {"speed_limit_kmh": 151}})
    facts = (LED, checked("08-04 08:00", **GUANGZHOU), checked(f"08-04 08:{minutes}", ELSEWHERE, **SHENZHEN))
    assert site_finding(S502, *facts, policy=policy).outcome is outcome


def test_the_road_rule_is_a_matter_of_the_jurisdiction() -> None:
    facts = (LED, checked("08-04 08:00", **GUANGZHOU), checked("08-04 08:40", ELSEWHERE, **SHENZHEN))
    by_train: dict[str, int | Decimal] = {"speed_limit_kmh": 300, "detour_factor": Decimal("1.1")}
    found = site_finding(S502, *facts, policy=Policy(thresholds={S502: by_train}))
    assert found.outcome is FindingOutcome.CONSISTENT
    assert dict(found.thresholds)["detour_factor"] == "1.1"


def test_one_site_alone_is_not_compared() -> None:
    assert site_findings(S502, LED, *stayed("08-04"), checked("08-04 09:00", **SHENZHEN)) == []


def test_a_check_in_elsewhere_during_a_stay_is_a_mismatch() -> None:
    found = site_finding(S502, LED, *stayed("08-04"), *stayed("08-04", "12:00-19:00", ELSEWHERE))
    assert (found.outcome, found.severity) == (FindingOutcome.MISMATCH, Severity.MEDIUM)
    assert {fact.id for fact in found.facts} == ids(2, 3, 4)


@pytest.mark.parametrize(
    "hours", ["08:00-17:00", "08:00-12:00", "12:00-17:00", "09:00-10:00", "07:00-18:00"], ids=lambda hours: f"{hours}"
)
def test_stays_that_overlap_in_any_way_contradict_each_other_without_coordinates(hours: str) -> None:
    found = site_finding(S502, LED, *stayed("08-04"), *stayed("08-04", hours, ELSEWHERE))
    assert found.outcome is FindingOutcome.MISMATCH
    assert len(found.facts) == 3


def test_stays_that_touch_do_not_overlap() -> None:
    facts = (LED, *stayed("08-04", "08:00-12:00"), *stayed("08-04", "12:00-17:00", ELSEWHERE))
    assert site_finding(S502, *facts).outcome is FindingOutcome.CONSISTENT


def test_a_check_in_without_a_check_out_is_no_stay() -> None:
    facts = (LED, checked("08-04 08:00"), *stayed("08-04", "09:00-10:00", ELSEWHERE), *stayed("08-05"))
    assert site_finding(S502, *facts).outcome is FindingOutcome.CONSISTENT


def test_a_stay_longer_than_a_shift_is_a_check_out_that_was_forgotten() -> None:
    forgotten = (LED, checked("08-04 08:00"), checked("08-05 17:00", direction="out"))
    there = stayed("08-04", "18:00-22:00", ELSEWHERE)
    assert site_finding(S502, *forgotten, *there).outcome is FindingOutcome.CONSISTENT
    policy = Policy(thresholds={S502: {"longest_stay_hours": 33}})
    assert site_finding(S502, *forgotten, *there, policy=policy).outcome is FindingOutcome.MISMATCH


def test_the_smallest_set_is_reported_not_the_first() -> None:
    found = site_finding(
        S502,
        LED,
        *stayed("08-04"),
        checked("08-04 12:00", ELSEWHERE),
        checked("08-20 08:00", ELSEWHERE, **SHENZHEN),
        checked("08-20 08:10", THIRD_PLACE, **GUANGZHOU),
    )
    assert {fact.id for fact in found.facts} == ids(5, 6)


def test_of_equal_sets_the_earliest_is_reported() -> None:
    first, second = stayed("08-04"), stayed("08-11")
    found = site_finding(
        S502, LED, *second, checked("08-11 12:00", ELSEWHERE), *first, checked("08-04 12:00", ELSEWHERE)
    )
    assert {fact.id for fact in found.facts} == ids(5, 6, 7)


def test_each_month_has_its_own_set_and_one_across_its_end_belongs_to_the_later() -> None:
    facts = (LED, checked("08-31 23:50", **GUANGZHOU), checked("09-01 00:10", ELSEWHERE, **SHENZHEN))
    found = {finding.discriminator: finding for finding in site_findings(S502, *facts)}
    assert found.keys() == {"2025-09"}
    assert found["2025-09"].outcome is FindingOutcome.MISMATCH


def test_adjacent_sections_do_not_overlap() -> None:
    beside = a_start(project_code=ELSEWHERE, adjacent_to=PROJECT)
    facts = (*stayed("08-04"), checked("08-04 12:00", ELSEWHERE))
    assert site_finding(S502, LED, a_start(project_code=ELSEWHERE), *facts).outcome is FindingOutcome.MISMATCH
    assert site_finding(S502, LED, beside, *facts).outcome is FindingOutcome.CONSISTENT


def test_two_project_codes_at_one_place_do_not_overlap() -> None:
    facts = (*stayed("08-04", **GUANGZHOU), checked("08-04 12:00", ELSEWHERE, **GUANGZHOU))
    assert site_finding(S502, LED, *facts).outcome is FindingOutcome.CONSISTENT


def test_coordinates_may_be_a_little_wrong() -> None:
    near = {"lat": GUANGZHOU["lat"] + 0.0015, "lng": GUANGZHOU["lng"]}
    facts = (LED, checked("08-04 08:00", **GUANGZHOU), checked("08-04 08:00", ELSEWHERE, **near))
    assert site_finding(S502, *facts).outcome is FindingOutcome.CONSISTENT
    exact = Policy(thresholds={S502: {"coordinate_error_metres": 0}})
    assert site_finding(S502, *facts, policy=exact).outcome is FindingOutcome.MISMATCH


def test_a_check_out_learned_late_clears() -> None:
    known = (LED, *stayed("08-04"), checked("08-04 12:00", ELSEWHERE))
    assert site_finding(S502, *known).outcome is FindingOutcome.MISMATCH
    late = (checked("08-04 11:00", direction="out"), checked("08-04 14:00"))
    assert site_finding(S502, *known, *late).outcome is FindingOutcome.CONSISTENT


def test_nobody_is_compared_who_is_not_watched() -> None:
    facts = (*stayed("08-04"), checked("08-04 12:00", ELSEWHERE))
    assert findings_of(history(in_order(facts))) == []
