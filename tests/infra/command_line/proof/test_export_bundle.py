"""``export-bundle`` and ``verify``: one file, checked without the folder it came from."""

import json
import re
import sqlite3
from pathlib import Path
from shutil import copytree

import pytest

from tests.infra.command_line.conftest import RecordedCity, Run, answer, program, said


@pytest.fixture
def data(city: RecordedCity, tmp_path: Path) -> Path:
    """A copy: an export records a reading."""
    return copytree(city.data, tmp_path / "data")


def a_clue(run: Run, data: Path) -> str:
    (found, *_) = answer(run("clues", "--rule", "E101", "--data", data, "--json"))
    return str(found["clue_id"])


def key_of(data: Path) -> str:
    return (data / "keys" / "log.vkey").read_text(encoding="utf-8").strip()


def test_a_bundle_is_written_and_holds(run: Run, data: Path, tmp_path: Path) -> None:
    file = tmp_path / "clue.json"
    written = answer(run("export-bundle", a_clue(run, data), "--data", data, "--out", file, "--json"))
    assert written["file"] == str(file)
    checks = answer(run("verify", file, "--key", key_of(data), "--json"))
    assert {check["result"] for check in checks} == {"ok"}
    assert [check["check"] for check in checks] == ["file", "checkpoint", "entries", "history", "rules", "findings"]


def test_the_reading_is_recorded(run: Run, data: Path, tmp_path: Path) -> None:
    run("export-bundle", a_clue(run, data), "--data", data, "--out", tmp_path / "b", "--purpose", "investigation")
    database = sqlite3.connect(data / "ledger.db")
    (topic, state) = database.execute("SELECT topic, state FROM stored_events ORDER BY id DESC").fetchone()
    database.close()
    assert topic == "tender-integrity.dossier-read.v1"
    assert json.loads(state)["data"]["reason"] == "investigation"


def test_a_bundle_is_exported_while_a_server_runs(run: Run, data: Path, tmp_path: Path) -> None:
    clue = a_clue(run, data)
    with program("serve", "--data", data, "--port", 0) as server:
        said(server, r"serving", within_seconds=30)
        file = tmp_path / "clue.json"
        answer(run("export-bundle", clue, "--data", data, "--out", file, "--json"))
    assert run("verify", file, "--key", key_of(data)).exit_code == 0


def test_a_spoilt_bundle_is_exit_code_1(run: Run, data: Path, tmp_path: Path) -> None:
    file = tmp_path / "clue.json"
    run("export-bundle", a_clue(run, data), "--data", data, "--out", file)
    file.write_bytes(re.sub(rb'"severity":"\w+"', b'"severity":"info"', file.read_bytes()))
    assert answer(run("verify", file, "--key", key_of(data), "--json"), exit_code=1)[-1]["result"] == "wrong"


def test_what_is_not_there_cannot_be_exported(run: Run, data: Path, tmp_path: Path) -> None:
    assert run("export-bundle", "C-0815", "--data", data, "--out", tmp_path / "b").exit_code == 1
    assert not (tmp_path / "b").exists()


def test_a_key_that_is_none_is_a_usage_error(run: Run, data: Path) -> None:
    assert run("verify", data / "keys" / "log.vkey", "--key", "nonsense").exit_code == 2
