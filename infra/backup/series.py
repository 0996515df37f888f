"""A folder of dated backups: a new one each time, old ones removed by their age, and one found by a moment.

A copy bears its moment as its name once it is whole, and not before. What a run that was killed left behind bears a
hidden name, and is removed by the next run.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from infra.backup.manifest import FILE, BackupUnusable, Manifest, read

_NAME: Final = "%Y-%m-%dT%H%M%SZ"
_UNFINISHED: Final = ".making"
_LEAVING: Final = ".removing"
_LOCK: Final = ".lock"


@dataclass(frozen=True, slots=True)
class DatedCopy:
    """``made_at`` is when it was whole: it holds nothing that was recorded later."""

    folder: Path
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """Every copy of the last ``days`` days stays, and the newest of each of the last ``months`` months."""

    days: int
    months: int


def copies(series: Path) -> Sequence[DatedCopy]:
    """The whole copies of ``series``, oldest first; anything else that lies there is no copy."""
    found = (_dated(folder) for folder in series.iterdir()) if series.is_dir() else ()
    return sorted((each for each in found if each is not None), key=lambda each: each.made_at)


def newest(series: Path, at: datetime | None = None) -> DatedCopy:
    """The newest copy that was made at ``at`` or before; raises :class:`BackupUnusable`."""
    found = copies(series)
    if not found:
        raise BackupUnusable(f"{series} holds no backup that this program can read")
    early = [each for each in found if at is None or each.made_at <= at]
    if not early:
        raise BackupUnusable(
            f"the oldest backup in {series} was made at {found[0].made_at.isoformat()}, later than that"
        )
    return early[-1]


def chosen(folder: Path, at: datetime | None = None) -> Path:
    """``folder`` itself where it is a copy, else the newest copy of that series; raises :class:`BackupUnusable`.

    With ``at`` only what was made then or before.
    """
    if not (folder / FILE).is_file():
        return newest(folder, at).folder
    made_at = datetime.fromisoformat(read(folder).made_at)
    if at is not None and made_at > at:
        raise BackupUnusable(f"the backup in {folder} was made at {made_at.isoformat()}, later than that")
    return folder


def add_copy(series: Path, make: Callable[[Path], Manifest], *, kept: Kept) -> tuple[DatedCopy, Sequence[DatedCopy]]:
    """Have ``make`` write a copy, and then remove those that are not ``kept``: the new copy, and the removed ones.

    Nothing is removed where no whole copy could be made. Raises :class:`BackupUnusable`, also where another is at it.
    """
    series.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(series):
        _remove_leftovers(series)
        made = _made(series, make)
        leaving = superseded(copies(series), kept)
        for each in leaving:
            _remove(each.folder)
        return made, leaving


def superseded(found: Sequence[DatedCopy], kept: Kept) -> Sequence[DatedCopy]:
    """Those of ``found`` (oldest first) that need not be kept. Days and months are counted back from the newest copy.

    So a machine whose backups had stopped for a while loses none of those that it has. The newest always stays.
    """
    if not found:
        return ()
    last = found[-1].made_at
    recent = [each for each in found if last - each.made_at < timedelta(days=kept.days)]
    by_month = {_month(each.made_at): each for each in found if _month(last) - _month(each.made_at) < kept.months}
    staying = {each.folder for each in (*recent, *by_month.values(), found[-1])}
    return [each for each in found if each.folder not in staying]


def _month(moment: datetime) -> int:
    """Months counted from year 0."""
    return moment.year * 12 + moment.month


def _dated(folder: Path) -> DatedCopy | None:
    try:
        made_at = datetime.strptime(folder.name, _NAME).replace(tzinfo=UTC)
    except ValueError:
        return None
    return DatedCopy(folder, made_at) if (folder / FILE).is_file() else None


def _made(series: Path, make: Callable[[Path], Manifest]) -> DatedCopy:
    unfinished = series / _UNFINISHED
    try:
        made_at = datetime.fromisoformat(make(unfinished).made_at).astimezone(UTC)
        folder = series / made_at.strftime(_NAME)
        _force_out(unfinished)
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    _force_out(series)
    return DatedCopy(folder, made_at)


def _remove(folder: Path) -> None:
    """Renamed first: half a copy must not be taken for a whole one."""
    leaving = folder.with_name(f"{_LEAVING}-{folder.name}")
    folder.rename(leaving)
    shutil.rmtree(leaving)


def _remove_leftovers(series: Path) -> None:
    for pattern in (_UNFINISHED, f"{_LEAVING}-*"):
        for folder in series.glob(pattern):
            shutil.rmtree(folder)


def _force_out(folder: Path) -> None:
    """The names in ``folder`` are on the disk when this returns."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _alone(series: Path) -> Iterator[None]:
    with (series / _LOCK).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupUnusable(f"another backup is being made in {series}") from error
        yield
