"""Folders and files that only their owner may read, whatever their mode was before, and all of one owner."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from domain.errors import Unusable

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_BESIDE: Final = ("", "-wal", "-shm")
"""The database file of SQLite, and what it keeps beside it in the same mode."""


class OtherOwner(Unusable):
    """A folder or file of another user than runs this: what is made there could not be used by both."""

    def __init__(self, path: Path, owner: int) -> None:
        owner_name, own_name = _user(owner), _user(os.geteuid())
        super().__init__(
            f"{path} belongs to {owner_name}, and this runs as {own_name}: run it as {owner_name},"
            f" or give all of the folder to one user (chown -R {own_name})"
        )
        self.path = path


def check_owner(folder: Path) -> None:
    """Raise :class:`OtherOwner` before anything is made in a folder of somebody else, or beside files of somebody else.

    A folder that all may write, such as /tmp, is nobody's, and one that our group may write is ours too: the volumes of
    containers belong to root and to a group.
    """
    if os.name != "posix" or not folder.exists():
        return
    found = folder.stat()
    if not _is_shared(found) and found.st_uid != os.geteuid():
        raise OtherOwner(folder, found.st_uid)
    for path in _our_files(folder):
        with suppress(FileNotFoundError):  # The log of SQLite comes and goes.
            owner = path.stat().st_uid
            if owner != os.geteuid():
                raise OtherOwner(path, owner)


def _is_shared(found: os.stat_result) -> bool:
    of_our_group = found.st_gid in {os.getegid(), *os.getgroups()} and os.geteuid() != 0
    return bool(found.st_mode & stat.S_ISVTX or (found.st_mode & stat.S_IWGRP and of_our_group))


def _our_files(folder: Path) -> Iterator[Path]:
    """Not all that lies there: the root of a file system has ``lost+found``."""
    for pattern in ("ledger.db*", "lock", "server.json", "keys", "keys/*", "imports", "rejected"):
        yield from sorted(folder.glob(pattern))


def _user(number: int) -> str:
    import pwd  # There is none on Windows.

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


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
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.fchmod(descriptor, 0o600)
        os.close(descriptor)
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


def sync_folder(folder: Path) -> None:
    """Have the disk keep which names the folder has."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _take(path: Path) -> None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return
    if found.st_mode & _OTHERS and os.name == "posix" and found.st_uid == os.geteuid():
        path.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)
