"""``source``: registers, lists and ends the sources of a folder, also while a server holds it."""

from pathlib import Path

import pytest

from tests.infra.command_line.conftest import Run, answer
from tests.infra.http.served import served

BUREAU = "urn:example:bureau"
ADD = ("source", "add", BUREAU, "--types", "insurance-paid, delivery-closed", "--areas", "4401", "--owner", "社保局")


def test_a_registered_source_is_listed_with_its_bounds_until_it_ends(run: Run, tmp_path: Path) -> None:
    added = answer(run(*ADD, "--expires", "2027-12-31", "--data", tmp_path, "--json"))
    assert (added["types"], added["areas"], added["valid_to"]) == (
        ["insurance-paid", "delivery-closed"],
        ["4401"],
        "2027-12-31",
    )
    assert "command line" in added["granted_by"]
    ended = answer(run("source", "end", BUREAU, "--reason", "合同到期", "--data", tmp_path, "--json"))
    (listed,) = answer(run("source", "list", "--data", tmp_path, "--json"))
    assert listed == ended
    assert listed["end_reason"] == "合同到期"
    assert BUREAU in run("source", "list", "--data", tmp_path).stdout


def test_the_server_that_holds_the_folder_registers_too(run: Run, tmp_path: Path) -> None:
    from infra.command_line.folder import DataFolder

    with DataFolder(tmp_path).held(), served(tmp_path) as server, DataFolder(tmp_path).announced(server.url):
        answer(run(*ADD, "--data", tmp_path, "--json"))
        answer(run("source", "end", BUREAU, "--reason", "停用", "--data", tmp_path, "--json"))
        again = run("source", "end", BUREAU, "--reason", "停用", "--data", tmp_path)
    assert again.exit_code == 1


@pytest.mark.parametrize(
    "wrong",
    [
        ("--types", "insurance"),
        ("--areas", "99"),
        ("--expires", "soon"),
        ("--channel", "pigeon"),
    ],
)
def test_bounds_that_mean_nothing_are_refused(run: Run, tmp_path: Path, wrong: tuple[str, str]) -> None:
    assert run(*ADD, *wrong, "--data", tmp_path).exit_code == 2


def test_the_monitors_own_sources_belong_to_nobody(run: Run, tmp_path: Path) -> None:
    own = ("source", "add", "urn:tender-monitor:readings", *ADD[3:])
    assert run(*own, "--data", tmp_path).exit_code == 2


def test_only_a_registered_source_ends(run: Run, tmp_path: Path) -> None:
    answer(run(*ADD, "--data", tmp_path, "--json"))
    assert run("source", "end", "urn:other", "--reason", "x", "--data", tmp_path).exit_code == 1


def test_a_source_gets_a_token_only_once_it_is_registered(run: Run, tmp_path: Path) -> None:
    token = ("token", "--role", "source", "--source", BUREAU, "--data", tmp_path)
    others = ("source", "add", "urn:other", "--types", "*", "--areas", "*", "--owner", "x", "--data", tmp_path)
    assert run(*others).exit_code == 0
    refused = run(*token)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert f"tender-monitor source add {BUREAU}" in refused.stderr
    answer(run(*ADD, "--data", tmp_path, "--json"))
    assert run(*token).exit_code == 0
    answer(run("source", "end", BUREAU, "--reason", "停用", "--data", tmp_path, "--json"))
    assert run(*token).exit_code == 1
