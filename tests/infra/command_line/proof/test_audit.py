"""``audit``: exit code 0 for a whole record, 1 and the first bad position for any other."""

import sqlite3
from contextlib import closing
from pathlib import Path
from shutil import copytree

import pytest

from tests.infra.command_line.conftest import RecordedCity, Run, answer, program, said


def changed(city: RecordedCity, folder: Path, *statements: str) -> Path:
    data = copytree(city.data, folder / "data")
    database = sqlite3.connect(data / "ledger.db")
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()
    return data


def test_a_whole_record_is_called_whole(run: Run, city: RecordedCity) -> None:
    found = answer(run("audit", "--data", city.data, "--json"))
    assert found["whole"]
    assert found["tables"]
    assert found["entries"] > 1_000


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE stored_events SET topic = 'x' WHERE id = {}", "SELECT max(id) FROM stored_events"),
        ("DELETE FROM fact_blocks WHERE first_position = {}", "SELECT max(first_position) FROM fact_blocks"),
        ("DELETE FROM log_tiles WHERE level = 0 AND tile = 2", "SELECT 513"),
    ],
)
def test_a_changed_record_is_told_by_position(
    run: Run, city: RecordedCity, tmp_path: Path, statement: str, place: str
) -> None:
    with closing(sqlite3.connect(city.data / "ledger.db")) as database:
        (position,) = database.execute(place).fetchone()
    data = changed(city, tmp_path, statement.format(position))
    assert answer(run("audit", "--data", data, "--json"), exit_code=1)["position"] == position
    assert f"position {position}:" in run("audit", "--data", data).output


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE clues SET severity = 'info'", "clues"),
        ("DELETE FROM notices", "notices"),
        ("DELETE FROM lots WHERE rowid = (SELECT min(rowid) FROM lots)", "lots"),
        ("DELETE FROM subject_index_segments WHERE rowid = 1", "subject"),
    ],
)
def test_a_changed_derived_table_is_named(
    run: Run, city: RecordedCity, tmp_path: Path, statement: str, table: str
) -> None:
    data = changed(city, tmp_path, statement)
    found = answer(run("audit", "--data", data, "--json"), exit_code=1)
    assert table in found["what"]


def test_a_checkpoint_kept_outside_is_held_against_the_record(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    database = sqlite3.connect(city.data / "ledger.db")
    (note,) = database.execute("SELECT note FROM log_checkpoints ORDER BY size DESC").fetchone()
    database.close()
    kept = tmp_path / "kept"
    kept.write_text(note, encoding="utf-8")
    assert answer(run("audit", "--data", city.data, "--checkpoint", kept, "--log-only", "--json"))["whole"]


def test_the_log_can_be_audited_while_a_server_runs(run: Run, city: RecordedCity, tmp_path: Path) -> None:
    data = copytree(city.data, tmp_path / "data")
    with program("serve", "--data", data, "--port", 0) as server:
        url = said(server, r"serving .* at (http\S+)", within_seconds=30)[1]
        held = run("audit", "--data", data)
        assert held.exit_code == 2
        assert url in held.stderr
        assert answer(run("audit", "--data", data, "--log-only", "--json"))["whole"]
