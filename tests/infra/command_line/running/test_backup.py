"""``backup`` and ``restore``: a dated series, a drill that tries a backup, and the way back to a moment."""

import shutil
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from infra.backup import manifest
from tests.infra.command_line.clusters import Commands
from tests.infra.command_line.conftest import PROGRAM, ROOT, RecordedCity, Run, answer


@pytest.fixture
def data(city: RecordedCity, tmp_path: Path) -> Path:
    return shutil.copytree(city.data, tmp_path / "data")


def test_a_series_grows_and_forgets(run: Run, data: Path, tmp_path: Path) -> None:
    series = tmp_path / "series"
    first = answer(run("backup", "--series", series, "--data", data, "--json"))
    shutil.move(first["folder"], series / "2020-05-01T000000Z")
    second = answer(run("backup", "--series", series, "--keep-days", 1, "--keep-monthly", 0, "--data", data, "--json"))
    assert second["removed"] == [str(series / "2020-05-01T000000Z")]
    assert [each.name for each in series.iterdir() if not each.name.startswith(".")] == [Path(second["folder"]).name]


def test_the_settings_name_the_series(run: Run, data: Path, tmp_path: Path) -> None:
    named = {"TENDER_MONITOR_BACKUP__SERIES": str(tmp_path / "series")}
    made = answer(run("backup", "--data", data, "--json", env=named))
    assert Path(made["folder"]).parent == tmp_path / "series"
    assert run("backup", "--data", data).exit_code == 2


def test_the_copy_of_a_moment_is_put_back(run: Run, data: Path, tmp_path: Path) -> None:
    series = tmp_path / "series"
    made = Path(answer(run("backup", "--series", series, "--with-keys", "--data", data, "--json"))["folder"])
    shutil.copytree(made, series / "2020-05-01T000000Z")
    put_back = answer(run("restore", series, "--at", "2026-01-01", "--data", tmp_path / "new", "--json"))
    assert put_back["entries"] > 1_000
    early = run("restore", series, "--at", "2020-04-30", "--data", tmp_path / "early")
    assert early.exit_code == 1
    assert "later than that" in early.stderr
    assert not (tmp_path / "early").exists()


def test_a_drill_puts_the_newest_back_and_audits_it(run: Run, data: Path, tmp_path: Path) -> None:
    series, scratch = tmp_path / "series", tmp_path / "scratch"
    scratch.mkdir()
    answer(run("backup", "--series", series, "--data", data, "--json"))
    found = answer(run("backup", "--verify", "--series", series, "--scratch", scratch, "--data", data, "--json"))
    assert found["whole"]
    assert found["entries"] > 1_000
    assert list(scratch.iterdir()) == []


def test_a_drill_finds_what_a_digest_cannot(run: Run, data: Path, tmp_path: Path) -> None:
    """A row changed before the copy was made; the copy is what was written, and the manifest fits."""
    with closing(sqlite3.connect(data / "ledger.db")) as connection:
        (position,) = connection.execute("SELECT max(id) FROM stored_events").fetchone()
        connection.execute(f"UPDATE stored_events SET topic = 'x' WHERE id = {position}")
        connection.commit()
    answer(run("backup", tmp_path / "copy", "--data", data, "--json"))
    result = run("backup", tmp_path / "copy", "--verify", "--data", data)
    assert result.exit_code == 1
    assert f"position {position}:" in result.stderr
    assert len([line for line in result.stderr.splitlines() if line.startswith("Error")]) == 1


def test_a_drill_says_that_the_keys_do_not_fit(run: Run, data: Path, tmp_path: Path) -> None:
    answer(run("backup", tmp_path / "copy", "--data", data, "--json"))
    keys = shutil.copytree(data / "keys", tmp_path / "keys")
    (keys / "vault.key").write_bytes(bytes(32))
    result = run("backup", tmp_path / "copy", "--verify", "--keys", keys, "--data", data)
    assert result.exit_code == 2
    assert "vault.key" in result.stderr


def test_a_backup_that_is_killed_leaves_the_series_as_it_was(run: Run, data: Path, tmp_path: Path) -> None:
    series = tmp_path / "series"
    answer(run("backup", "--series", series, "--data", data, "--json"))
    before = sorted(each.name for each in series.iterdir())
    killed = subprocess.Popen([*PROGRAM, "backup", "--series", str(series), "--data", str(data)], cwd=ROOT)
    until = time.monotonic() + 30
    while not (series / ".making").exists() and killed.poll() is None and time.monotonic() < until:
        time.sleep(0.001)
    killed.kill()
    killed.wait()
    assert (series / ".making").exists()
    shown = answer(run("backup", "--verify", "--series", series, "--data", data, "--json"))
    assert Path(shown["folder"]).name in before
    answer(run("backup", "--series", series, "--data", data, "--json"))
    assert not (series / ".making").exists()


def test_a_drill_of_a_cluster_uses_a_database_of_its_own(cluster: Commands, postgres_url: str, tmp_path: Path) -> None:
    answer(cluster("backup", tmp_path / "copy", "--json"))
    found = answer(cluster("backup", tmp_path / "copy", "--verify", "--json"))
    assert found["whole"]
    assert set(manifest.read(tmp_path / "copy").entries) == {"shard_0", "shard_1", "console"}
    with psycopg.connect(postgres_url) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'tender_monitor_drill%'")
        assert left.fetchall() == []
