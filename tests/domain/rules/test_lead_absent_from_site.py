"""S501: the lead is on site on fewer than 80 % of a month's construction days."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.facts.fact import FactData
from domain.policy import Policy
from domain.rule import Finding, FindingOutcome, Severity
from tests.builders import SOMEONE_ELSE, a_closing
from tests.site_builders import (
    ELSEWHERE,
    MONTH,
    PROJECT,
    a_start,
    a_stop,
    an_acceptance,
    days_from,
    present_on,
    site_findings,
    working_days,
)

S501 = "S501"
DAYS = working_days()
"""The 21 working days of August 2025."""


def august(*facts: FactData, **given: Any) -> list[Finding]:
    """What S501 says about August, the lead's other months left out."""
    found = site_findings(S501, *facts, **given)
    return [finding for finding in found if finding.discriminator == MONTH]


def in_august(*facts: FactData, **given: Any) -> Finding:
    (found,) = august(*facts, **given)
    return found


def test_a_lead_there_on_half_of_the_construction_days_is_a_mismatch() -> None:
    found = in_august(a_start(), *present_on(DAYS[:10]))
    assert (found.outcome, found.severity) == (FindingOutcome.MISMATCH, Severity.MEDIUM)
    assert "21" in found.explanation.zh
    assert "10 of 21" in found.explanation.en
    assert len(found.facts) == 22


def test_a_lead_who_was_never_there_stands_out() -> None:
    found = in_august(a_start())
    assert (found.outcome, found.severity) == (FindingOutcome.MISMATCH, Severity.HIGH)


@pytest.mark.parametrize(("days", "outcome"), [(17, FindingOutcome.CONSISTENT), (16, FindingOutcome.MISMATCH)])
def test_eighty_percent_are_enough(days: int, outcome: FindingOutcome) -> None:
    assert in_august(a_start(), *present_on(DAYS[:days])).outcome is outcome


def test_exactly_the_share_asked_for_is_enough() -> None:
    twenty = (a_start(on="2025-08-04"), *present_on(DAYS[1:17]))
    assert in_august(*twenty).outcome is FindingOutcome.CONSISTENT


def test_the_share_is_a_threshold_of_the_jurisdiction() -> None:
    policy = Policy(thresholds={S501: {"fewest_share_percent": 40}})
    found = in_august(a_start(), *present_on(DAYS[:10]), policy=policy)
    assert found.outcome is FindingOutcome.CONSISTENT
    assert found.thresholds == (("fewest_share_percent", "40"),)


def test_work_on_days_off_makes_up_for_absence() -> None:
    days_off = [day for day in days_from(date(2025, 8, 1), 31) if day not in DAYS][:7]
    assert in_august(a_start(), *present_on([*DAYS[:10], *days_off])).outcome is FindingOutcome.CONSISTENT


def test_any_check_in_shows_presence_and_many_on_one_day_are_one_day() -> None:
    once_a_day = present_on(DAYS[:17])[::2]
    assert in_august(a_start(), *once_a_day).outcome is FindingOutcome.CONSISTENT
    assert in_august(a_start(), *present_on(DAYS[:5]), *present_on(DAYS[:5])).outcome is FindingOutcome.MISMATCH


def test_a_month_is_not_judged_before_it_is_over() -> None:
    end = datetime(2025, 8, 31, 16, tzinfo=UTC)
    assert august(a_start(), now=end - timedelta(seconds=1)) == []
    assert in_august(a_start(), now=end).outcome is FindingOutcome.MISMATCH


def test_only_leads_are_judged() -> None:
    assert august(a_start(lead=SOMEONE_ELSE), *present_on(DAYS[:3])) == []


def test_days_before_the_start_and_after_acceptance_are_no_construction_days() -> None:
    facts = (a_start(on="2025-08-11"), an_acceptance(on="2025-08-18"), *present_on(DAYS[6:10]))
    found = in_august(*facts)
    assert found.outcome is FindingOutcome.CONSISTENT
    assert "4 of 5" in found.explanation.en


def test_a_month_in_which_construction_was_stopped_is_not_judged() -> None:
    assert august(a_start(), a_stop(on="2025-07-15")) == []
    assert in_august(a_start(), a_stop(on="2025-07-15", until="2025-08-17"), *present_on(DAYS[11:])).outcome is (
        FindingOutcome.CONSISTENT
    )


def test_a_lead_answers_only_for_the_time_in_charge() -> None:
    handed_over = a_start(on="2025-08-18", lead=SOMEONE_ELSE)
    assert in_august(a_start(), handed_over, *present_on(DAYS[:10])).outcome is FindingOutcome.CONSISTENT


def test_presence_on_an_adjacent_section_of_the_same_lead_counts() -> None:
    beside = a_start(project_code=ELSEWHERE, adjacent_to=PROJECT)
    there = present_on(DAYS, project=ELSEWHERE)
    apart = august(a_start(), a_start(project_code=ELSEWHERE), *there)
    assert {finding.outcome for finding in apart} == {FindingOutcome.MISMATCH, FindingOutcome.CONSISTENT}
    assert {finding.outcome for finding in august(a_start(), beside, *there)} == {FindingOutcome.CONSISTENT}


def test_absence_is_no_evidence_where_the_attendance_is_not_closed() -> None:
    """Also where others checked in, and where the lead was seen on some days: the rest may be on its way."""
    for known in ((), present_on(DAYS[:10])):
        found = in_august(a_start(), *known, closed=[a_closing("attendance-recorded", "2025-07")])
        assert (found.outcome, found.severity) == (FindingOutcome.NO_EVIDENCE, None)
        assert "2025-08 not closed for area 440100" in found.explanation.en
    assert in_august(a_start(), closed=[a_closing("attendance-recorded", MONTH)]).severity is Severity.HIGH


def test_presence_counts_whether_the_attendance_is_closed_or_not() -> None:
    assert in_august(a_start(), *present_on(DAYS), closed=()).outcome is FindingOutcome.CONSISTENT


def test_a_year_whose_working_days_are_not_announced_is_no_evidence() -> None:
    (found,) = site_findings(S501, a_start(on="2040-01-01"), now=datetime(2040, 2, 7, tzinfo=UTC))
    assert found.outcome is FindingOutcome.NO_EVIDENCE


def test_a_local_day_off_is_no_construction_day() -> None:
    policy = Policy(local_working_days=dict.fromkeys(DAYS[10:], False))
    assert in_august(a_start(), *present_on(DAYS[:8]), policy=policy).outcome is FindingOutcome.CONSISTENT


def test_check_ins_and_a_stop_learned_late_clear() -> None:
    known = [a_start(), *present_on(DAYS[:10])]
    assert in_august(*known).outcome is FindingOutcome.MISMATCH
    assert in_august(*known, *present_on(DAYS[10:17])).outcome is FindingOutcome.CONSISTENT
    assert in_august(*known, a_stop(on="2025-08-15")).outcome is FindingOutcome.CONSISTENT
