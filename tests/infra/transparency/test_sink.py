"""A copy of checkpoints where the database cannot take them back: what was cut back or put back is told by it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from shutil import copytree

import pytest

from infra.settings import Settings
from infra.transparency.sink import CutBack, FileSink
from tests.builders import a_payment
from tests.infra.command_line.conftest import Run, answer, run
from tests.logged import logged
from tests.monitor import Monitor, said

__all__ = ["run"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "elsewhere").mkdir()
    sink = {"sink": str(tmp_path / "elsewhere" / "checkpoints"), "seconds": 0.001}
    return Settings.model_validate({"data": tmp_path / "data", "checkpoint": sink})


@pytest.fixture
def cut_back(settings: Settings, tmp_path: Path) -> Settings:
    """The database as it was before its last facts."""
    monitor = Monitor(settings)
    monitor.send(said(a_payment(month="2025-01"), "one"))
    monitor.close()
    kept = copytree(settings.data, tmp_path / "kept")
    monitor = Monitor(settings)
    monitor.send(said(a_payment(month="2025-02"), "two"))
    monitor.close()
    for file in settings.data.glob("ledger.db*"):
        file.unlink()
    for file in kept.glob("ledger.db*"):
        file.rename(settings.data / file.name)
    return settings


def config(settings: Settings, tmp_path: Path) -> Path:
    file = tmp_path / "monitor.toml"
    file.write_text(f'data = "{settings.data}"\n[checkpoint]\nsink = "{settings.checkpoint.sink}"\n', encoding="utf-8")
    return file


def test_checkpoints_are_put_outside_with_each_commit_and_at_the_end(settings: Settings) -> None:
    monitor = Monitor(settings)
    sink = monitor.installation.sink
    assert sink is not None
    name = monitor.installation.log_identity.verifier().name
    monitor.send(said(a_payment(month="2025-01"), "one"))
    monitor.send(said(a_payment(month="2025-02"), "two"))
    monitor.close()
    assert [note.split("\n")[1] for note in sink.notes(name)][-1] == "3"


def test_a_database_that_was_cut_back_is_not_written_any_more(cut_back: Settings) -> None:
    with pytest.raises(CutBack, match="has a checkpoint of 3 entries, and the log ends at 2"):
        Monitor(cut_back)


def test_audit_and_repair_refuse_a_database_that_was_cut_back(cut_back: Settings, tmp_path: Path, run: Run) -> None:
    file = config(cut_back, tmp_path)
    found = answer(run("audit", "--config", file, "--json"), exit_code=1)
    assert "the log once had 3 entries" in found["what"]
    with closing(sqlite3.connect(cut_back.data / "ledger.db")) as database, database:
        database.execute("UPDATE sources SET heard_at = 'x'")
    result = run("rebuild", "--repair", "--config", file)
    assert result.exit_code == 1
    assert "the log once had 3 entries" in result.stderr


def test_without_such_a_place_audit_and_repair_say_so(cut_back: Settings, run: Run) -> None:
    told = run("audit", "--data", cut_back.data)
    assert told.exit_code == 0
    assert "no place outside the database has its checkpoints" in told.stdout
    with closing(sqlite3.connect(cut_back.data / "ledger.db")) as database, database:
        assert database.execute("DELETE FROM subject_index_segments").rowcount
    repaired = run("rebuild", "--repair", "--data", cut_back.data)
    assert "no place outside the database tells whether entries were cut off" in repaired.stdout


def test_with_such_a_place_audit_names_it(settings: Settings, tmp_path: Path, run: Run) -> None:
    monitor = Monitor(settings)
    monitor.send(said(a_payment(month="2025-01"), "one"))
    monitor.close()
    told = run("audit", "--config", config(settings, tmp_path))
    assert told.exit_code == 0
    assert f"leads on from the checkpoints put outside the database: {settings.checkpoint.sink}" in told.stdout
    assert "no place outside" not in told.stdout


def test_a_place_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    sink = FileSink(tmp_path / "no folder" / "file", 10)
    with logged() as log:
        sink.take("note")
    assert [line["error"] for line in log.named("checkpoint_not_put_outside")] == ["FileNotFoundError"]


def test_between_two_times_only_the_newest_is_kept_for_the_end(settings: Settings, tmp_path: Path) -> None:
    now = [0.0]
    monitor = Monitor(settings)
    monitor.send(said(a_payment(month="2025-01"), "one"))
    sink = monitor.installation.sink
    assert sink is not None
    name = monitor.installation.log_identity.verifier().name
    notes = list(sink.notes(name))
    monitor.close()
    slow = FileSink(tmp_path / "slow", 10, lambda: now[0])
    for _ in range(5):
        slow.take(notes[-1])
    assert len(list(slow.notes(name))) == 1
    slow.flush()
    now[0] = 11
    slow.take(notes[-1])
    assert len(list(slow.notes(name))) == 3
    slow.flush()
    assert len(list(slow.notes(name))) == 3


def test_half_a_line_is_passed_over(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "torn"
    file.write_text('{"checkpoint": "tender', encoding="utf-8")
    assert list(FileSink(file, 10).notes("tender")) == []
