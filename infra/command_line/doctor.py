"""``doctor``: is this machine fit to run the monitor, and is the data folder whole?"""

import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import click
from sqlalchemy import func, inspect, select

from infra.command_line.folder import DataFolder, FolderHeld
from infra.command_line.node import opened
from infra.command_line.options import Common, common_options
from infra.command_line.output import print_json, print_table
from infra.installation import DATABASE_FILE, Installation
from infra.keys import UnsafeKeyFile, open_keys
from infra.settings import Settings
from projections.batches import BATCHES
from projections.tables import METADATA

OLDEST_PYTHON: Final = (3, 11)
LEAST_FREE_BYTES: Final = 1024**3
_EARLIEST_YEAR: Final = 2026
"""A clock before the year this was written is wrong."""
_FOUND_WRONG: Final = 1


class Mark(StrEnum):
    OK = "ok"
    NOTE = "note"
    """Worth knowing; nothing is wrong."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Check:
    check: str
    result: Mark
    detail: str


@click.command()
@common_options
def doctor(common: Common) -> None:
    """Check the machine, the settings and the data folder. Exit code 1 when something is wrong."""
    settings = common.settings()
    checks = list(_checks(settings))
    if common.as_json:
        print_json([asdict(check) for check in checks])
    else:
        print_table(map(asdict, checks), {"check": "check", "result": "result", "detail": "detail"}, whole=True)
    if any(check.result is Mark.WRONG for check in checks):
        sys.exit(_FOUND_WRONG)


def _checks(settings: Settings) -> Iterator[Check]:
    yield _python()
    yield Check("settings", Mark.OK, "readable, no unknown keys")
    yield _clock()
    if not settings.data.exists():
        yield Check("data folder", Mark.NOTE, f"{settings.data} does not exist yet")
        return
    yield _folder(settings)
    yield _disk(settings)
    yield _lock(settings)
    yield _keys(settings)
    if settings.database is None and not (settings.data / DATABASE_FILE).exists():
        yield Check("database", Mark.NOTE, "nothing is recorded yet")
        return
    with opened(settings) as installation:
        for check in (_integrity, _schema, _ledger, _record_time, _quarantine):
            yield check(installation)


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return _check("python", version, right=sys.version_info >= OLDEST_PYTHON)


def _clock() -> Check:
    now = datetime.now(UTC)
    return _check("clock", f"{now:%Y-%m-%d %H:%M} UTC", right=now.year >= _EARLIEST_YEAR)


def _folder(settings: Settings) -> Check:
    mode = stat.S_IMODE(settings.data.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Check("data folder", Mark.NOTE, f"{settings.data} is open to others ({mode:o}); the keys in it are not")
    return Check("data folder", Mark.OK, str(settings.data))


def _disk(settings: Settings) -> Check:
    free = shutil.disk_usage(settings.data).free
    return _check("disk", f"{free / 1024**3:.1f} GiB free", right=free >= LEAST_FREE_BYTES)


def _lock(settings: Settings) -> Check:
    try:
        url = DataFolder(settings.data).server()
    except FolderHeld:
        return Check("lock", Mark.NOTE, "another command is writing the folder")
    return Check("lock", Mark.OK, f"held by the server at {url}" if url else "free")


def _keys(settings: Settings) -> Check:
    folder = DataFolder(settings.data).keys
    if not folder.exists():
        return Check("keys", Mark.NOTE, "not made yet")
    try:
        keys = open_keys(folder)
    except UnsafeKeyFile as error:
        return Check("keys", Mark.WRONG, str(error))
    return Check("keys", Mark.OK, f"private, pseudonym key version {keys.pseudonyms_version}")


def _integrity(installation: Installation) -> Check:
    with installation.database.read() as connection:
        if connection.dialect.name != "sqlite":
            return Check("database", Mark.OK, f"{connection.dialect.name} answers")
        found = connection.exec_driver_sql("PRAGMA quick_check").scalar_one()
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    return _check("database", f"quick check: {found}; journal: {journal}", right=found == "ok" and journal == "wal")


def _schema(installation: Installation) -> Check:
    """Every table as this version defines it."""
    with installation.database.read() as connection:
        there = inspect(connection)
        tables = set(there.get_table_names())
        missing = [
            f"{table.name}.{column.name}"
            for table in METADATA.sorted_tables
            for column in table.columns
            if table.name not in tables or column.name not in {each["name"] for each in there.get_columns(table.name)}
        ]
    return _check("schema", f"missing: {', '.join(missing)}" if missing else "complete", right=not missing)


def _ledger(installation: Installation) -> Check:
    """The last batch must end where the ledger ends."""
    with installation.database.read() as connection:
        last = installation.recorder.last_position(connection)
        batched = connection.execute(select(func.max(BATCHES.c.last_position))).scalar() or 0
    return _check("ledger", f"{last:,} entries; the last batch ends at {batched:,}", right=last == batched)


def _record_time(installation: Installation) -> Check:
    with installation.database.read() as connection:
        last = connection.execute(select(func.max(BATCHES.c.recorded_at))).scalar()
    if last is None:
        return Check("record time", Mark.NOTE, "no batch yet")
    ahead = datetime.fromisoformat(last) - installation.clock()
    return _check("record time", f"last {last[:19]} UTC", right=ahead.total_seconds() <= 1)


def _quarantine(installation: Installation) -> Check:
    with installation.database.read() as connection:
        waiting = installation.quarantine.open_entries(connection)
    return Check("quarantine", Mark.NOTE if waiting else Mark.OK, f"{waiting:,} rejected messages wait")


def _check(name: str, detail: str, *, right: bool) -> Check:
    return Check(name, Mark.OK if right else Mark.WRONG, detail)
