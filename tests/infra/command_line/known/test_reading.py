"""``clues``, ``comparison``, ``dossier``: asking about what is recorded."""

import json
import subprocess
from collections import Counter
from contextlib import closing
from pathlib import Path
from shutil import copytree

import pytest

from infra.installation import Installation
from infra.settings import Settings
from tests.infra.command_line.conftest import PROGRAM, RecordedCity, Run, answer


def test_the_standing_clues_are_those_of_the_truth_file(run: Run, city: RecordedCity) -> None:
    clues = answer(run("clues", "--data", city.data, "--json"))
    standing = Counter(
        (clue["tender_id"], clue["lot_id"], clue["rule"]) for clue in clues if clue["status"] != "withdrawn"
    )
    expected = Counter((clue["tender_id"], clue["lot_id"], clue["rule"]) for clue in city.truth["clues"])
    assert standing == expected


def test_filters_narrow_and_a_limit_cuts(run: Run, city: RecordedCity) -> None:
    every = answer(run("clues", "--data", city.data, "--json"))
    rule = every[0]["rule"]
    narrowed = answer(run("clues", "--rule", rule, "--data", city.data, "--json"))
    assert narrowed == [clue for clue in every if clue["rule"] == rule]
    assert answer(run("clues", "--limit", 2, "--data", city.data, "--json")) == every[:2]
    assert answer(run("clues", "--jurisdiction", "11", "--data", city.data, "--json")) == []


def test_people_are_shown_masked(run: Run, city: RecordedCity) -> None:
    people = [clue for clue in city.truth["clues"] if clue["person_id_number"]]
    names = {clue["person_name"] for clue in people}
    numbers = {clue["person_id_number"] for clue in people}
    for result in (run("clues", "--data", city.data), run("clues", "--data", city.data, "--json")):
        assert "＊" in result.stdout
        assert not any(secret in result.stdout for secret in names | numbers)


def test_a_comparison_can_be_asked_for_another_moment(run: Run, city: RecordedCity) -> None:
    """Before anything was known there was no such lot."""
    planted = city.truth["clues"][0]
    lot = f"{planted['tender_id']}/{planted['lot_id']}"
    now = answer(run("comparison", lot, "--data", city.data, "--json"))
    assert now["bids"]
    assert run("comparison", lot, "--known-at", "20200101", "--data", city.data).exit_code == 1
    shown = run("comparison", lot, "--data", city.data).stdout
    assert planted["rule"] in shown


def test_a_comparison_shows_another_day_beside_that_of_the_opening(run: Run, city: RecordedCity) -> None:
    """Each bid has a line for either day, which names it; what is found is about the opening."""
    planted = city.truth["clues"][0]
    lot = f"{planted['tender_id']}/{planted['lot_id']}"
    now = answer(run("comparison", lot, "--data", city.data, "--json"))["bids"]
    long_before = answer(run("comparison", lot, "--valid-at", "19900101", "--data", city.data, "--json"))["bids"]
    assert not any(bid["registrations"] for bid in long_before)
    assert {bid["on"] for bid in long_before} == {"1990-01-01"}
    assert [bid["at_opening"]["registrations"] for bid in long_before] == [bid["registrations"] for bid in now]
    assert [bid["findings"] for bid in long_before] == [bid["findings"] for bid in now]
    table = run("comparison", lot, "--valid-at", "19900101", "--data", city.data).stdout
    assert table.count(f"{now[0]['on']} opening 开标") == table.count("1990-01-01 asked about 所问日期") == len(now)


@pytest.mark.parametrize("lot", ["no-slash", "T/unknown"])
def test_a_lot_that_is_not_there_is_an_error(run: Run, city: RecordedCity, lot: str) -> None:
    assert run("comparison", lot, "--data", city.data).exit_code in (1, 2)


def readings(data: Path) -> int:
    """How many readings the ledger holds."""
    installation = Installation.open(Settings(data=data))
    try:
        with installation.database.read() as connection:
            rows = installation.recorder.scan(connection, after=0, limit=1_000_000)
        return sum("dossier-read" in topic for _, topic, _ in rows)
    finally:
        installation.close()


def test_a_dossier_is_shown_and_its_reading_recorded(run: Run, city: RecordedCity) -> None:
    person = answer(run("clues", "--limit", 1, "--data", city.data, "--json"))[0]["person_id"]
    before = readings(city.data)
    dossier = answer(run("dossier", person, "--purpose", "audit", "--data", city.data, "--json"))
    assert dossier["person_id"] == person
    assert dossier["entries"]
    assert readings(city.data) == before + 1


def test_a_command_that_records_something_answers_with_json_alone(city: RecordedCity) -> None:
    """As a program of its own: what it writes to the ledger is not told on standard output."""

    def answered(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
        command = [*PROGRAM, *arguments, "--data", str(city.data), "--json"]
        return subprocess.run(command, capture_output=True, check=True)

    person = json.loads(answered("clues", "--limit", "1").stdout)[0]["person_id"]
    told = answered("dossier", person)
    assert json.loads(told.stdout)["person_id"] == person
    assert told.stderr == b""


def test_an_unknown_person_is_an_error_and_leaves_no_reading(run: Run, city: RecordedCity) -> None:
    before = readings(city.data)
    assert run("dossier", "f" * 64, "--data", city.data).exit_code == 1
    assert readings(city.data) == before


def read_about(data: Path) -> Counter[str]:
    """How often the ledger says that somebody was read about."""
    with closing(Installation.open(Settings(data=data))) as installation, installation.database.read() as connection:
        rows = installation.recorder.scan(connection, after=0, limit=1_000_000)
    said = (json.loads(state) for _, topic, state in rows if "dossier-read" in topic)
    return Counter(each["data"]["person"]["person_id"] for each in said)


@pytest.mark.parametrize("command", ["comparison", "findings", "clues"])
def test_who_is_shown_is_read_about_once_and_that_is_on_record(
    run: Run, city: RecordedCity, tmp_path: Path, command: str
) -> None:
    data = copytree(city.data, tmp_path / "data")
    planted = next(clue for clue in city.truth["clues"] if clue["person_name"] and clue["lot_id"])
    tender_id = planted["tender_id"]
    asked = {
        "comparison": [f"{tender_id}/{planted['lot_id']}"],
        "findings": ["--tender", tender_id],
        "clues": ["--tender-id", tender_id],
    }
    before = read_about(data)
    shown = answer(run(command, *asked[command], "--purpose", "complaint", "--data", data, "--json"))
    items = shown if command == "clues" else shown["bids" if command == "comparison" else "items"]
    people = {each["person_id"] for each in items if each["person_id"]}
    assert people
    assert read_about(data) - before == Counter(people)
    run(command, *asked[command], "--purpose", "complaint", "--data", data)
    assert read_about(data) - before == Counter(people)


def test_the_list_of_all_clues_is_no_reading(run: Run, city: RecordedCity) -> None:
    before = readings(city.data)
    assert answer(run("clues", "--data", city.data, "--json"))
    assert readings(city.data) == before
