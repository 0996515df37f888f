"""The sites of the city: what was planted on them is what the monitor finds, in any order of arrival."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.identifiers import identity_text
from infra.settings import Settings
from infra.simulation import City
from infra.simulation.mess import backwards, shuffled
from infra.simulation.site_scenarios import SITE_SCENARIOS
from infra.simulation.wire import ATTENDANCE, CERTIFICATES
from projections.boards.clue_board import CLUES
from tests.monitor import Clock, Monitor

BATCH = 2_000
_ABOUT_SITES = tuple(f'"source":"{source}"'.encode() for source in (ATTENDANCE, CERTIFICATES))


@pytest.fixture(scope="module")
def city() -> City:
    return City(seed=21, people=3_000, months=7, lots=20)


@pytest.fixture(scope="module")
def lines(city: City) -> list[bytes]:
    """What the attendance platform and the issuer of certificates send."""
    return [line for line in city.messages() if any(source in line for source in _ABOUT_SITES)]


def test_every_site_scenario_is_planted(city: City) -> None:
    assert city.truth()["site_scenarios"].keys() == SITE_SCENARIOS.keys()


def test_every_rule_about_sites_owes_clues_and_none_is_owed_twice(city: City) -> None:
    owed = [_key(clue, clue["person_id_number"]) for clue in _about_sites(city)]
    assert {rule for rule, *_ in owed} == {f"S50{number}" for number in range(1, 6)}
    assert len(set(owed)) == len(owed)


def test_every_site_scenario_owes_what_it_says(city: City) -> None:
    owed: dict[str, set[str]] = {name: set() for name in SITE_SCENARIOS}
    for clue in _about_sites(city):
        owed[clue["scenario"]].add(clue["rule"])
    said = {name: {expected.rule for expected in scenario.expects} for name, scenario in SITE_SCENARIOS.items()}
    assert owed == said


@pytest.mark.parametrize(
    "order", [list, backwards, lambda lines: shuffled(lines, 3)], ids=["as sent", "backwards", "shuffled"]
)
def test_the_monitor_finds_exactly_what_was_planted_on_sites(
    city: City, lines: list[bytes], tmp_path: Path, order: Callable[[Iterable[bytes]], list[bytes]]
) -> None:
    monitor = Monitor(Settings(data=tmp_path), Clock(datetime(2026, 11, 1, tzinfo=UTC)))
    sent = order(lines)
    for first in range(0, len(sent), BATCH):
        monitor.send(*sent[first : first + BATCH])
        monitor.clock.pass_by(seconds=4)
    monitor.clock.pass_by(minutes=1)
    monitor.shard.let_time_pass()
    pseudonymise = monitor.installation.vault.pseudonymiser()
    planted = {
        _key(clue, pseudonymise(identity_text(1, clue["person_id_number"]), "", {})[0]): clue["scenario"]
        for clue in _about_sites(city)
    }
    rows = [row._asdict() for row in monitor.rows(CLUES) if row.status != "withdrawn"]
    found = {_key(row | {"bidder_uscc": row["bidder_key"]}, row["person_id"]) for row in rows}
    monitor.close()
    assert {planted[clue] for clue in planted.keys() - found} == set(), "missed"
    assert found - planted.keys() == set(), "found but not planted"


def _about_sites(city: City) -> list[dict[str, Any]]:
    return [clue for clue in city.truth()["clues"] if clue["rule"].startswith("S")]


def _key(clue: dict[str, Any], person: str) -> tuple[str, ...]:
    return (clue["rule"], clue["outcome"], clue["severity"], person, clue["bidder_uscc"], clue["project_code"])
