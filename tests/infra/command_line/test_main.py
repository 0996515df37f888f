"""The table of commands and the exit codes."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import click
import pytest
from platformdirs import user_data_path

import infra.command_line
from infra.command_line.commands import COMMANDS, GROUPS
from tests.infra.command_line.conftest import Run, answer

PROGRAM = "tender-monitor"
COMMAND_GROUPS = (
    "account",
    "clock",
    "cluster",
    "keys",
    "mapping",
    "notify",
    "outbox",
    "person",
    "source",
    "spotcheck",
    "topics",
    "webhooks",
)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself(run: Run, command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.stdout


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_the_list_says_of_a_command_what_its_own_help_says_first(run: Run, command: str) -> None:
    """However narrow the terminal: a long sentence goes on in the next line."""
    listed = "".join(run("--help", terminal_width=60).stdout.split())
    (said,) = (group.commands[command] for group in GROUPS if command in group.commands)
    assert command + "".join(said.split()) in listed
    assert "".join(said.split()) in "".join(run(command, "--help").stdout.split())


@pytest.mark.parametrize("group", COMMAND_GROUPS)
def test_no_summary_in_a_group_of_commands_is_cut(run: Run, group: str) -> None:
    result = run(group, "--help", terminal_width=60)
    assert result.exit_code == 0
    summaries = result.stdout.partition("Commands:")[2]
    assert summaries
    assert "..." not in summaries
    assert "…" not in summaries


def test_every_command_that_is_written_is_listed() -> None:
    """A module that defines a command of its own name is one of the table's."""
    home = Path(infra.command_line.__path__[0])
    modules = [
        import_module(f"infra.command_line.{group.folder}.{found.name}")
        for group in GROUPS
        for found in iter_modules([str(home / group.folder)])
    ]
    of_its_name = {each.__name__: getattr(each, each.__name__.rpartition(".")[2], None) for each in modules}
    written = {name for name, found in of_its_name.items() if isinstance(found, click.Command)}
    assert written == set(COMMANDS.values())


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - {"demo", "verify", *COMMAND_GROUPS}))
def test_every_command_that_takes_a_data_folder_names_the_one_it_takes_without(run: Run, command: str) -> None:
    said = " ".join(run(command, "--help", terminal_width=1_000).stdout.split())
    assert f"[default: (TENDER_MONITOR_DATA, else data in the settings file, else {user_data_path(PROGRAM)})]" in said


def test_the_demonstration_has_a_folder_of_its_own(run: Run) -> None:
    said = " ".join(run("demo", "--help").stdout.split())
    assert "[default: (a temporary folder, gone at the end)]" in said


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
