"""``serve`` and ``demo`` as programs, and other commands beside a running server."""

import json
import os
import re
import signal
import time
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path
from shutil import copytree

import psutil
import pytest

from infra.command_line.running.demo_links import runs_by_itself
from tests.infra.command_line.conftest import RecordedCity, Run, answer, program, said
from tests.infra.command_line.facts_in.test_ingest import a_registration

URL = r"(http://127\.0\.0\.1:\d+)"


def test_commands_go_through_the_server_that_holds_the_folder(run: Run, tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "facts.ndjson"
    file.write_bytes(a_registration("1") + b"\n" + a_registration("2", valid_from="never") + b"\n")
    with program("serve", "--port", 0, "--data", data) as server:
        url = said(server, URL, within_seconds=30)[1]
        with urllib.request.urlopen(f"{url}/readyz", timeout=10) as response:
            assert json.load(response) == {"status": "ready"}
        told = answer(run("ingest", file, "--data", data, "--json"), exit_code=3)
        assert (told["accepted"], told["rejected"]) == (1, 1)
        lock = next(check for check in answer(run("doctor", "--data", data, "--json")) if check["check"] == "lock")
        assert url in lock["detail"]
        assert run("serve", "--port", 0, "--data", data).exit_code == 1
        held = run("rebuild", "--data", data)
        assert (held.exit_code, url in held.stderr) == (2, True)
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) == 0
    assert answer(run("ingest", file, "--data", data, "--json"), exit_code=3)["duplicates"] == 1


def test_a_link_that_a_running_server_keeps_signs_in_once(run: Run, tmp_path: Path) -> None:
    """Also after a restart; without a server there is no link."""
    data = tmp_path / "data"
    asked = ("token", "--role", "supervisor", "--jurisdiction", "4401", "--link", "--data", data)
    with program("serve", "--port", 0, "--data", data) as server:
        said(server, URL, within_seconds=30)
        link = run(*asked, "--expires", "2h")
        assert (link.exit_code, link.stdout.count("\n")) == (0, 1)
        assert answer(run(*asked, "--json")).keys() == {"link"}
        assert run(*asked, "--expires", "30d").exit_code == 2
    assert (run(*asked).exit_code, run(*asked).stdout) == (1, "")
    with program("serve", "--port", 0, "--data", data) as server:
        url = said(server, URL, within_seconds=30)[1]
        assert [signed_in(url, link.stdout) for _ in range(2)] == [201, 401]


def signed_in(url: str, link: str) -> int:
    body = json.dumps({"code": link.strip().rpartition("=")[2]}).encode()
    request = urllib.request.Request(f"{url}/session", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_a_dossier_is_read_through_the_server(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    data = copytree(city.data, tmp_path / "data")
    person = answer(run("clues", "--limit", 1, "--data", data, "--json"))[0]["person_id"]
    direct = answer(run("dossier", person, "--data", data, "--json"))
    with program("serve", "--port", 0, "--data", data) as server:
        said(server, URL, within_seconds=30)
        assert answer(run("dossier", person, "--data", data, "--json")) == direct
        assert run("dossier", "f" * 64, "--data", data).exit_code == 1


def test_a_killed_server_leaves_no_process_and_no_lock_behind(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with program("serve", "--port", 0, "--data", data) as server:
        said(server, URL, within_seconds=30)
        answer(run("ingest", city.facts, "--data", data, "--json"))
        children = psutil.Process(server.pid).children(recursive=True)
        assert children
        server.kill()
        assert psutil.wait_procs(children, timeout=20)[1] == []
    lines = city.facts.read_bytes().splitlines()
    assert answer(run("ingest", city.facts, "--data", data, "--json"))["duplicates"] == len(lines)


def test_a_taken_port_is_named(run: Run, tmp_path: Path) -> None:
    with program("serve", "--port", 0, "--data", tmp_path / "one") as server:
        port = said(server, URL, within_seconds=30)[1].rpartition(":")[2]
        result = run("serve", "--port", port, "--data", tmp_path / "two")
    assert result.exit_code == 1
    assert f"port {port}" in result.stderr


LINK = r"sign-in#code=([\w-]{22})\s"


@pytest.fixture
def opened(tmp_path: Path) -> Path:
    """Where the test's browser notes which address it was given."""
    return tmp_path / "opened"


@pytest.fixture
def browser(tmp_path: Path, opened: Path) -> dict[str, str]:
    """The variables of somebody who sits at a screen, with a browser."""
    program = tmp_path / "browser"
    program.write_text(f"#!/bin/sh\nprintf '%s ' \"$1\" > '{opened}'\n")
    program.chmod(0o755)
    return {"BROWSER": f"{program} %s &", "CI": ""}


@pytest.mark.city
def test_the_demonstration_shows_clues_within_a_minute(tmp_path: Path, browser: dict[str, str], opened: Path) -> None:
    """And opens no browser on a build server."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {**browser, "CI": "true", "XDG_DATA_HOME": str(home)}
    with program("demo", "--port", 0, environment=environment) as shown:
        said(shown, LINK, within_seconds=60)
        said(shown, r"20\d\d-\d\d-\d\d  [EC]\d{3}  ", within_seconds=60)
        shown.send_signal(signal.SIGINT)
        assert shown.wait(timeout=30) == 0
    assert list(home.iterdir()) == []
    assert not opened.exists()


@pytest.mark.city
def test_the_demonstration_opens_its_page_and_prints_new_links_when_asked(
    tmp_path: Path, browser: dict[str, str], opened: Path
) -> None:
    """Each link works once, and the browser has one of its own."""
    person, terminal = os.openpty()
    with program("demo", "--port", 0, "--data", tmp_path / "demo", environment=browser, terminal=terminal) as shown:
        first = said(shown, rf"{LINK}(?:.|\n)*Press Enter", within_seconds=60)[1]
        os.write(person, b"\n")
        second = said(shown, rf"{LINK}(?:.|\n)*Press Enter", within_seconds=60)[1]
        deadline = time.monotonic() + 30
        while not (given := re.search(LINK, opened.read_text() if opened.exists() else "")):
            assert time.monotonic() < deadline, "the browser was not opened"
            time.sleep(0.05)
    assert len({first, second, given[1]}) == 3


@pytest.mark.parametrize(
    ("ci", "nobody"), [(None, False), ("", False), ("0", False), ("FALSE", False), ("true", True), ("1", True)]
)
def test_nobody_sits_at_a_build_server(ci: str | None, nobody: bool) -> None:
    assert runs_by_itself(ci) is nobody


@pytest.mark.city
def test_a_demonstration_can_be_kept_and_stays_marked(run: Run, tmp_path: Path) -> None:
    with program("demo", "--no-open", "--port", 0, "--speed", 1000, "--data", tmp_path / "demo") as shown:
        said(shown, r"All facts are in: \d+ clues were raised", within_seconds=240)
    assert (tmp_path / "demo" / "SYNTHETIC").exists()
    clues = answer(run("clues", "--data", tmp_path / "demo", "--json"))
    assert clues
    # Nobody can have a clue about bids before they are opened.
    of_bids = [clue for clue in clues if clue["tender_id"]]
    moments = [tuple(map(datetime.fromisoformat, (clue["occurred_at"], clue["raised_at"]))) for clue in of_bids]
    assert [raised - opened for opened, raised in moments if raised < opened] == []
    assert moments


def test_a_demonstration_is_never_mixed_into_a_real_folder(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "facts.ndjson"
    file.write_bytes(a_registration("1"))
    answer(run("ingest", file, "--data", tmp_path / "data", "--json"))
    result = run("demo", "--no-open", "--data", tmp_path / "data")
    assert result.exit_code == 1
    assert "real facts" in result.stderr
