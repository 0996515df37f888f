"""Forgetting who a person is: the rows go from the vaults of all shards or of none."""

import re
from typing import Final

from domain.errors import NotFound
from infra.installation import Installation
from infra.storage.database import Database

_PSEUDONYM: Final = re.compile(r"[0-9a-f]{64}|[0-9a-f]{32}")
"""Of a person, or the digest of unknown fields of a message that names nobody."""


def erase_identity(installation: Installation, person_id: str) -> dict[int | None, int]:
    """How many rows of each shard are gone, for good; raises NotFound. That it happens must be on record already."""
    erased: dict[int | None, int] = {}
    with installation.database.transaction() as connection:
        for shard in installation.shards:
            with installation.entered(connection, shard):
                erased[shard] = installation.vault.erase(connection, person_id)
    _empty_journal(installation.database)
    if not any(erased.values()):
        raise NotFound("person in the vault")
    return erased


def check_sealed(installation: Installation, person_id: str) -> None:
    """Raises NotFound where no vault has anything of the person: then there is nothing to record either."""
    if not _PSEUDONYM.fullmatch(person_id):
        raise NotFound("person in the vault")
    with installation.database.read() as connection:
        if not installation.vault.keeps(connection, person_id):
            raise NotFound("person in the vault")


def _empty_journal(database: Database) -> None:
    """Move what SQLite still keeps beside the file into it, so that no copy of the rows is left there."""
    if database.dialect == "sqlite":
        connection = database.unpooled_connection()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
