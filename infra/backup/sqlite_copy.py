"""An SQLite file, copied as of one moment while it is written, and put back."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from infra.backup.manifest import BackupUnusable

FILE: Final = "ledger.db"


def copy_file(source: Path, target: Path) -> None:
    """Copy with SQLite's own online backup; ``target`` is a new file on the disk when this returns."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        # In one step, on one snapshot: a copy made in pieces begins anew with every commit of a writer.
        read.backup(written, pages=-1)
    with target.open("rb") as file:
        os.fsync(file.fileno())


def check_file(file: Path) -> None:
    """Raises :class:`BackupUnusable` where the file is damaged."""
    try:
        with closing(sqlite3.connect(f"file:{file}?immutable=1", uri=True)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise BackupUnusable(f"{file.name} is not a database that can be read") from error
    if found != "ok":
        raise BackupUnusable(f"{file.name} is damaged: {found}")
