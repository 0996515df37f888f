"""The table of commands and the exit codes."""

from pathlib import Path

import pytest

from infra.command_line.main import COMMANDS
from tests.infra.command_line.conftest import Run, answer


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself(run: Run, command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.stdout


def test_an_unknown_setting_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "monitor.toml"
    config.write_text("colour = 1\n", encoding="utf-8")
    result = run("doctor", "--config", config)
    assert result.exit_code == 2
    assert "colour (file): unknown setting" in result.stderr


def test_asking_an_empty_folder_finds_nothing_and_makes_nothing(run: Run, tmp_path: Path) -> None:
    result = run("clues", "--data", tmp_path / "mistyped", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nothing is recorded" in result.stderr
    assert not (tmp_path / "mistyped").exists()


def test_the_data_folder_can_come_from_the_environment(run: Run, tmp_path: Path) -> None:
    found = answer(run("doctor", "--json", env={"TENDER_MONITOR_DATA": str(tmp_path / "elsewhere")}))
    assert any(str(tmp_path / "elsewhere") in check["detail"] for check in found)
