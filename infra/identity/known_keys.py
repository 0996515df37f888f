"""Which keys a database was filled with, by fingerprint: keys are made only where nothing is recorded.

A key that is missing, or another one than was used, stops whatever is started; nothing is made or changed then
(decision 44).
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Column, Connection, String, Table, inspect, select, text

from infra.identity.identities import IDENTITIES
from infra.identity.keys import (
    LOG,
    VAULT,
    Keys,
    KeyUnusable,
    MissingKey,
    fingerprint,
    key_file,
    keys_in_force,
    make_keys,
    missing_keys,
    names_pseudonyms,
    next_file,
    read_keys,
    sealing_keys,
)
from infra.identity.vault import SealBroken, Vault
from infra.storage.database import Database, look_into
from infra.storage.postgresql_engines import is_postgresql
from infra.storage.private_files import sync_folder
from projections.tables import METADATA

KNOWN_KEYS: Final = Table(
    "known_keys",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("fingerprint", String(16), nullable=False),
)

_KNOW: Final = text("INSERT INTO known_keys (name, fingerprint) VALUES (:name, :fingerprint)")
_SIGNS_OF_USE: Final = ("known_keys", "vault_keys", "stored_events")
"""Tables that are empty in a database nobody has used; the second one is that of an older version."""
_SHARDS: Final = text(
    "SELECT table_schema FROM information_schema.tables WHERE table_name = 'known_keys'"
    " AND table_schema ~ '^shard_[0-9]+$' AND :schema ~ '^shard_[0-9]+$' ORDER BY table_schema"
)
_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('tender-monitor keys', 0))")


class OtherKey(KeyUnusable):
    """A key file does not hold the key that the database was filled with."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is not the key that this database was filled with;"
            " put back the file that belongs to it (and the file suite beside it, where there was one),"
            " or name the folder or database that belongs to the key"
        )
        self.path = path


def check_nothing_lost(where: str | Path, schema: str | None, folder: Path, *, without: Collection[str] = ()) -> None:
    """Raise :class:`MissingKey` before anything is made, or any table changed, where a used database has lost a key."""
    missing = missing_keys(folder)
    if not missing or not _there(where):
        return
    asked = look_into(where, schema=schema)
    with closing(asked), asked.read() as connection:
        _makeable(connection, schema, missing, without)


def check_recorded_keys(where: str | Path, schema: str | None, folder: Path, *, without: Collection[str] = ()) -> None:
    """Raise KeyUnusable where keys are not those that the database was filled with; nothing is made or changed."""
    check_nothing_lost(where, schema, folder, without=without)
    known = recorded_keys(where, schema)
    finish_changes(folder, known)
    check_all_there(folder, {name: known[name] for name in known.keys() - {*without}})


def recorded_keys(where: str | Path, schema: str | None) -> dict[str, str]:
    """The fingerprints that a database has, of whatever version; none where there is no database."""
    if not _there(where):
        return {}
    asked = look_into(where, schema=schema)
    with closing(asked), asked.read() as connection:
        return known_keys(connection) if inspect(connection).has_table(KNOWN_KEYS.name) else {}


def take_keys(database: Database, folder: Path, *, without: Collection[str] = ()) -> Keys:
    """The keys of an installation: made where nothing is recorded, else those that were recorded with it.

    ``without`` names keys that this process can do without. Raises :class:`MissingKey`, :class:`OtherKey` or
    UnsafeKeyFile, and then leaves nothing behind.
    """
    with database.read() as connection:
        known = known_keys(connection)
    finish_changes(folder, known)
    if not {*keys_in_force(folder)} <= known.keys() | {*without}:
        with database.transaction() as connection:
            known = _made_known(connection, database.schema, folder, without)
    check_keys(folder, known)
    check_all_there(folder, {name: known[name] for name in known.keys() - {*without}})
    return read_keys(folder)


def known_keys(connection: Connection) -> dict[str, str]:
    """The fingerprints by name."""
    return {row.name: row.fingerprint for row in connection.execute(select(KNOWN_KEYS))}


def check_all_there(folder: Path, known: Mapping[str, str]) -> None:
    """Raises MissingKey, :class:`OtherKey` or UnsafeKeyFile."""
    for name in sorted(known):
        file = key_file(folder, name)
        if fingerprint(file) != known[name]:
            raise OtherKey(file)


def finish_changes(folder: Path, known: Mapping[str, str]) -> None:
    """Put new keys in the place of old ones, where the database knows the new ones already."""
    for name, expected in known.items():
        file, coming = key_file(folder, name), next_file(folder, name)
        if coming.exists() and fingerprint(coming) == expected:
            coming.replace(file)
            sync_folder(folder)


def check_keys(folder: Path, known: Mapping[str, str]) -> None:
    """Of those keys that are in ``folder``; raises :class:`OtherKey` or UnsafeKeyFile."""
    check_all_there(folder, {name: each for name, each in known.items() if key_file(folder, name).exists()})


def _made_known(connection: Connection, schema: str | None, folder: Path, without: Collection[str]) -> dict[str, str]:
    """Make what may be made, and write down what is not known yet."""
    if connection.dialect.name == "postgresql":
        connection.execute(_ONE_AT_A_TIME)
    known = known_keys(connection)
    unknown = [key_file(folder, name) for name in keys_in_force(folder) if name not in known]
    made = make_keys(_makeable(connection, schema, [file for file in unknown if not file.exists()], without))
    try:
        for file in filter(Path.exists, unknown):
            _check_new(connection, schema, file)
            known[file.stem] = fingerprint(file)
            connection.execute(_KNOW, {"name": file.stem, "fingerprint": known[file.stem]})
    except BaseException:
        for file in made:
            file.unlink()
        raise
    return known


def _makeable(
    connection: Connection, schema: str | None, missing: Sequence[Path], without: Collection[str]
) -> list[Path]:
    """Keys are made where nothing was recorded; that of the log, until its log is begun.

    Raises :class:`MissingKey` for one that may not be made and is not among those that are done ``without``.
    """
    used = any(map(partial(_has_row, connection), _SIGNS_OF_USE))
    begun = _has_row(connection, "log_checkpoints")
    known = known_keys(connection) if _has_row(connection, KNOWN_KEYS.name) else {}
    known |= _known_to_shards(connection, schema)
    lost = [file for file in missing if file.stem in known or (begun if file.stem == LOG else used)]
    for file in lost:
        if file.stem not in without:
            raise MissingKey(file)
    return [file for file in missing if file not in lost]


def _check_new(connection: Connection, schema: str | None, file: Path) -> None:
    """What this database does not know yet must fit what its other shards know, and what an older version sealed."""
    name = file.stem
    elsewhere = _known_to_shards(connection, schema).get(name)
    if elsewhere is not None and fingerprint(file) != elsewhere:
        raise OtherKey(file)
    if names_pseudonyms(name) and any(map(names_pseudonyms, known_keys(connection))):
        raise OtherKey(file)
    if name == VAULT and not opens_what_is_sealed(connection, Vault(sealing_keys(file.parent))):
        raise OtherKey(file)


def _known_to_shards(connection: Connection, schema: str | None) -> dict[str, str]:
    """The shards of a cluster are schemas of one database."""
    if connection.dialect.name != "postgresql" or schema is None:
        return {}
    quote = connection.dialect.identifier_preparer.quote_schema
    known: dict[str, str] = {}
    for shard in connection.execute(_SHARDS, {"schema": schema}).scalars().all():
        query = text(f"SELECT name, fingerprint FROM {quote(shard)}.known_keys")  # noqa: S608 - quoted
        known |= {row.name: row.fingerprint for row in connection.execute(query)}
    return known


def opens_what_is_sealed(connection: Connection, vault: Vault) -> bool:
    """Whether an identity opens that was sealed before; also where there is none."""
    query = select(IDENTITIES.c.person_id, IDENTITIES.c.sealed).where(IDENTITIES.c.sealed != b"").limit(1)
    row = connection.execute(query).first()
    if row is None:
        return True
    try:
        vault.open(row.sealed, row.person_id)
    except SealBroken:
        return False
    return True


def _there(where: str | Path) -> bool:
    return is_postgresql(str(where)) or Path(str(where).removeprefix("sqlite:///")).exists()


def _has_row(connection: Connection, table: str) -> bool:
    if not inspect(connection).has_table(table):
        return False
    return connection.execute(text(f"SELECT 1 FROM {table} LIMIT 1")).first() is not None  # noqa: S608 - ours
