"""The ledger for applications of the eventsourcing library that others write. They read; nothing can be written.

``PERSISTENCE_MODULE=infra.storage.persistence`` chooses it, as the library's own modules are chosen. ``LEDGER`` is
the file of the ledger or the ``postgresql://`` address of its database, ``LEDGER_SCHEMA`` the schema of a shard
there (docs/clients/README.md).
"""

from pathlib import Path
from typing import Final, NoReturn

from eventsourcing.persistence import (
    InfrastructureFactory,
    InfrastructureFactoryError,
    ProgrammingError,
    TrackingRecorder,
)
from eventsourcing.utils import Environment, EnvType

# They give the topics of decisions their classes.
import domain.accounts.account
import domain.clues.clue
import domain.investigation.investigation
import domain.investigation.numbering
import domain.sources.registered_source  # noqa: F401
from infra.storage.database import Database, look_into
from infra.storage.migrations import known_versions, version
from infra.storage.postgresql_engines import is_postgresql
from infra.storage.recorder import LedgerRecorder

LEDGER: Final = "LEDGER"
SCHEMA: Final = "LEDGER_SCHEMA"


class ReadLedger(LedgerRecorder):
    """Raises the library's ``ProgrammingError`` for whatever would write."""

    def insert_events(self, *_: object, **__: object) -> NoReturn:
        raise ProgrammingError("the ledger is read here; facts are handed in, and decisions taken, through the monitor")

    def insert_tracking(self, *_: object, **__: object) -> NoReturn:
        raise ProgrammingError("the ledger is read here; keep the mark of what you have read in a database of your own")


class LedgerFactory(InfrastructureFactory[TrackingRecorder]):
    """Opens the ledger for reading, beside a monitor that runs or without one.

    Raises ``InfrastructureFactoryError`` where ``LEDGER`` names no ledger of this version.
    """

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        self._database = _opened(self.env.get(LEDGER) or "", self.env.get(SCHEMA))

    def aggregate_recorder(self, *_: object, **__: object) -> ReadLedger:
        return self.application_recorder()

    def application_recorder(self) -> ReadLedger:
        return ReadLedger(self._database)

    def process_recorder(self) -> ReadLedger:
        return self.application_recorder()

    def tracking_recorder(self, *_: object, **__: object) -> NoReturn:
        raise InfrastructureFactoryError("the ledger is read here; keep marks in a database of your own")

    def close(self) -> None:
        self._database.close()


def _opened(where: str, schema: str | None) -> Database:
    if not is_postgresql(where) and not Path(where.removeprefix("sqlite:///")).is_file():
        # SQLite would make an empty file.
        raise InfrastructureFactoryError(f"{LEDGER}: give the file of a ledger, or the address of its database")
    database = look_into(where, schema=schema)
    try:
        _check_version(database)
    except BaseException:
        database.close()
        raise
    return database


def _check_version(database: Database) -> None:
    with database.read() as connection:
        found = version(connection)
    if found != (newest := known_versions()[-1]):
        raise InfrastructureFactoryError(f"{LEDGER}: its tables are of version {found}, this program's of {newest}")
