"""Times as commands tell them to people: in the zone of the settings, or in UTC."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from infra.command_line.times import Times
from tests.infra.command_line.conftest import RecordedCity, Run, answer

MOMENT = datetime(2025, 4, 21, 17, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Asia/Shanghai", "2025-04-22 01:30:15+08"),
        ("Asia/Kolkata", "2025-04-21 23:00:15+05:30"),
        ("America/St_Johns", "2025-04-21 15:00:15-02:30"),
        ("UTC", "2025-04-21 17:30:15+00"),
    ],
)
def test_a_time_is_told_with_the_offset_of_its_zone(zone: str, told: str) -> None:
    times = Times(ZoneInfo(zone))
    assert times.second(MOMENT) == times.second(MOMENT.isoformat()) == told
    assert datetime.fromisoformat(told) == MOMENT
    assert times.minute(MOMENT) == told[:16] + told[19:]
    assert times.day(MOMENT) == told[:10]


def test_what_has_no_time_is_told_without_one() -> None:
    times = Times(UTC)
    assert (times.minute(None), times.second(None), times.day(None)) == (None, None, None)


def test_clues_were_raised_in_local_time_unless_utc_is_asked_for(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    config = tmp_path / "monitor.toml"
    config.write_text('time_zone = "Asia/Urumqi"\n', encoding="utf-8")
    (clue,) = answer(run("clues", "--limit", 1, "--data", city.data, "--json"))
    asked = {(): "Asia/Shanghai", ("--utc",): "UTC", ("--config", config): "Asia/Urumqi"}
    for options, zone in asked.items():
        shown = run("clues", "--limit", 1, "--data", city.data, *options).stdout
        assert str(Times(ZoneInfo(zone)).second(clue["raised_at"])) in shown


def test_programs_are_told_the_same_in_any_zone(run: Run, city: RecordedCity) -> None:
    asked = ("clues", "--limit", 3, "--data", city.data, "--json")
    assert answer(run(*asked, "--utc")) == answer(run(*asked))


def test_a_zone_that_nobody_knows_is_a_mistake_in_the_settings(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    config = tmp_path / "monitor.toml"
    config.write_text('time_zone = "Mars/Olympus"\n', encoding="utf-8")
    result = run("clues", "--data", city.data, "--config", config)
    assert result.exit_code == 2
    assert "time_zone (file): " in result.stderr
    assert "no time zone of this name" in result.stderr
