"""``doctor``: what is wrong is found, and nothing else is called wrong."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from shutil import copytree
from uuid import uuid4

import psycopg
import pytest

from infra.checks import Mark
from infra.command_line.running.database_checks import database_checks
from infra.command_line.times import Times
from infra.installation import Installation
from infra.settings import Settings
from infra.settings_layers import load_settings
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


def test_a_database_of_a_newer_program_is_named_and_left_alone(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    data = copytree(city.data, tmp_path / "data")
    database = sqlite3.connect(data / "ledger.db")
    database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.commit()
    database.close()
    assert results(run, data, exit_code=1)["schema version"] == "wrong"


@pytest.fixture
def cluster(postgres_url: str) -> Iterator[dict[str, str]]:
    """The environment of two shards in a new database."""
    name = f"doctor_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield {
        "TENDER_MONITOR_DATABASE": f"{postgres_url.rpartition('/')[0]}/{name}",
        "TENDER_MONITOR_KAFKA__BROKERS": '["127.0.0.1:9"]',
        "TENDER_MONITOR_KAFKA__SHARDS": "2",
    }
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_every_shard_is_looked_at(cluster: dict[str, str], tmp_path: Path) -> None:
    settings = load_settings(flags={"data": tmp_path / "data"}, environment=cluster)
    Installation.open(settings, shard=1).close()
    found = {check.check: (check.result, check.detail) for check in database_checks(settings, Times(UTC))}
    assert found["schema version (shard 0)"] == (Mark.NOTE, "none: nothing is recorded yet")
    assert found["place (shard 1)"] == (Mark.OK, "shard 1 of 2, 12 partitions")
    assert found["ledger (shard 1)"][0] is Mark.OK


def test_a_shard_of_another_cut_is_wrong(cluster: dict[str, str], tmp_path: Path) -> None:
    settings = load_settings(flags={"data": tmp_path / "data"}, environment=cluster)
    Installation.open(settings, shard=1).close()
    cut = load_settings(flags={"data": tmp_path / "data", "kafka": {"partitions": 24}}, environment=cluster)
    assert {check.check: check.result for check in database_checks(cut, Times(UTC))}["place (shard 1)"] is Mark.WRONG


def test_a_server_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    away = Settings(data=tmp_path / "data", database="postgresql://monitor:geheim@127.0.0.1:9/monitor")
    (check,) = database_checks(away, Times(UTC))
    assert check.result is Mark.WRONG
    assert "geheim" not in check.detail + repr(away)


def test_a_division_that_nobody_knows_is_named_once(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    data = copytree(city.data, tmp_path / "data")
    database = sqlite3.connect(data / "ledger.db")
    database.execute("UPDATE lots SET jurisdiction = '440199'")
    database.commit()
    database.close()
    assert results(run, data)["division 440199"] == "note"
    settings = tmp_path / "settings.toml"
    settings.write_text('[divisions]\n"440199" = "新城区"\n', encoding="utf-8")
    found = answer(run("doctor", "--data", data, "--json", "--config", settings))
    assert not [check for check in found if check["check"].startswith("division")]
