"""Whether a ledger is whole: positions without gaps, ending where the last batch ends."""

from sqlalchemy import Connection, func, select

from infra.backup.manifest import BackupUnusable
from infra.identity.identities import IDENTITIES
from infra.identity.vault import SealBroken, Vault
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


def check_keys(connection: Connection, vault: Vault) -> None:
    """Raises ForeignPseudonyms or :class:`BackupUnusable` where the database was filled with other keys."""
    vault.check_keys(connection)
    row = connection.execute(select(IDENTITIES.c.person_id, IDENTITIES.c.sealed).limit(1)).first()
    if row is None:
        return
    try:
        vault.open(row.sealed, row.person_id)
    except SealBroken as error:
        raise BackupUnusable("the vault key is not the one the identities were sealed with") from error
