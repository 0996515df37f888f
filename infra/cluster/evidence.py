"""Ledger, evidence and identities, each read in the shard that has them."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection

from domain.evidence import AppointmentCase, RecordedFact
from domain.evidence.lot import InsuredLeadCase, LotCase
from domain.evidence.recorded import EVERYTHING, Knowledge
from domain.policy import PolicyBook
from infra.cluster.united import entered
from infra.identity.identities import IdentityRow, sealed_identities
from infra.storage.database import Database
from infra.transparency.rows import LoggedRecorder
from projections.evidence.recorded_facts import Ledger
from projections.evidence.sites import SiteEvidence
from projections.questions.as_of import AsOf


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


class AsOfShards(AsOf):
    """Evidence, read in the home of its subject, where all of it is. One per thread."""

    def __init__(self, ledger: Ledger, policies: PolicyBook, home: Callable[[str], int], shards: int) -> None:
        super().__init__(ledger, policies)
        self._home = home
        # What they remember goes by positions, which every shard counts for itself.
        self._shards = [AsOf(ledger, policies) for _ in range(shards)]

    def standing(
        self,
        connection: Connection,
        subject: str,
        *,
        knowledge: Knowledge = EVERYTHING,
        kinds: Collection[str] | None = None,
    ) -> tuple[RecordedFact, ...]:
        home = self._home(subject)
        with entered(connection, home):
            return self._shards[home].standing(connection, subject, knowledge=knowledge, kinds=kinds)

    def recorded(
        self, connection: Connection, subject: str, *, knowledge: Knowledge = EVERYTHING
    ) -> list[RecordedFact]:
        home = self._home(subject)
        with entered(connection, home):
            return self._shards[home].recorded(connection, subject, knowledge=knowledge)

    def recorded_around(self, connection: Connection, person_id: str) -> list[RecordedFact]:
        home = self._home(f"person:{person_id}")
        with entered(connection, home):
            return self._shards[home].recorded_around(connection, person_id)

    def cases(
        self,
        connection: Connection,
        person_id: str,
        *,
        knowledge: Knowledge,
        now: datetime,
        of_lot: str | None = None,
        valid_at: datetime | None = None,
    ) -> tuple[AppointmentCase, ...]:
        home = self._home(f"person:{person_id}")
        with entered(connection, home):
            return self._shards[home].cases(
                connection, person_id, knowledge=knowledge, now=now, of_lot=of_lot, valid_at=valid_at
            )

    def on_sites(self, connection: Connection, person_id: str, *, knowledge: Knowledge, now: datetime) -> SiteEvidence:
        home = self._home(f"person:{person_id}")
        with entered(connection, home):
            return self._shards[home].on_sites(connection, person_id, knowledge=knowledge, now=now)

    def lot_cases(
        self, connection: Connection, lot: str, *, knowledge: Knowledge
    ) -> tuple[LotCase | InsuredLeadCase, ...]:
        home = self._home(lot)
        with entered(connection, home):
            return self._shards[home].lot_cases(connection, lot, knowledge=knowledge)


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
