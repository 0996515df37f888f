"""Ledger and identities, each read in the shard that has them."""

from collections.abc import Callable, Iterable

from sqlalchemy import Connection

from infra.cluster.united import entered
from infra.identity.identities import IdentityRow, sealed_identities
from infra.storage.database import Database
from infra.transparency.rows import LoggedRecorder


class LedgerOfShards(LoggedRecorder):
    """Counts the events of all shards; positions have a meaning only after entering one."""

    def __init__(self, database: Database, shards: int) -> None:
        super().__init__(database)
        self._shards = shards

    def last_position(self, connection: Connection) -> int:
        total = 0
        for shard in range(self._shards):
            with entered(connection, shard):
                total += super().last_position(connection)
        return total


def identities_of_shards(shards: int) -> Callable[[Connection, Iterable[str]], list[IdentityRow]]:
    """Reads what is kept of people in any shard: a lead may have come with a lot that lives elsewhere."""

    def read(connection: Connection, people: Iterable[str]) -> list[IdentityRow]:
        wanted = list(people)
        found: dict[tuple[str, str], IdentityRow] = {}
        for shard in range(shards):
            with entered(connection, shard):
                found |= {(row[0], row[1]): row for row in sealed_identities(connection, wanted)}
        return sorted(found.values())

    return read
