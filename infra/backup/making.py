"""Making a backup of an installation, and putting one back."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version as program_version
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection

from infra.backup import manifest, postgresql_copy, sqlite_copy
from infra.backup.manifest import KEYS, MARK, BackupUnusable, Manifest
from infra.backup.postgresql_copy import DEFAULT_SCHEMA
from infra.backup.soundness import check_keys, check_ledger
from infra.cluster.united import CONSOLE
from infra.identity.known_keys import check_all_there, known_keys
from infra.identity.known_keys import check_keys as check_known_keys
from infra.installation import DATABASE_FILE, KEYS_FOLDER, shard_schema
from infra.settings import Settings
from infra.storage.database import Database, open_database
from infra.storage.migrations import known_versions, version
from infra.storage.private_files import make_private_folder

_KEPT_IN_AN_EMPTY_FOLDER: Final = frozenset({"lock", "server.json"})
_NEEDED_KEYS: Final = ("vault.key", "pseudonyms-*.key")


def make_backup(settings: Settings, folder: Path, *, with_keys: bool) -> Manifest:
    """Copy the database as of one moment, also while it is written; raises :class:`BackupUnusable`, or WrongPlace.

    ``folder`` is new or empty, and is left so where no whole backup could be made. The copy itself is checked, not only
    what it was made from.
    """
    if settings.kafka.brokers:
        from infra.cluster.start_checks import check_database  # The clients of a broker load slowly.

        # With a smaller number of shards the others would be left out, and nobody would know.
        check_database(settings)
    new = not folder.exists()
    _make_empty(folder)
    try:
        return _made(settings, folder, with_keys=with_keys)
    except BaseException:
        # Half a backup would be taken for one, and would stand in the way of the next.
        shutil.rmtree(folder, ignore_errors=True)
        if not new:
            folder.mkdir(mode=0o700, exist_ok=True)
        raise


def _made(settings: Settings, folder: Path, *, with_keys: bool) -> Manifest:
    if settings.on_postgresql:
        made = _export(settings, folder)
    else:
        sqlite_copy.copy_file(_sqlite_file(settings), folder / sqlite_copy.FILE)
        made = _described(settings, folder, [sqlite_copy.FILE])
    if with_keys:
        check_all_there(settings.data / KEYS_FOLDER, made.fingerprints)
        shutil.copytree(settings.data / KEYS_FOLDER, folder / KEYS)
        keys = {file.name: manifest.digest_of(file) for file in (folder / KEYS).iterdir()}
        made = msgspec.structs.replace(made, keys=keys)
    made.write(folder)
    return made


def restore(settings: Settings, folder: Path, *, keys: Path | None) -> Manifest:
    """Put a backup back where nothing is; raises :class:`BackupUnusable`, and then leaves nothing behind.

    ``keys`` is the folder they were kept in, where the backup was made without them.
    """
    made = manifest.read(folder)
    _check_fits(settings, made)
    manifest.check_digests(_keys_of(folder, keys), made.keys)
    check_known_keys(_keys_of(folder, keys), made.fingerprints)
    make_private_folder(settings.data)
    if any(each.name not in _KEPT_IN_AN_EMPTY_FOLDER for each in settings.data.iterdir()):
        raise BackupUnusable(f"{settings.data} is not empty")
    own_keys = settings.data / KEYS_FOLDER
    try:
        shutil.copytree(_keys_of(folder, keys), own_keys)
        if made.kind == "sqlite":
            _restore_file(settings, folder / sqlite_copy.FILE)
        else:
            _load(settings, folder)
    except BaseException:
        shutil.rmtree(own_keys, ignore_errors=True)
        raise
    if made.synthetic:
        (settings.data / MARK).touch()
    return made


def _sqlite_file(settings: Settings) -> Path:
    return Path((settings.database or str(settings.data / DATABASE_FILE)).removeprefix("sqlite:///"))


def _schemas(settings: Settings) -> Sequence[str | None]:
    """Those of a cluster's shards and its console, or the only one."""
    if not settings.kafka.brokers:
        return (None,)
    return (*(shard_schema(shard) for shard in range(settings.kafka.shards)), CONSOLE)


def _make_empty(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BackupUnusable(f"{folder} is not empty")


def _described(settings: Settings, folder: Path, files: Sequence[str]) -> Manifest:
    """Of a copied SQLite file, which is opened to be checked."""
    sqlite_copy.check_file(folder / sqlite_copy.FILE)
    with _opened(folder / sqlite_copy.FILE) as database, database.read() as connection:
        entries = {DEFAULT_SCHEMA: check_ledger(connection)}
        found, known = version(connection), known_keys(connection)
    return _manifest(settings, folder, "sqlite", found, entries, files, known)


def _export(settings: Settings, folder: Path) -> Manifest:
    """All schemas on one snapshot: what :func:`check_ledger` counts is what is copied."""
    schemas = _schemas(settings)
    if CONSOLE in schemas:
        # A cluster whose console has never run has no tables of it yet, and they are put back with the others.
        with _opened(str(settings.database), CONSOLE):
            pass
    with _opened(str(settings.database)) as database, database.read() as connection:
        files = postgresql_copy.export(database, schemas, folder)
        entries, known = dict[str, int](), dict[str, str]()
        for schema in schemas:
            entries[schema or DEFAULT_SCHEMA] = _checked(connection, schema)
            known |= known_keys(connection)
    return _manifest(settings, folder, "postgresql", known_versions()[-1], entries, files, known)


def _manifest(
    settings: Settings,
    folder: Path,
    kind: str,
    found: str | None,
    entries: dict[str, int],
    files: Sequence[str],
    known: dict[str, str],
) -> Manifest:
    return Manifest(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        program=program_version("tender-monitor"),
        kind="sqlite" if kind == "sqlite" else "postgresql",
        schema_version=found or "",
        entries=entries,
        files={name: manifest.digest_of(folder / name) for name in files},
        synthetic=settings.synthetic or (settings.data / MARK).exists(),
        fingerprints=known,
    )


def _check_fits(settings: Settings, made: Manifest) -> None:
    if (made.kind == "postgresql") != settings.on_postgresql:
        raise BackupUnusable(f"the backup is of {made.kind}, and the settings name another kind of database")
    if made.schema_version not in known_versions():
        raise BackupUnusable(
            f"the backup has tables of version {made.schema_version}, which this program does not know"
        )
    if made.kind == "postgresql" and made.schema_version != known_versions()[-1]:
        raise BackupUnusable(f"put it back with program {made.program}, which made it, and upgrade then")
    if made.kind == "postgresql" and set(made.entries) != {each or DEFAULT_SCHEMA for each in _schemas(settings)}:
        raise BackupUnusable(f"the backup is of schemas {', '.join(made.entries)}; the settings name others")
    _check_named(settings, made)


def _check_named(settings: Settings, made: Manifest) -> None:
    """A file that the manifest does not name was never checked, and is not put back."""
    tables = [
        postgresql_copy.file_name(schema, table) for schema in _schemas(settings) for table in postgresql_copy.tables()
    ]
    needed = [sqlite_copy.FILE] if made.kind == "sqlite" else tables
    for name in needed:
        if name not in made.files:
            raise BackupUnusable(f"the manifest does not name {name}")


def _keys_of(folder: Path, keys: Path | None) -> Path:
    found = keys or folder / KEYS
    if not all(any(found.glob(name)) for name in _NEEDED_KEYS):
        raise BackupUnusable(f"{found} does not hold the keys; without them nobody can be told from the ledger")
    return found


def _restore_file(settings: Settings, source: Path) -> None:
    target = _sqlite_file(settings)
    draft = target.with_name(f".{target.name}.restored")
    try:
        sqlite_copy.copy_file(source, draft)
        sqlite_copy.check_file(draft)
        with _opened(draft) as database, database.transaction() as connection:
            check_ledger(connection)
            check_keys(connection, settings.data / KEYS_FOLDER)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _load(settings: Settings, folder: Path) -> None:
    where, schemas = str(settings.database), _schemas(settings)
    for schema in schemas:
        with _opened(where, schema):
            pass
    with _opened(where) as database, database.transaction() as connection:
        postgresql_copy.load(connection, schemas, folder)
        for schema in schemas:
            _checked(connection, schema)
            check_keys(connection, settings.data / KEYS_FOLDER)


def _checked(connection: Connection, schema: str | None) -> int:
    """The number of ledger rows of ``schema``, which is the one seen from here on."""
    if schema is not None:
        connection.exec_driver_sql(f"SET LOCAL search_path TO {schema}")
    return check_ledger(connection)


@contextmanager
def _opened(where: str | Path, schema: str | None = None) -> Iterator[Database]:
    database = open_database(where, schema=schema)
    try:
        yield database
    finally:
        database.close()
