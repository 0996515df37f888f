"""``person erase``: a pseudonym nobody can resolve any more."""

from pathlib import Path
from shutil import copytree

from tests.infra.command_line.conftest import RecordedCity, Run, answer


def test_an_erased_person_keeps_clues_and_loses_the_name(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    data = copytree(city.data, tmp_path / "data")
    clue = answer(run("clues", "--limit", 1, "--data", data, "--json"))[0]
    assert answer(run("person", "erase", clue["person_id"], "--yes", "--data", data, "--json"))["erased"] >= 1
    after = answer(run("clues", "--limit", 1, "--data", data, "--json"))[0]
    assert clue["person_masked"] != after["person_masked"]
    assert after == {**clue, "person_masked": after["person_masked"]}
    assert run("person", "erase", clue["person_id"], "--yes", "--data", data).exit_code == 1


def test_erasing_asks_first(run: Run, city: RecordedCity) -> None:
    assert run("person", "erase", "a" * 64, "--data", city.data, input="n\n").exit_code == 1
