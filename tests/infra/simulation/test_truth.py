"""The truth file and the rules, worked out apart, must say the same."""

from collections import Counter
from collections.abc import Callable

import pytest

from infra.simulation import City
from infra.simulation.licences import TROUBLES
from infra.simulation.mess import backwards, doubled, shuffled
from infra.simulation.scenarios import HONEST, SCENARIOS
from tests.infra.simulation.folding import clues_found, clues_planted


@pytest.fixture(scope="module")
def city() -> City:
    return City(seed=11, people=2_500, months=12, lots=300)


@pytest.fixture(scope="module")
def lines(city: City) -> list[bytes]:
    return list(city.messages())


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_is_planted_several_times_at_300_lots(city: City, name: str) -> None:
    planted = [appointment for appointment in city.appointments if appointment.bid.scenario == name]
    assert len(planted) >= 2


@pytest.mark.parametrize("name", [name for name, scenario in SCENARIOS.items() if scenario.expects])
def test_every_scenario_that_owes_clues_has_them_in_the_truth_file(city: City, name: str) -> None:
    owed = {expected.rule for expected in SCENARIOS[name].expects}
    assert {clue["rule"] for clue in city.truth()["clues"] if clue["scenario"] == name} == owed


def test_every_licence_story_is_told(city: City) -> None:
    stories = {appointment.scenario for appointment in city.appointments}
    assert {story.__name__ for story in TROUBLES} <= stories


def test_about_three_quarters_of_the_leads_are_honest(city: City) -> None:
    counted = Counter(appointment.scenario for appointment in city.appointments)
    assert 0.68 < counted[HONEST] / counted.total() < 0.80


def test_every_rule_owes_clues(city: City) -> None:
    rules = {clue["rule"] for clue in city.truth()["clues"]}
    persons = {f"E10{n}" for n in range(1, 10)} | {"E110", "C301", "C302", "C303", "D903", "L201", "L202", "L203"}
    assert rules >= persons | {f"T40{n}" for n in range(1, 6)} | {f"S50{n}" for n in range(1, 6)}


def test_no_clue_about_bids_is_owed_twice(city: City) -> None:
    about_bids = [clue for clue in city.truth()["clues"] if clue["rule"][0] in "CELT" or clue["rule"] == "D903"]
    assert len(clues_planted(city.truth())) == len(about_bids)


def test_the_rules_find_exactly_the_clues_of_the_truth_file(city: City, lines: list[bytes]) -> None:
    planted = clues_planted(city.truth())
    found = clues_found(lines)
    assert {planted[clue] for clue in planted.keys() - found} == set(), "missed"
    assert found - planted.keys() == set(), "found but not planted"


@pytest.mark.parametrize(
    "reorder",
    [backwards, lambda lines: shuffled(lines, 1), lambda lines: doubled(lines, 2)],
    ids=["reversed", "shuffled", "doubled"],
)
def test_the_order_of_arrival_changes_no_clue(reorder: Callable[[list[bytes]], list[bytes]]) -> None:
    city = City(seed=12, people=700, months=8, lots=60)
    assert clues_found(reorder(list(city.messages()))) == clues_planted(city.truth()).keys()
