"""The disk of a data folder: how much is free, what kind of file system it is, and what SQLite says when it fails."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from domain.errors import CannotRecord

DISK_FULL: Final = "disk_full"
MIB: Final = 1024 * 1024
_MOUNTS: Final = Path("/proc/self/mountinfo")
_NETWORK: Final = frozenset(
    ("afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs", "glusterfs", "gpfs", "lustre")
) | {"ncpfs", "nfs", "nfs4", "ocfs2", "smb2", "smb3", "smbfs"}
"""SQLite's locks and its write-ahead log do not work between machines (sqlite.org/wal.html)."""


class DiskFull(CannotRecord):
    """There is no room, or less than is kept in reserve."""

    code = DISK_FULL


class DiskReadOnly(CannotRecord):
    """The file system, or the file of the database, cannot be written."""

    code = "disk_read_only"

    def __init__(self) -> None:
        super().__init__("the database cannot be written: its file system or file is read-only")


class DiskFailed(CannotRecord):
    """The disk fails, is gone, or the folder is."""

    code = "disk_failed"

    def __init__(self, said: str) -> None:
        super().__init__(f"the disk of the database fails or is gone: {said}")


_FULL: Final = "the disk of the database is full: make room, then send again what was not recorded"


def check_room(folder: Path, *, reserve_mib: int) -> None:
    """Raises :class:`DiskFull` where less than the reserve is free, :class:`DiskFailed` where there is no folder."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise DiskFailed(error.strerror or type(error).__name__) from error
    if free < reserve_mib * MIB:
        raise DiskFull(
            f"the disk of the data folder has {free / MIB:,.0f} MiB left, and {reserve_mib:,} are kept in reserve:"
            " no facts are taken in until there is room; what is recorded can be read"
        )


@contextmanager
def disk_errors() -> Iterator[None]:
    """Raise CannotRecord for what SQLite says of the disk; other errors stay as they are."""
    try:
        yield
    except CannotRecord:
        raise
    except Exception as error:
        told = _told(error)
        if told is None:
            raise
        raise told from error


def network_file_system(folder: Path) -> str | None:
    """The kind of a file system that other machines share, such as ``nfs4``; None for a disk of this machine."""
    if not _MOUNTS.exists():
        return None
    path, best, kind = str(folder.resolve()), "", ""
    for line in _MOUNTS.read_text(encoding="utf-8").splitlines():
        before, _, behind = line.partition(" - ")
        mounted = before.split()[4].replace("\\040", " ")
        if len(mounted) >= len(best) and (path == mounted or path.startswith(f"{mounted.rstrip('/')}/")):
            best, kind = mounted, behind.split()[0]
    return kind if kind in _NETWORK else None


def _told(error: BaseException) -> CannotRecord | None:
    original = _of_sqlite(error)
    match original and original.sqlite_errorcode & 0xFF:
        case sqlite3.SQLITE_FULL:
            return DiskFull(_FULL)
        case sqlite3.SQLITE_READONLY:
            return DiskReadOnly()
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CANTOPEN:
            return DiskFailed(str(original))
    return None


def _of_sqlite(error: BaseException | None) -> sqlite3.Error | None:
    """The driver's error, however it was wrapped."""
    while error is not None:
        if isinstance(error, sqlite3.Error):
            return error if hasattr(error, "sqlite_errorcode") else None
        error = getattr(error, "orig", None) or error.__cause__
    return None
