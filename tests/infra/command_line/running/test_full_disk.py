"""Commands on a disk without room end in one sentence, and leave nothing behind."""

from pathlib import Path

from infra.storage.disk import network_file_system
from tests.infra.command_line.conftest import RecordedCity, Run, answer
from tests.infra.serving.test_bad_days import mounted


def test_a_backup_that_finds_no_room_leaves_nothing(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", 1) as disk:
        result = run("backup", disk.path / "backup", "--data", city.data)
        assert result.exit_code == 1
        assert len(result.stderr.strip().splitlines()) == 1
        assert "full" in result.stderr
        assert list(disk.path.iterdir()) == []


def test_facts_are_not_taken_in_below_the_reserve(run: Run, tmp_path: Path) -> None:
    facts = tmp_path / "facts.ndjson"
    facts.write_text("{}\n", encoding="utf-8")
    settings = {"TENDER_MONITOR_DISK__RESERVE_MIB": "1000000000"}
    result = run("ingest", facts, "--data", tmp_path / "data", env=settings)
    assert result.exit_code == 1
    assert "kept in reserve" in result.stderr
    assert len([line for line in result.stderr.splitlines() if "Error" in line]) == 1


def test_doctor_names_a_disk_below_the_reserve(run: Run, city: RecordedCity) -> None:
    result = run("doctor", "--data", city.data, "--json", env={"TENDER_MONITOR_DISK__RESERVE_MIB": "1000000000"})
    found = {each["check"]: each for each in answer(result, 1)}
    assert found["disk"]["result"] == "wrong"
    assert "reserve" in found["disk"]["detail"]


def test_a_disk_of_this_machine_is_no_network_file_system(tmp_path: Path) -> None:
    assert network_file_system(tmp_path) is None


def test_a_clock_is_confirmed_with_a_reason_that_names_nobody(run: Run, city: RecordedCity) -> None:
    named = run("clock", "confirm", "--reason", "由11010519491231002X确认", "--data", city.data)
    assert named.exit_code == 2
    assert not (city.data / "clock-confirmed.json").exists()
