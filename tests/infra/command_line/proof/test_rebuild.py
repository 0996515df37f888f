"""``rebuild``: the tables are what the ledger leads to."""

import sqlite3
from pathlib import Path
from shutil import copytree

from tests.infra.command_line.conftest import RecordedCity, Run, answer


def test_a_rebuild_finds_the_tables_as_the_ledger_leads_to_them(run: Run, city: RecordedCity) -> None:
    told = answer(run("rebuild", "--data", city.data, "--json"))
    assert told["equal"]
    assert told["entries"] > len(city.facts.read_bytes().splitlines()) * 0.9


def test_a_table_changed_behind_the_ledgers_back_is_named(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    data = copytree(city.data, tmp_path / "data")
    database = sqlite3.connect(data / "ledger.db")
    database.execute("UPDATE clues SET severity = 'info'")
    database.commit()
    database.close()
    result = run("rebuild", "--data", data)
    assert result.exit_code == 1
    assert "table clues" in result.stderr
