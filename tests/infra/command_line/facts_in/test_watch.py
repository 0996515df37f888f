"""``watch``: what is put into a folder is taken once, whatever happens meanwhile."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from infra.command_line.facts_in.watch import take
from infra.deliveries.watched_folder import NoPeriod, WatchedFolder, period_of
from streams.importers.record import UnusableInput
from tests.delivery_builders import MAPPING, Killed, LedgerSender, a_file, a_row, rows
from tests.infra.command_line.conftest import Run
from tests.infra.deliveries.standing_payments import expected, standing
from tests.monitor import Monitor

FEED = '[[feeds]]\nfiles = "社保*.csv"\nmapping = "insurance.toml"\n'


def a_folder(path: Path, configuration: str = FEED) -> WatchedFolder:
    path.mkdir()
    (path / "watch.toml").write_text(f"settled_seconds = 0\n{configuration}", encoding="utf-8")
    (path / "insurance.toml").write_text(MAPPING, encoding="utf-8")
    return WatchedFolder.of(path)


async def take_all(monitor: Monitor, folder: WatchedFolder, *, dies_after: int | None = None) -> list[int]:
    sender = LedgerSender(monitor, dies_after)
    return [await take(monitor.installation, sender, folder, file, feed) for file, feed in folder.whole_files()]


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()} if folder.is_dir() else set()


def reported(file: Path) -> Any:
    return json.loads(file.with_name(f"{file.name}.report.json").read_bytes())


async def test_a_file_is_taken_and_moved_with_a_report_of_what_came_of_it(monitor: Monitor, tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "in")
    (folder.path / "社保2025-05.csv").write_bytes(a_file(rows(*range(10))))
    (folder.path / "notes.csv").write_bytes(b"x")
    assert await take_all(monitor, folder) == [0]
    assert names(folder.path) == {"watch.toml", "insurance.toml", "notes.csv", "done"}
    said = reported(folder.path / "done" / "社保2025-05.csv")
    assert (said["accepted"], said["rejected"], len(said["sha256"])) == (10, 0, 64)
    assert standing(monitor) == expected(rows(*range(10)))
    (folder.path / "社保2025-06.csv").write_bytes(a_file(rows(*range(20, 25))))
    assert await take_all(monitor, folder) == [4]
    assert reported(folder.path / "held" / "社保2025-06.csv")["out_of_bounds"][0]["bound"] == "rows"
    (folder.path / "社保.csv").write_bytes(b"\x00 no table")
    assert await take_all(monitor, folder) == [3]
    assert reported(folder.path / "rejected" / "社保.csv")["reason"]
    assert standing(monitor) == expected(rows(*range(10)))


async def test_a_snapshot_is_of_the_month_in_its_name(monitor: Monitor, tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "in", f'{FEED}snapshot = "440100"\n')
    for number, content in enumerate((rows(*range(10)), rows(*range(9)))):
        (folder.path / f"社保_202505_{number}.csv").write_bytes(a_file(content))
        assert await take_all(monitor, folder) == [0]
    assert standing(monitor) == expected(rows(*range(9)))
    (folder.path / "社保.csv").write_bytes(a_file(rows(1)))
    assert await take_all(monitor, folder) == [3]


async def test_a_watch_that_dies_at_any_moment_goes_on_at_its_next_start(
    monitor: Monitor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = a_folder(tmp_path / "in", f'{FEED}snapshot = "440100"\n')
    kept = []
    for moment in range(10):
        # Each is a month of its own: a first load, and then a snapshot that takes one of its rows back.
        month = f"2025-{moment + 1:02}"
        whole = [a_row(100 * moment + number, month=month) for number in range(10)]
        for content, steps in ((whole, 9), (whole[:9], 4)):
            (folder.path / f"社保{month}.csv").write_bytes(a_file(content))
            with suppress(Killed):
                await take_all(monitor, folder, dies_after=moment % steps)
            monitor.reopen()
            await take_all(monitor, folder)
        kept += whole[:9]
    assert standing(monitor) == expected(kept)
    assert not monitor.quarantined()
    told = capsys.readouterr().out
    assert (told.count("10 accepted, 0 duplicates"), told.count("0 accepted, 9 duplicates")) == (10, 10)
    assert names(folder.path) == {"watch.toml", "insurance.toml", "done"}
    assert len([name for name in names(folder.path / "done") if name.endswith(".csv")]) == 20


async def test_a_file_that_was_reported_and_not_moved_is_only_moved(monitor: Monitor, tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "in")
    file = folder.path / "社保2025-05.csv"
    file.write_bytes(a_file(rows(0)))
    await take_all(monitor, folder)
    target = folder.path / "done" / file.name
    target.replace(file)
    before = len(monitor.ledger())
    assert await take_all(monitor, folder) == [0]
    assert (target.exists(), file.exists(), len(monitor.ledger())) == (True, False, before)


def test_a_file_that_may_still_be_written_is_left_alone(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "in")
    folder = WatchedFolder(folder.path, folder.watched.model_copy(update={"settled_seconds": 60.0}))
    file = folder.path / "社保.csv"
    file.write_bytes(b"x")
    os.utime(file, (0, 0))
    (folder.path / "社保.csv.part").write_bytes(b"x")
    assert folder.whole_files() == []


@pytest.mark.parametrize(
    ("name", "period"),
    [
        ("社保2025-05.csv", "2025-05"),
        ("p_202505.csv", "2025-05"),
        ("2025年5月.csv", None),
        ("2025-05-31.csv", "2025-05-31"),
    ],
)
def test_the_period_is_read_in_the_name(name: str, period: str | None) -> None:
    if period is None:
        with pytest.raises(NoPeriod):
            period_of(name, by_month=False)
    else:
        assert period_of(name, by_month=False) == period


def test_a_wrong_configuration_is_told_by_key(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match=r"watch\.toml: feeds\.0\.files"):
        a_folder(tmp_path / "in", '[[feeds]]\nmapping = "insurance.toml"\n')


def test_watch_takes_what_is_there_and_ends(run: Run, tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "in")
    (folder.path / "社保.csv").write_bytes(a_file(rows(0, 1)))
    told = run("watch", folder.path, "--once", "--data", tmp_path / "data")
    assert (told.exit_code, told.stdout) == (0, "社保.csv: 2 accepted, 0 duplicates, 0 rejected\n")
