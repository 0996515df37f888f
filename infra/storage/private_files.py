"""Folders and files that only their owner may read, whatever their mode was before."""

import os
import stat
from pathlib import Path
from typing import Final

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_BESIDE: Final = ("", "-wal", "-shm")
"""The database file of SQLite, and what it keeps beside it in the same mode."""


def make_private_folder(folder: Path) -> None:
    """Make ``folder`` where there is none, and take it from everybody but its owner.

    A folder of somebody else, and one that all may write, such as /tmp, stay as they are.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not folder.stat().st_mode & stat.S_ISVTX:
        _take(folder)


def make_private_database(file: Path) -> None:
    """The same for an SQLite file: made before SQLite makes it, for all to read."""
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        for name in _BESIDE:
            _take(file.with_name(file.name + name))


def write_private(file: Path, content: bytes) -> None:
    """Replace ``file`` in one step, readable by its owner alone."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
    draft.replace(file)


def _take(path: Path) -> None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return
    if found.st_mode & _OTHERS and os.name == "posix" and found.st_uid == os.geteuid():
        path.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)
