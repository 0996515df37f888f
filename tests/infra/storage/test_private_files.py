"""Whatever the folder's mode was, nobody else reads what lies in it."""

import os
import stat
from pathlib import Path

import pytest

from infra.installation import Installation
from infra.settings import Settings
from infra.storage.private_files import make_private_folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def open_to_all(tmp_path: Path) -> Path:
    """A folder that others may read, and a database in it that was made so."""
    data = tmp_path / "data"
    data.mkdir()
    Installation.open(Settings(data=data)).close()
    (data / "ledger.db").chmod(0o644)
    data.chmod(0o755)
    return data


def test_a_folder_and_a_database_that_others_could_read_become_private(open_to_all: Path) -> None:
    opened = Installation.open(Settings(data=open_to_all))
    files = [file for file in open_to_all.iterdir() if file.name.startswith("ledger.db")]
    assert mode(open_to_all) == 0o700
    assert {file.name: mode(file) for file in files} == dict.fromkeys(
        ("ledger.db", "ledger.db-wal", "ledger.db-shm"), 0o600
    )
    opened.close()


def test_a_new_database_is_private_whatever_the_umask_is(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        opened = Installation.open(Settings(data=tmp_path / "data"))
    finally:
        os.umask(before)
    assert {mode(file) for file in (tmp_path / "data").glob("ledger.db*")} == {0o600}
    assert mode(tmp_path / "data") == 0o700
    opened.close()


def test_a_folder_that_all_may_write_is_not_taken_from_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    make_private_folder(tmp_path)
    assert mode(tmp_path) == 0o1777
