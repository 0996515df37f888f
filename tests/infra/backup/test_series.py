"""A series of dated backups keeps what it was told to, and only whole copies count."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.backup.manifest import BackupUnusable, Manifest
from infra.backup.series import DatedCopy, Kept, add_copy, copies, newest, superseded

START = datetime(2026, 1, 1, 2, 0, tzinfo=UTC)
ALL = Kept(days=9_999, months=0)


def a_manifest(made_at: datetime) -> Manifest:
    return Manifest(
        made_at=made_at.isoformat(timespec="seconds"),
        program="1",
        kind="sqlite",
        schema_version="0001",
        entries={"main": 1},
        files={},
        synthetic=False,
    )


def put(series: Path, made_at: datetime, kept: Kept = ALL) -> list[str]:
    """The names of the copies that were removed."""

    def make(folder: Path) -> Manifest:
        folder.mkdir()
        made = a_manifest(made_at)
        made.write(folder)
        return made

    return [each.folder.name for each in add_copy(series, make, kept=kept)[1]]


def daily(count: int) -> list[DatedCopy]:
    days = [START + timedelta(days=day) for day in range(count)]
    return [DatedCopy(Path(day.isoformat()), day) for day in days]


def test_all_copies_of_the_last_days_stay_and_one_of_each_month() -> None:
    found = daily(400)
    gone = {each.folder for each in superseded(found, Kept(days=7, months=3))}
    stayed = [f"{each.made_at:%m-%d}" for each in found if each.folder not in gone]
    assert stayed == ["12-31", "01-29", "01-30", "01-31", "02-01", "02-02", "02-03", "02-04"]


def test_several_copies_of_one_day_stay() -> None:
    found = [DatedCopy(Path(str(hour)), START + timedelta(hours=hour)) for hour in range(30)]
    gone = superseded(found, Kept(days=1, months=0))
    assert [each.folder for each in gone] == [Path(str(hour)) for hour in range(6)]


def test_copies_age_by_the_newest_copy_so_that_a_series_that_stopped_loses_none() -> None:
    assert superseded(daily(3), Kept(days=3, months=0)) == []
    assert not superseded([], Kept(days=1, months=1))


def test_a_new_copy_goes_in_under_its_moment_and_old_ones_go(tmp_path: Path) -> None:
    for day in range(3):
        put(tmp_path, START + timedelta(days=day))
    assert put(tmp_path, START + timedelta(days=3), Kept(days=2, months=0)) == [
        "2026-01-01T020000Z",
        "2026-01-02T020000Z",
    ]
    assert [each.made_at.day for each in copies(tmp_path)] == [3, 4]


def test_what_is_no_copy_is_never_removed(tmp_path: Path) -> None:
    """A folder of somebody's own, a folder under a date without a manifest, a file."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "2020-01-01T000000Z").mkdir()
    (tmp_path / "2020-01-02T000000Z").write_text("", encoding="utf-8")
    put(tmp_path, START, Kept(days=1, months=0))
    put(tmp_path, START + timedelta(days=9), Kept(days=1, months=0))
    left = {each.name for each in tmp_path.iterdir()}
    assert left == {".lock", "notes", "2020-01-01T000000Z", "2020-01-02T000000Z", "2026-01-10T020000Z"}


def test_a_copy_that_cannot_be_made_removes_nothing(tmp_path: Path) -> None:
    put(tmp_path, START)

    def make(folder: Path) -> Manifest:
        folder.mkdir()
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="space"):
        add_copy(tmp_path, make, kept=Kept(days=1, months=0))
    assert [each.made_at for each in copies(tmp_path)] == [START]
    assert not (tmp_path / ".making").exists()


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    """Killed while it made a copy, and while it removed one."""
    put(tmp_path, START)
    shutil.copytree(tmp_path / "2026-01-01T020000Z", tmp_path / ".making")
    shutil.copytree(tmp_path / "2026-01-01T020000Z", tmp_path / ".removing-2025-12-01T020000Z")
    assert [each.made_at for each in copies(tmp_path)] == [START]
    put(tmp_path, START + timedelta(hours=1))
    assert len(copies(tmp_path)) == 2
    assert list(tmp_path.glob(".making*")) + list(tmp_path.glob(".removing*")) == []


def test_two_runs_do_not_meet(tmp_path: Path) -> None:
    def make(folder: Path) -> Manifest:
        with pytest.raises(BackupUnusable, match="another backup is being made"):
            put(tmp_path, START)
        folder.mkdir()
        made = a_manifest(START + timedelta(days=1))
        made.write(folder)
        return made

    add_copy(tmp_path, make, kept=Kept(days=1, months=0))
    assert len(copies(tmp_path)) == 1


def test_the_newest_copy_at_or_before_a_moment_is_found(tmp_path: Path) -> None:
    for hour in (0, 1, 2):
        put(tmp_path, START + timedelta(hours=hour))
    assert newest(tmp_path).made_at.hour == 4
    assert newest(tmp_path, START + timedelta(hours=1)).made_at.hour == 3
    assert newest(tmp_path, START + timedelta(minutes=90)).made_at.hour == 3
    with pytest.raises(BackupUnusable, match="later than that"):
        newest(tmp_path, START - timedelta(seconds=1))
