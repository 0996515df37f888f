"""L202: somebody else than the lead of the winning bid runs the project, and no consent was recorded."""

from typing import Any

import pytest

from domain.facts.fact import FactData, Person
from domain.rule import Finding, FindingOutcome, Severity
from tests.builders import (
    BIDDER,
    LEAD,
    RIVAL,
    SOMEONE_ELSE,
    a_candidacy,
    a_check_in,
    a_renaming,
    a_won_case,
    an_appointment,
    won_findings,
)
from tests.site_builders import PROJECT, a_lead_change, a_start, a_stop, an_acceptance, an_inspection

L202 = "L202"
AWARD = a_candidacy(rank=None)
START = a_start()
THIRD_PERSON = Person(person_id="d4" * 32)
FOURTH_PERSON = Person(person_id="e5" * 32)


def accused(*facts: FactData) -> list[str]:
    """Who leads without consent."""
    return [each.discriminator for each in found(*facts) if each.outcome is FindingOutcome.MISMATCH]


def found(*facts: FactData) -> list[Finding]:
    return won_findings(L202, *facts)


def acts(day: str, person: Person = SOMEONE_ELSE, **given: Any) -> FactData:
    return a_check_in(person=person, checked_at=f"{day}T08:00:00+08:00", **{"trade": "项目负责人", **given})


def test_a_project_that_starts_with_another_lead_is_a_mismatch_of_high_severity() -> None:
    (only,) = found(AWARD, a_start(lead=SOMEONE_ELSE))
    assert (only.outcome, only.severity) == (FindingOutcome.MISMATCH, Severity.HIGH)
    assert only.discriminator == SOMEONE_ELSE.person_id
    assert SOMEONE_ELSE.person_id not in only.explanation.zh + only.explanation.en
    for said in (only.explanation.zh, only.explanation.en):
        assert all(value in said for value in ("2025-06-18", "2025-07-01", PROJECT, BIDDER.name))


def test_a_project_that_the_lead_of_the_bid_leads_is_consistent() -> None:
    assert [each.outcome for each in found(AWARD, START, an_acceptance())] == [FindingOutcome.CONSISTENT]


@pytest.mark.parametrize("fact", [a_stop(lead=SOMEONE_ELSE), an_acceptance(lead=SOMEONE_ELSE)])
def test_stops_and_acceptance_show_who_leads_too(fact: FactData) -> None:
    assert accused(AWARD, START, fact) == [SOMEONE_ELSE.person_id]


def test_the_contractor_tells_who_won_where_no_award_was_announced() -> None:
    assert accused(a_start(lead=SOMEONE_ELSE)) == [SOMEONE_ELSE.person_id]
    assert a_won_case(a_start(lead=SOMEONE_ELSE, contractor=RIVAL)) is None


def test_a_contractor_under_a_new_name_is_the_bidder() -> None:
    renamed = a_renaming(old_name=BIDDER.name, new_name="广州宏图建设集团有限公司", on="2025-06-30")
    by_name = BIDDER.model_copy(update={"uscc": None, "name": "广州宏图建设集团有限公司"})
    assert accused(renamed, a_start(lead=SOMEONE_ELSE, contractor=by_name)) == [SOMEONE_ELSE.person_id]


@pytest.mark.parametrize(("on", "expected"), [("2025-07-01", []), ("2025-07-02", [SOMEONE_ELSE.person_id])])
def test_a_recorded_change_allows_the_new_lead_from_its_day_on(on: str, expected: list[str]) -> None:
    assert accused(AWARD, a_start(lead=SOMEONE_ELSE), a_lead_change(on=on)) == expected


def test_whoever_follows_by_further_changes_is_allowed_and_nobody_else() -> None:
    first, second = a_lead_change(on="2025-07-01"), a_lead_change(old=SOMEONE_ELSE, new=THIRD_PERSON, on="2025-07-01")
    assert accused(AWARD, a_start(lead=THIRD_PERSON), second, first) == []
    assert accused(AWARD, a_start(lead=THIRD_PERSON), second) == [THIRD_PERSON.person_id]
    assert accused(AWARD, START, first, a_stop(lead=LEAD)) == []


def test_a_change_of_another_project_allows_nobody() -> None:
    elsewhere = a_lead_change(on="2025-07-01", project_code="2503-440300-04-01-200002")
    assert accused(AWARD, a_start(lead=SOMEONE_ELSE), elsewhere) == [SOMEONE_ELSE.person_id]


def test_check_ins_in_the_role_of_the_lead_count_from_two_days_on() -> None:
    assert accused(AWARD, START, acts("2025-07-03")) == []
    assert accused(AWARD, START, acts("2025-07-03"), acts("2025-07-03", direction="out")) == []
    assert accused(AWARD, START, acts("2025-07-03"), acts("2025-07-04")) == [SOMEONE_ELSE.person_id]


@pytest.mark.parametrize("trade", [None, "建筑电工", "安全员", "项目副经理"])
def test_a_person_who_only_visits_or_works_there_is_not_accused(trade: str | None) -> None:
    assert accused(AWARD, START, *(acts(f"2025-07-{day:02d}", trade=trade) for day in range(1, 20))) == []


def test_the_lead_of_the_bid_may_be_there() -> None:
    assert accused(AWARD, START, acts("2025-07-03", LEAD), acts("2025-07-04", LEAD)) == []


def test_one_inspection_that_met_somebody_in_the_role_of_the_lead_suffices() -> None:
    assert accused(AWARD, START, an_inspection(person=SOMEONE_ELSE, role="项目经理")) == [SOMEONE_ELSE.person_id]
    for honest in (
        an_inspection(person=SOMEONE_ELSE),
        an_inspection(person=SOMEONE_ELSE, role="安全员"),
        an_inspection(person=SOMEONE_ELSE, role="项目经理", present=False, answered=None),
    ):
        assert accused(AWARD, START, honest) == []


def test_a_successor_with_consent_may_act_from_the_day_of_the_change_on() -> None:
    at_work = acts("2025-08-15"), acts("2025-08-16")
    assert accused(AWARD, START, *at_work, a_lead_change(on="2025-08-15")) == []
    too_early = acts("2025-08-14"), acts("2025-08-13")
    assert accused(AWARD, START, *too_early, a_lead_change(on="2025-08-15")) == [SOMEONE_ELSE.person_id]


def test_the_leads_of_other_firms_on_the_same_site_are_not_accused() -> None:
    theirs = a_start(contractor=RIVAL, lead=SOMEONE_ELSE)
    assert accused(AWARD, START, theirs, acts("2025-07-03"), acts("2025-07-04")) == []
    supervisors = an_appointment(lot_id="2", person=SOMEONE_ELSE, bidder=RIVAL)
    assert accused(an_appointment(), AWARD, START, supervisors, acts("2025-07-03"), acts("2025-07-04")) == []


def test_the_lead_whom_the_bidder_named_for_another_lot_of_the_project_may_lead_that_lot() -> None:
    other_lot = an_appointment(lot_id="2", person=SOMEONE_ELSE)
    assert accused(an_appointment(), AWARD, START, other_lot, a_start(lead=SOMEONE_ELSE, on="2025-07-10")) == []
    of_a_rival = an_appointment(lot_id="2", person=SOMEONE_ELSE, bidder=RIVAL)
    expected = [SOMEONE_ELSE.person_id]
    assert accused(an_appointment(), AWARD, START, of_a_rival, a_start(lead=SOMEONE_ELSE, on="2025-07-10")) == expected


def test_a_bidder_of_two_lots_of_one_project_has_won_only_what_was_awarded() -> None:
    other_lot = an_appointment(lot_id="2", person=THIRD_PERSON)
    assert a_won_case(an_appointment(), other_lot, a_start(lead=SOMEONE_ELSE)) is None
    assert accused(an_appointment(), other_lot, AWARD, a_start(lead=SOMEONE_ELSE)) == [SOMEONE_ELSE.person_id]


def test_where_nobody_knows_that_the_bidder_builds_nobody_on_the_site_is_its_lead() -> None:
    assert found(AWARD, acts("2025-07-03"), acts("2025-07-04")) == []


def test_what_was_seen_before_the_award_does_not_count() -> None:
    assert accused(AWARD, START, acts("2025-06-23"), acts("2025-06-24")) == []


def test_there_is_one_finding_for_each_person() -> None:
    known = (AWARD, a_start(lead=THIRD_PERSON), acts("2025-07-03", FOURTH_PERSON), acts("2025-07-04", FOURTH_PERSON))
    assert accused(*known) == [THIRD_PERSON.person_id, FOURTH_PERSON.person_id]


def test_consent_recorded_late_withdraws_the_finding() -> None:
    known = (AWARD, a_start(lead=SOMEONE_ELSE))
    assert accused(*known) == [SOMEONE_ELSE.person_id]
    assert accused(*known, a_lead_change(on="2025-06-30")) == []
