"""Whether a ledger is whole: positions without gaps, ending where the last batch ends."""

from pathlib import Path

from sqlalchemy import Connection, func, select

from infra.backup.manifest import BackupUnusable
from infra.identity.keys import sealing_keys
from infra.identity.known_keys import check_keys as check_known_keys
from infra.identity.known_keys import known_keys, opens_what_is_sealed
from infra.identity.vault import Vault
from infra.storage.event_rows import STORED_EVENTS
from infra.storage.fact_blocks import FACT_BLOCKS
from projections.batches import BATCHES


def check_ledger(connection: Connection) -> int:
    """The number of ledger rows; raises :class:`BackupUnusable`."""
    positions, blocks = STORED_EVENTS.c.id, FACT_BLOCKS.c
    in_rows = select(
        func.count().label("events"), func.min(positions).label("first"), func.max(positions).label("last")
    )
    in_blocks = select(func.sum(blocks.facts), func.min(blocks.first_position), func.max(blocks.last_position))
    both = in_rows.union_all(in_blocks).subquery().c
    found = select(func.coalesce(func.sum(both.events), 0), func.min(both.first), func.max(both.last))
    count, first, last = connection.execute(found).one()
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
