"""The approval cases of the city: the rules find what was planted, and nothing else."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.rebuilding import Rebuilding
from infra.settings import Settings
from infra.simulation import City
from infra.simulation.approvals import APPROVAL_SCENARIOS
from infra.simulation.mess import backwards, doubled, shuffled
from projections.boards.approval_board import LIGHTS
from projections.boards.clue_board import CLUES
from tests.monitor import Clock, Monitor

LONG_AFTER = datetime(2026, 11, 2, tzinfo=UTC)
Clue = tuple[Any, ...]


@pytest.fixture(scope="module")
def city() -> City:
    return City(seed=5, people=2_000, months=10, lots=200)


@pytest.fixture(scope="module")
def lines(city: City) -> list[bytes]:
    """What the approval platform and the issuer of certificates send about cases, its corrections, and closings."""
    return [
        line
        for line in city.messages()
        if b'"case_id":' in line or b"approval-platform" in line or b"delivery-closed" in line
    ]


def planted(city: City) -> set[Clue]:
    return {
        (clue["rule"], clue["outcome"], clue["severity"], clue["jurisdiction"], clue["project_code"], clue["case_id"])
        for clue in city.truth()["clues"]
        if clue["rule"].startswith("A")
    }


def found(lines: list[bytes], folder: Path) -> tuple[set[Clue], dict[str, str]]:
    """The open clues about approvals, and the light of every case."""
    monitor = Monitor(Settings(data=folder), Clock(LONG_AFTER))
    for first in range(0, len(lines), 200):
        receipt = monitor.send(*lines[first : first + 200])
        assert not receipt.quarantined
    clues = {
        (row.rule, row.outcome, row.severity, row.jurisdiction, row.project_code, row.case_id)
        for row in monitor.rows(CLUES)
        if row.status != "withdrawn"
    }
    lights = {row.case_id: row.light for row in monitor.rows(LIGHTS)}
    Rebuilding(monitor.installation).rebuild()
    monitor.close()
    return clues, lights


def test_every_rule_about_approvals_owes_clues(city: City) -> None:
    assert {clue[0] for clue in planted(city)} == {f"A60{number}" for number in range(1, 9)}


@pytest.mark.parametrize("name", APPROVAL_SCENARIOS)
def test_every_scenario_is_planted_twice_at_200_lots(city: City, name: str) -> None:
    cases = [case_id for scenario, case_id in city.approvals.planted if scenario == name]
    assert len(set(cases)) == 2 * APPROVAL_SCENARIOS[name].cases


def test_the_rules_find_exactly_the_clues_that_were_planted(city: City, lines: list[bytes], tmp_path: Path) -> None:
    clues, lights = found(lines, tmp_path)
    assert planted(city) - clues == set(), "missed"
    assert clues - planted(city) == set(), "found but not planted"
    late = {clue[5] for clue in clues if clue[0] == "A601"}
    assert {case_id for case_id, light in lights.items() if light == "red"} == late


@pytest.mark.parametrize(
    "reorder",
    [backwards, lambda lines: shuffled(lines, 1), lambda lines: doubled(lines, 2)],
    ids=["reversed", "shuffled", "doubled"],
)
def test_the_order_of_arrival_changes_no_clue(
    city: City, lines: list[bytes], tmp_path: Path, reorder: Callable[[list[bytes]], list[bytes]]
) -> None:
    clues, _ = found(reorder(lines), tmp_path)
    assert clues == planted(city)


def test_other_seeds_are_told_apart_as_well(tmp_path: Path) -> None:
    for seed in range(20, 26):
        other = City(seed=seed, people=120, months=8, lots=1)
        said = [
            line
            for line in other.messages()
            if b'"case_id":' in line or b"approval-platform" in line or b"delivery-closed" in line
        ]
        assert found(said, tmp_path / str(seed))[0] == planted(other)


def test_cases_name_their_jurisdiction_or_leave_it_to_the_project(lines: list[bytes]) -> None:
    entries = [json.loads(line)["data"] for line in lines if b"approval-recorded.v1" in line[:400]]
    assert {"jurisdiction" in entry for entry in entries} == {True, False}
