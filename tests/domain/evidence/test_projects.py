"""Projects: when they were under construction, stopped and accepted, and who led them."""

from datetime import date
from itertools import permutations

import pytest

from domain.evidence.projects import Phase, Project, adjoining, fold_projects
from domain.facts.fact import FactData, Person
from domain.identifiers import jurisdiction_of_project
from tests.builders import BIDDER, LEAD, RIVAL, SOMEONE_ELSE, a_firm, in_order
from tests.site_builders import ELSEWHERE, PROJECT, THIRD_PLACE, a_lead_change, a_start, a_stop, an_acceptance

LEAD_ID, OTHER_ID = LEAD.person_id, SOMEONE_ELSE.person_id
THIRD = Person(person_id="d4" * 32)


def project(*facts: FactData) -> Project:
    (found,) = fold_projects(in_order(facts))
    return found


def phases(*facts: FactData) -> list[tuple[Phase, str, str | None]]:
    return [
        (stretch.phase, stretch.first.isoformat(), stretch.last.isoformat() if stretch.last else None)
        for stretch in project(*facts).stretches
    ]


def test_a_project_is_built_from_its_start_until_the_day_before_acceptance() -> None:
    assert phases(a_start(), an_acceptance()) == [
        (Phase.BUILDING, "2025-07-01", "2025-08-31"),
        (Phase.ACCEPTED, "2025-09-01", None),
    ]


def test_a_stop_ends_with_the_next_start() -> None:
    assert phases(a_start(), a_stop(), a_start(on="2025-08-20")) == [
        (Phase.BUILDING, "2025-07-01", "2025-07-31"),
        (Phase.STOPPED, "2025-08-01", "2025-08-19"),
        (Phase.BUILDING, "2025-08-20", None),
    ]


def test_a_stop_ends_after_the_day_it_was_said_to_end() -> None:
    assert phases(a_start(), a_stop(until="2025-08-19")) == [
        (Phase.BUILDING, "2025-07-01", "2025-07-31"),
        (Phase.STOPPED, "2025-08-01", "2025-08-19"),
        (Phase.BUILDING, "2025-08-20", None),
    ]
    assert phases(a_start(), a_stop(until="2025-08-10"), an_acceptance())[2:] == [
        (Phase.BUILDING, "2025-08-11", "2025-08-31"),
        (Phase.ACCEPTED, "2025-09-01", None),
    ]


def test_a_stop_told_again_goes_on() -> None:
    stops = a_stop(until="2025-08-10"), a_stop(on="2025-08-11", agreed_by_owner=True, until="2025-08-31")
    found = project(a_start(), *stops)
    stop = found.stretch_on(date(2025, 8, 5))
    assert stop is not None
    assert (stop.first, stop.last, stop.agreed) == (date(2025, 8, 1), date(2025, 8, 31), True)
    assert len(stop.facts) == 2


def test_what_was_accepted_is_not_stopped_but_may_be_started_again() -> None:
    assert phases(a_start(), an_acceptance(), a_stop(on="2025-09-10"))[-1] == (Phase.ACCEPTED, "2025-09-01", None)
    assert phases(a_start(), an_acceptance(), a_start(on="2025-10-01"))[-1] == (Phase.BUILDING, "2025-10-01", None)


def test_of_the_moments_of_one_day_the_last_in_a_projects_life_holds() -> None:
    assert phases(an_acceptance(on="2025-07-01"), a_start()) == [(Phase.ACCEPTED, "2025-07-01", None)]
    assert phases(a_stop(on="2025-07-01"), a_start()) == [(Phase.STOPPED, "2025-07-01", None)]


def test_the_lead_is_whom_the_latest_fact_names() -> None:
    found = project(a_start(), a_start(on="2025-08-01", lead=SOMEONE_ELSE))
    assert found.leads_on(date(2025, 6, 30)) == frozenset()
    assert found.leads_on(date(2025, 7, 31)) == {LEAD_ID}
    assert found.leads_on(date(2025, 8, 1)) == {OTHER_ID}


def test_facts_of_one_day_that_name_several_leads_make_all_of_them_lead() -> None:
    assert project(a_start(), a_start(lead=SOMEONE_ELSE)).leads_on(date(2025, 7, 1)) == {LEAD_ID, OTHER_ID}


def test_from_the_day_of_a_recorded_change_the_new_lead_leads_and_the_old_one_does_not() -> None:
    changed = project(a_start(), a_lead_change())
    assert [(leads.first.isoformat(), set(leads.people)) for leads in changed.leads] == [
        ("2025-07-01", {LEAD_ID}),
        ("2025-08-15", {OTHER_ID}),
    ]


def test_a_change_on_the_day_of_the_start_counts_on_that_day() -> None:
    assert project(a_start(), a_lead_change(on="2025-07-01")).leads[0].people == {OTHER_ID}


def test_a_change_of_somebody_who_does_not_lead_changes_nothing() -> None:
    other = a_lead_change(old=THIRD)
    assert project(a_start(), other).leads == project(a_start()).leads


def test_changes_of_one_day_lead_on_to_the_last_lead_in_any_order_and_a_circle_names_all() -> None:
    onwards = a_lead_change(old=SOMEONE_ELSE, new=THIRD)
    for changes in permutations([a_lead_change(), onwards]):
        assert project(a_start(), *changes).leads[-1].people == {THIRD.person_id}
    back = a_lead_change(old=SOMEONE_ELSE, new=LEAD)
    assert project(a_start(), a_lead_change(), back).leads[-1].people == {LEAD_ID, OTHER_ID}


def test_a_change_concerns_the_contractor_whose_lead_is_changed() -> None:
    found = fold_projects(in_order([a_start(), a_start(contractor=RIVAL, lead=SOMEONE_ELSE), a_lead_change(new=THIRD)]))
    leads = {each.contractor.key: each.leads[-1].people for each in found}
    assert leads == {BIDDER.key: {THIRD.person_id}, RIVAL.key: {OTHER_ID}}


def test_the_time_in_charge_is_cut_out_of_both_the_lead_and_the_construction() -> None:
    found = project(a_start(), a_stop(until="2025-08-10"), a_start(on="2025-08-21", lead=SOMEONE_ELSE))
    until = date(2025, 12, 31)
    assert list(found.led_while_building(LEAD_ID, until)) == [
        (date(2025, 7, 1), date(2025, 7, 31)),
        (date(2025, 8, 11), date(2025, 8, 20)),
    ]
    assert list(found.led_while_building(OTHER_ID, until)) == [(date(2025, 8, 21), until)]
    assert list(found.led_while_building(LEAD_ID, date(2025, 7, 10))) == [(date(2025, 7, 1), date(2025, 7, 10))]


def test_contractors_under_one_code_have_projects_of_their_own_whatever_they_are_called() -> None:
    by_name = a_start(on="2025-08-01", contractor=a_firm(BIDDER.name))
    found = fold_projects(in_order([a_start(), by_name, a_start(contractor=RIVAL)]))
    assert sorted(len(project.facts) for project in found) == [1, 2]
    assert {project.contractor.uscc for project in found} == {BIDDER.uscc, RIVAL.uscc}


def test_adjacent_sections_form_groups() -> None:
    sections = (
        a_start(),
        a_start(project_code=ELSEWHERE, adjacent_to=PROJECT),
        a_start(project_code=THIRD_PLACE, adjacent_to="2501-440100-04-01-000009"),
    )
    assert adjoining(fold_projects(in_order(sections))) == (frozenset({ELSEWHERE, PROJECT}), frozenset({THIRD_PLACE}))


def test_the_jurisdiction_is_the_one_given_else_that_of_the_code() -> None:
    assert project(a_start()).jurisdiction == "440100"
    assert project(a_start(jurisdiction="440106")).jurisdiction == "440106"
    assert project(a_start(project_code="工地一")).jurisdiction == ""


@pytest.mark.parametrize(
    ("code", "jurisdiction"),
    [
        ("2020-440100-47-01-012345", "440100"),
        ("2506-440106-04-01-900001", "440106"),
        ("2506-449999-04-01-900001", "449999"),
        ("2506-999999-04-01-900001", None),
        ("2506-440106-04-01-90000", None),
        ("2506-440106-04-01-900001\n", None),
        ("２５０６-440106-04-01-900001", None),
        ("工地一", None),
    ],
)
def test_a_national_project_code_names_its_jurisdiction(code: str, jurisdiction: str | None) -> None:
    assert jurisdiction_of_project(code) == jurisdiction


def test_the_order_of_arrival_does_not_matter() -> None:
    facts = in_order(
        [a_start(), a_stop(until="2025-08-19"), a_start(on="2025-08-05", lead=SOMEONE_ELSE), an_acceptance()]
    )
    assert len({repr(fold_projects(order)) for order in permutations(facts)}) == 1
