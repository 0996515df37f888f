"""``account``: opens, grants, lists and disables, in the folder and through the server that holds it."""

import json
from pathlib import Path

import pytest

from tests.infra.command_line.conftest import Run, answer
from tests.infra.http.served import served

ADD = ("account", "add", "staff-7", "--name", "欧阳修文", "--role", "supervisor", "--jurisdiction", "440100")


def test_an_account_is_listed_with_name_roles_and_deputies_until_it_is_disabled(run: Run, tmp_path: Path) -> None:
    here = ("--data", tmp_path, "--json")
    added = answer(run(*ADD, *here))
    assert (added["login"], added["name"]) == ("staff-7", "欧阳修文")
    assert added["roles"] == [{"role": "supervisor", "jurisdiction": "440100", "uscc": None}]
    answer(run("account", "add", "staff-8", "--name", "林", *here))
    answer(run("account", "grant", "staff-8", "--role", "investigator", *here))
    named = answer(run("account", "deputy", "STAFF-7", "staff-8", "--to", "2027-01-01", "--from", "2026-12-25", *here))
    assert [each["first"] for each in named["deputies"]] == ["2026-12-25"]
    assert answer(run("account", "deputy", "staff-7", "staff-8", "--end", *here))["deputies"] == []
    assert answer(run("account", "withdraw", "staff-8", "--role", "investigator", *here))["roles"] == []
    disabled = answer(run("account", "disable", added["account_id"], "--why", "left", *here))
    assert disabled["why_disabled"] == "left"
    assert answer(run("account", "enable", "staff-7", *here))["disabled_at"] is None
    listed = answer(run("account", "list", *here))
    assert [each["login"] for each in listed] == ["staff-7", "staff-8"]
    assert answer(run("account", "show", "staff-7", *here)) == listed[0]
    told = run("account", "list", "--data", tmp_path).stdout
    assert "supervisor 440100" in told
    assert answer(run("account", "sessions", *here)) == []


def test_the_server_that_holds_the_folder_does_the_same_and_makes_the_link(run: Run, tmp_path: Path) -> None:
    from infra.command_line.folder import DataFolder

    with DataFolder(tmp_path).held(), served(tmp_path) as server, DataFolder(tmp_path).announced(server.url):
        here = ("--data", tmp_path, "--json")
        added = answer(run(*ADD, *here))
        link = answer(run("account", "invite", "staff-7", *here))["link"]
        assert link.startswith(f"{server.url}/sign-in#code=")
        body = json.dumps({"code": link.rpartition("=")[2]}).encode()
        opened = server.request("POST", "/session", body=body, headers={"Content-Type": "application/json"})
        assert opened.status == 201
        (session,) = answer(run("account", "sessions", *here))
        assert (session["account"], session["how"]) == (added["account_id"], "link")
        assert answer(run("account", "sessions", "--end", session["id"], *here)) == []
        assert answer(run("account", "disable", "staff-7", "--why", "unused", *here))["why_disabled"] == "unused"
        assert run("account", "disable", "staff-7", "--why", "unused", "--data", tmp_path).exit_code == 1
    assert run("account", "invite", "staff-7", "--data", tmp_path).exit_code == 1


@pytest.mark.parametrize(
    "wrong",
    [
        ("account", "add", "staff 7", "--name", "x"),
        ("account", "add", "staff-7", "--name", "x", "--role", "supervisor"),
        ("account", "add", "staff-7", "--name", "x", "--jurisdiction", "4401"),
        ("account", "add", "staff-7", "--name", "x", "--role", "source"),
        ("account", "add", "staff-7", "--name", "x", "--mail", "nowhere"),
    ],
)
def test_an_account_that_could_not_be_used_is_refused(run: Run, tmp_path: Path, wrong: tuple[str, ...]) -> None:
    assert run(*wrong, "--data", tmp_path).exit_code == 2


def test_nobody_is_no_account(run: Run, tmp_path: Path) -> None:
    answer(run(*ADD, "--data", tmp_path, "--json"))
    assert run("account", "show", "staff-9", "--data", tmp_path).exit_code == 1
