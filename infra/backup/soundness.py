"""Whether a ledger is whole: positions without gaps, ending where the last batch ends."""

from pathlib import Path

from sqlalchemy import Connection, func, select

from infra.backup.manifest import BackupUnusable
from infra.identity.keys import sealing_keys
from infra.identity.known_keys import check_keys as check_known_keys
from infra.identity.known_keys import known_keys, opens_what_is_sealed
from infra.identity.vault import Vault
from infra.storage.recorder import STORED_EVENTS
from projections.batches import BATCHES


def check_ledger(connection: Connection) -> int:
    """The number of ledger rows; raises :class:`BackupUnusable`."""
    positions = STORED_EVENTS.c.id
    count, first, last = connection.execute(select(func.count(), func.min(positions), func.max(positions))).one()
    if count and (first, last) != (1, count):
        raise BackupUnusable(f"the ledger has {count:,} rows at positions {first:,} to {last:,}: some are missing")
    ended = connection.execute(select(func.max(BATCHES.c.last_position))).scalar() or 0
    if ended != (last or 0):
        raise BackupUnusable(f"the last batch ends at {ended:,}, the ledger at {last or 0:,}")
    return int(count)


def check_keys(connection: Connection, folder: Path) -> None:
    """Raises KeyUnusable or :class:`BackupUnusable` where ``folder`` has other keys than were used."""
    check_known_keys(folder, known_keys(connection))
    if not opens_what_is_sealed(connection, Vault(sealing_keys(folder))):
        raise BackupUnusable("the vault key is not the one the identities were sealed with")
