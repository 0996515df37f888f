"""The parts of a console: one view of all shards where one machine has its database."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from domain.errors import NotFound
from infra.cluster.evidence import LedgerOfShards, identities_of_shards
from infra.cluster.parts import check_cluster, placement_of
from infra.cluster.united import entered, open_shards, shard_of_clue, shard_of_quarantined
from infra.identity.intake import make_intake
from infra.identity.keys import LOG
from infra.identity.known_keys import check_nothing_lost, take_keys
from infra.identity.vault import Vault
from infra.installation import KEYS_FOLDER, Installation, place_in, shard_schema, system_clock
from infra.settings import Settings
from infra.storage.database import Database, open_database
from infra.storage.private_files import check_owner, make_private_folder
from streams.intake.intake import Intake

_WITHOUT: Final = (LOG,)
"""Keys that a console can do without: only workers sign."""


@dataclass(frozen=True)
class Console(Installation):
    """``database`` sees all shards, ``parts`` are those by number. It is no shard, and opens none."""

    parts: tuple[Database, ...] = ()

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = system_clock,
        shard: int | None = None,
    ) -> "Console":
        """Makes the shards ready where they are new.

        Raises NotACluster, KeyUnusable for keys other than the workers', or WrongPlace.
        """
        check_cluster(settings)
        where, shards, folder = str(settings.database), settings.kafka.shards, settings.data / KEYS_FOLDER
        check_owner(settings.data)
        for shard in range(shards):
            check_nothing_lost(where, shard_schema(shard), folder, without=_WITHOUT)
        make_private_folder(settings.data)
        with ExitStack() as stack:
            parts = tuple(_part(stack, settings, shard) for shard in range(shards))
            keys = [take_keys(part, folder, without=_WITHOUT) for part in parts].pop()
            vault = Vault(keys, kept=identities_of_shards(shards))
            for part in parts:
                part.sum_key = keys.table_sums
            database = open_shards(where, shards)
            stack.callback(database.close)
            database.sum_key = keys.table_sums
            console = cls(settings, keys, database, LedgerOfShards(database, shards), vault, clock, parts=parts)
            stack.pop_all()
        return console

    def home(self, subject: str) -> int:
        return placement_of(self.settings.kafka).home(subject)

    def shard_of_clue(self, clue_id: UUID) -> int | None:
        with self.database.read() as connection:
            return shard_of_clue(connection, clue_id)

    def shard_of_quarantined(self, quarantine_id: str) -> int | None:
        with self.database.read() as connection:
            return shard_of_quarantined(connection, quarantine_id)

    @property
    def shards(self) -> Sequence[int]:
        return range(len(self.parts))

    @property
    def logs(self) -> Sequence[Database]:
        return self.parts

    @contextmanager
    def entered(self, connection: Connection, shard: int | None) -> Iterator[None]:
        if shard is None or shard not in self.shards:
            raise NotFound("shard")
        with entered(connection, shard):
            yield

    def intake(self) -> Intake:
        """It names subjects: whose a fact is says where it goes."""
        return make_intake(self.keys, names_subjects=True)

    def close(self) -> None:
        for database in (self.database, *self.parts):
            database.close()


def _part(stack: ExitStack, settings: Settings, shard: int) -> Database:
    place = place_in(settings.kafka, shard)
    part = open_database(str(settings.database), schema=shard_schema(shard), place=place)
    stack.callback(part.close)
    return part
