"""A backup put back in a scratch place and audited there, so that one knows that it can be put back."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import make_url

from infra.backup.making import restore
from infra.backup.manifest import BackupUnusable, Manifest
from infra.installation import Installation
from infra.rebuilding import Rebuilding
from infra.settings import CheckpointSink, Settings
from infra.storage.postgresql_engines import libpq_address
from infra.transparency.audit import Audit
from infra.transparency.notes import VerifierKey
from infra.transparency.tampered import Tampered
from streams.shard.rebuild import Differs

_NAME: Final = "tender_monitor_drill"


@dataclass(frozen=True, slots=True)
class Drill:
    """What was put back and found whole. ``restored_seconds`` is how long putting back took, without the audit."""

    manifest: Manifest
    checkpoints: int
    restored_seconds: float
    seconds: float


def drill(settings: Settings, copy: Path, *, keys: Path | None, scratch: Path | None = None) -> Drill:
    """Put ``copy`` back and audit it, log and tables; raises :class:`BackupUnusable` where it is not whole.

    The scratch place is a folder in ``scratch``, or where temporary files lie, and on PostgreSQL a database beside the
    one of the settings. It is private, and removed in the end.
    """
    began = time.monotonic()
    with _scratch_place(settings, scratch) as place:
        made = restore(place, copy, keys=keys)
        restored = time.monotonic() - began
        shards = range(settings.kafka.shards) if settings.kafka.brokers else (None,)
        checkpoints = sum(_audited(place, shard) for shard in shards)
        return Drill(made, checkpoints, restored, time.monotonic() - began)


def _audited(place: Settings, shard: int | None) -> int:
    """The number of checkpoints that were found to fit."""
    witnesses = [VerifierKey.parse(witness.vkey) for witness in place.transparency.witnesses]
    about = "" if shard is None else f"shard {shard}: "
    with closing(Installation.open(place, shard=shard)) as installation, installation.database.read() as connection:
        try:
            found = Audit(connection, installation.log_identity.verifier(), witnesses=witnesses).run()
            Rebuilding(installation).rebuild()
        except Tampered as error:
            where = "" if error.position is None else f"position {error.position}: "
            raise BackupUnusable(f"the audit of the backup finds: {about}{where}{error.what}") from error
        except Differs as error:
            raise BackupUnusable(f"the audit of the backup finds: {about}{error}") from error
    return found.checkpoints


@contextmanager
def _scratch_place(settings: Settings, scratch: Path | None) -> Iterator[Settings]:
    with TemporaryDirectory(prefix=f"{_NAME}-", dir=scratch) as folder, _scratch_database(settings) as database:
        # An older log is what is looked at: what was put outside since then is no fault of the backup.
        yield settings.model_copy(
            update={"data": Path(folder) / "data", "database": database, "checkpoint": CheckpointSink()}
        )


@contextmanager
def _scratch_database(settings: Settings) -> Iterator[str | None]:
    if settings.on_postgresql:
        with _own_database(str(settings.database)) as database:
            yield database
    else:
        yield None


@contextmanager
def _own_database(beside: str) -> Iterator[str]:
    import psycopg  # The driver loads slowly: only where the database is PostgreSQL.
    from psycopg.sql import SQL, Identifier

    name = f"{_NAME}_{token_hex(6)}"
    with psycopg.connect(libpq_address(beside), autocommit=True) as connection:
        try:
            connection.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
        except psycopg.errors.InsufficientPrivilege as error:
            raise BackupUnusable("the role of the database may make no database to try the backup in") from error
        try:
            yield make_url(beside).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
