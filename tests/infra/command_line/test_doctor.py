"""``doctor``: what is wrong is found, and nothing else is called wrong."""

import sqlite3
from pathlib import Path
from shutil import copytree

from tests.infra.command_line.conftest import RecordedCity, Run, answer


def results(run: Run, data: Path, exit_code: int = 0) -> dict[str, str]:
    found = answer(run("doctor", "--data", data, "--json"), exit_code)
    return {check["check"]: check["result"] for check in found}


def test_a_folder_in_use_is_sound(run: Run, city: RecordedCity) -> None:
    assert set(results(run, city.data).values()) <= {"ok", "note"}


def test_a_folder_that_does_not_exist_yet_is_only_noted(run: Run, tmp_path: Path) -> None:
    assert results(run, tmp_path / "new")["data folder"] == "note"


def test_a_key_that_others_may_read_is_wrong(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    data = copytree(city.data, tmp_path / "data")
    (data / "keys" / "vault.key").chmod(0o644)
    result = run("doctor", "--data", data, "--json")
    assert result.exit_code == 1


def test_a_ledger_cut_off_in_the_database_is_wrong(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    data = copytree(city.data, tmp_path / "data")
    database = sqlite3.connect(data / "ledger.db")
    database.execute("DELETE FROM stored_events WHERE id = (SELECT max(id) FROM stored_events)")
    database.commit()
    database.close()
    assert results(run, data, exit_code=1)["ledger"] == "wrong"


def test_a_missing_column_is_named(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    data = copytree(city.data, tmp_path / "data")
    database = sqlite3.connect(data / "ledger.db")
    database.execute("ALTER TABLE lots RENAME COLUMN stage TO phase")
    database.commit()
    database.close()
    result = run("doctor", "--data", data)
    assert result.exit_code == 1
    assert "lots.stage" in result.stdout
