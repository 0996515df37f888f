"""The part of ``doctor`` about the database: each shard's, where there are several."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, inspect, make_url, select
from sqlalchemy.exc import DBAPIError

from domain.errors import CannotRecord
from infra.backup.manifest import BackupUnusable
from infra.backup.soundness import check_ledger
from infra.checks import Check, Mark, judged
from infra.command_line.failures import about_database
from infra.command_line.running.record_checks import record_checks
from infra.command_line.shards import shard_numbers
from infra.command_line.times import Times
from infra.identity.keys import KeyUnusable
from infra.installation import DATABASE_FILE, Installation, shard_schema
from infra.settings import Settings
from infra.storage.database import look_into
from infra.storage.migrations import known_versions, metadatas, version
from infra.storage.place import WrongPlace, place_of
from infra.storage.private_files import OtherOwner
from infra.texts.errors import error_words
from projections.batches import BATCHES

_LOCAL: Final = frozenset({"", "localhost", "127.0.0.1", "::1"})


def database_checks(settings: Settings, times: Times) -> Iterator[Check]:
    """Nothing is changed and nothing is made: a database of another version is only named."""
    if settings.database is None and not (settings.data / DATABASE_FILE).exists():
        yield Check("database", Mark.NOTE, "nothing is recorded yet")
        return
    for shard in shard_numbers(settings):
        try:
            for check in _checks(settings, shard, times):
                yield check if shard is None else replace(check, check=f"{check.check} (shard {shard})")
        except CannotRecord as error:
            yield Check("database", Mark.WRONG, error_words(str(error), settings.language))
            return
        except DBAPIError as error:
            yield Check("database", Mark.WRONG, error_words(about_database(error), settings.language))
            return


def _checks(settings: Settings, shard: int | None, times: Times) -> Iterator[Check]:
    schema = None if shard is None else shard_schema(shard)
    asked = look_into(settings.database or settings.data / DATABASE_FILE, schema=schema)
    with closing(asked), asked.read() as connection:
        yield _server(connection, settings) if asked.dialect == "postgresql" else _file(connection)
        found = version(connection)
        yield _version(found)
    if found != known_versions()[-1]:
        return
    try:
        installation = Installation.open(settings, shard=shard)
    except WrongPlace as error:
        yield Check("place", Mark.WRONG, str(error))
        return
    except (KeyUnusable, OtherOwner):
        return  # The checks of the keys and of the folder say it, once for all shards.
    with closing(installation), installation.database.read() as connection:
        yield Check("place", Mark.OK, str(place_of(connection)))
        yield _tables(connection)
        yield _ledger(connection)
        yield _record_time(connection, installation, times)
        yield _quarantine(connection, installation)
        yield from record_checks(connection, installation, times)


def _file(connection: Connection) -> Check:
    found = connection.exec_driver_sql("PRAGMA quick_check").scalar_one()
    journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    return judged("database", f"quick check: {found}; journal: {journal}", right=found == "ok" and journal == "wal")


def _server(connection: Connection, settings: Settings) -> Check:
    """A connection that leaves this machine should be encrypted."""
    about = connection.exec_driver_sql(
        "SELECT current_setting('server_version'), version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    ).one()
    host = make_url(settings.database or "").host or ""
    detail = f"PostgreSQL {about[0]}, {about[1] or 'not encrypted'}"
    leaves = host not in _LOCAL and not host.startswith("/")
    return Check("database", Mark.NOTE if leaves and about[1] is None else Mark.OK, detail)


def _version(found: str | None) -> Check:
    newest = known_versions()[-1]
    if found == newest:
        return Check("schema version", Mark.OK, found)
    if found in known_versions():
        return Check("schema version", Mark.NOTE, f"{found}; the next start brings it to {newest}")
    if found is None:
        return Check("schema version", Mark.NOTE, "none: nothing is recorded yet")
    return Check("schema version", Mark.WRONG, f"{found}, of a newer program; this one knows versions up to {newest}")


def _tables(connection: Connection) -> Check:
    """Every table as this version defines it."""
    there = inspect(connection)
    tables = set(there.get_table_names())
    missing = [
        f"{table.name}.{column.name}"
        for metadata in metadatas()
        for table in metadata.sorted_tables
        for column in table.columns
        if table.name not in tables or column.name not in {each["name"] for each in there.get_columns(table.name)}
    ]
    return judged("schema", f"missing: {', '.join(missing)}" if missing else "complete", right=not missing)


def _ledger(connection: Connection) -> Check:
    """Positions without gaps, ending where the last batch ends."""
    try:
        return Check("ledger", Mark.OK, f"{check_ledger(connection):,} entries without a gap")
    except BackupUnusable as error:
        return Check("ledger", Mark.WRONG, str(error))


def _record_time(connection: Connection, installation: Installation, times: Times) -> Check:
    last = connection.execute(select(func.max(BATCHES.c.recorded_at))).scalar()
    if last is None:
        return Check("record time", Mark.NOTE, "no batch yet")
    ahead = datetime.fromisoformat(last) - installation.clock()
    return judged("record time", f"last {times.second(last)}", right=ahead.total_seconds() <= 1)


def _quarantine(connection: Connection, installation: Installation) -> Check:
    waiting = installation.quarantine.open_entries(connection)
    return Check("quarantine", Mark.NOTE if waiting else Mark.OK, f"{waiting:,} rejected messages wait")
