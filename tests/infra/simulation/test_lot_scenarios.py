"""What is planted on whole lots and across lots, and how clean the rest is."""

from collections import defaultdict
from random import Random

import pytest

from infra.simulation import City
from infra.simulation.lot_scenarios import LOT_SCENARIOS, RINGS
from infra.simulation.suppliers import Suppliers
from tests.infra.simulation.folding import clues_found, clues_planted


@pytest.fixture(scope="module")
def city() -> City:
    return City(seed=2018, people=2_500, months=24, lots=300)


@pytest.mark.parametrize("name", [*LOT_SCENARIOS, *(ring.name for ring in RINGS)])
def test_every_lot_scenario_and_ring_is_planted_twice_at_300_lots(city: City, name: str) -> None:
    assert city.planted_on_lots.times[name] >= 2


def test_the_truth_file_says_what_was_planted_and_how_often(city: City) -> None:
    told = city.truth()["lot_scenarios"]
    assert told["broker_ring"] == {"times": 2, "planted": RINGS[0].claim}
    assert all(each["planted"] for each in told.values())


def test_what_is_owed_says_which_lot_lead_or_payer_it_is_about(city: City) -> None:
    owed = defaultdict(list)
    for clue in city.truth()["clues"]:
        owed[clue["rule"]].append(clue)
    assert all(clue["person_id_number"] and not clue["bidder_uscc"] for clue in owed["T401"])
    assert all(clue["person_id_number"] and clue["bidder_uscc"] for clue in owed["T402"])
    assert all(clue["bidder_uscc"] and not clue["tender_id"] for clue in owed["T403"])
    assert all(clue["tender_id"] and not clue["bidder_uscc"] for clue in owed["T404"] + owed["T405"])


def test_a_payer_supplies_two_bidders_and_no_more(city: City) -> None:
    suppliers, bidders = Suppliers(Random(1)), city.firms.contractors[:3]
    first, second, *_ = city.firms.strangers
    assert [suppliers.one_for(bidder, [first], avoiding=()) for bidder in bidders[:2]] == [first, first]
    assert not suppliers.may_supply(first, bidders[2])
    assert suppliers.one_for(bidders[2], [first, second], avoiding=()) == second
    assert suppliers.one_for(bidders[0], [first, second], avoiding=()) == first


@pytest.mark.parametrize("seed", [2018, 5])
def test_the_rules_find_exactly_what_is_owed_over_two_years(seed: int) -> None:
    city = City(seed=seed, people=1_200, months=24, lots=150)
    planted = clues_planted(city.truth())
    found = clues_found(list(city.messages()))
    assert {planted[clue] for clue in planted.keys() - found} == set(), "missed"
    assert found - planted.keys() == set(), "found but not planted"


def test_the_largest_city_has_names_enough() -> None:
    city = City(seed=3, people=40_000, months=6, lots=20)
    assert len(city.firms.agents) > 100
