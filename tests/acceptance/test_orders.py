"""A city's 24 months, in any order: exactly the clues that were planted.

Each order is fed whole, which takes ten seconds for the small city, and a minute for the large one.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest

from infra.rebuilding import Rebuilding
from tests.acceptance.city import City, State, expected_clues, fed, installed, open_clues, outside_facts, state

Lines = Sequence[bytes]


def backwards(lines: Lines) -> Lines:
    return lines[::-1]


def shuffled(lines: Lines) -> Lines:
    mixed = list(lines)
    Random(92).shuffle(mixed)
    return mixed


def doubled(lines: Lines) -> Lines:
    """Everything comes once more, half of it much later."""
    half = len(lines) // 2
    return [*(line for line in lines[:half] for _ in range(2)), *lines[half:], *lines[half:]]


@pytest.fixture(scope="module")
def by_arrival(city: City, tmp_path_factory: pytest.TempPathFactory) -> State:
    """What is in the tables when the messages come as they were sent."""
    return fed_and_judged(city, tmp_path_factory.mktemp("arrival"), list)


def fed_and_judged(city: City, folder: Path, order: Callable[[Lines], Lines]) -> State:
    """The tables after the city came in ``order``; the clues are those that were planted."""
    city.give_keys(folder)
    installation = installed(folder)
    fed(installation, order(city.lines))
    found, expected = open_clues(installation), expected_clues(installation, city)
    assert found - expected == Counter()
    assert expected - found == Counter()
    assert outside_facts(installation) == city.messages
    assert Rebuilding(installation).rebuild() > city.messages
    end = state(installation)
    installation.close()
    return end


def test_the_city_is_large_enough_to_mean_something(city: City) -> None:
    assert len(city.truth["appointments"]) > 300
    assert len({(each["tender_id"], each["lot_id"]) for each in city.truth["appointments"]}) >= 300
    assert len(city.truth["clues"]) > 200
    assert len({clue["rule"] for clue in city.truth["clues"]}) >= 29
    assert len(city.lines) > city.messages > 25 * city.extent.people


def test_the_planted_clues_are_found_as_the_messages_arrive(by_arrival: State) -> None:
    assert by_arrival["clues"]
    assert by_arrival["waiting_corrections"] == frozenset()


@pytest.mark.parametrize("order", [backwards, shuffled, doubled])
def test_another_order_ends_the_same(
    city: City, by_arrival: State, tmp_path: Path, order: Callable[[Lines], Lines]
) -> None:
    end = fed_and_judged(city, tmp_path, order)
    for table, rows in by_arrival.items():
        assert end[table] ^ rows == frozenset(), table


def test_every_wrong_line_is_refused_for_what_is_wrong_with_it(city: City, tmp_path: Path) -> None:
    installation = installed(tmp_path)
    refusals = installation.intake().prepare(city.wrong).refusals
    found = {refusal.index + 1: {(error.field, error.code) for error in refusal.errors} for refusal in refusals}
    assert found == {line["line"]: {(line["field"], line["code"])} for line in city.told}
    installation.close()
