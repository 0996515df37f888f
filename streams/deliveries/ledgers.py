"""Where facts lie: the ledger of one machine, or those of all shards of a cluster."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np
from sqlalchemy import Connection

from projections.evidence.recorded_facts import Ledger
from projections.index.subject_index import SeenIndex
from streams.intake.prepared import PreparedBatch
from streams.shard.deduplication import Split, split


class Ledgers(Protocol):
    """Each is read while it is entered; one machine has one, without a number."""

    @property
    def shards(self) -> Sequence[int | None]: ...

    def home(self, subject: str) -> int | None:
        """The shard that has all that is said of ``subject``."""
        ...

    def entered(self, connection: Connection, shard: int | None) -> AbstractContextManager[None]:
        """While it lasts, ``connection`` sees the ledger of that shard."""
        ...


class Recorded:
    """What is recorded already, as ``connection`` sees it."""

    def __init__(self, connection: Connection, ledger: Ledger, ledgers: Ledgers) -> None:
        self._connection = connection
        self._ledger = ledger
        self._ledgers = ledgers
        self._seen: dict[int | None, SeenIndex] = {}
        for shard in ledgers.shards:
            self._seen[shard] = SeenIndex()
            with ledgers.entered(connection, shard):
                self._seen[shard].open(connection)

    def split(self, prepared: PreparedBatch) -> list[Split]:
        """New, duplicate and contradicting rows, of each shard apart."""
        return [self._split(part, shard) for shard, part in self._by_shard(prepared)]

    def _split(self, prepared: PreparedBatch, shard: int | None) -> Split:
        with self._ledgers.entered(self._connection, shard):
            return split(self._connection, prepared, self._seen[shard], self._ledger)

    def _by_shard(self, prepared: PreparedBatch) -> list[tuple[int | None, PreparedBatch]]:
        """A fact is met where its first subject is at home."""
        if len(self._seen) == 1:
            return [(shard, prepared) for shard in self._seen]
        assert prepared.subjects is not None
        firsts = np.searchsorted(prepared.subject_rows, np.arange(len(prepared))).tolist()
        homes = np.array([self._ledgers.home(prepared.subjects[first]) for first in firsts])
        return [(shard, prepared.select(homes == shard)) for shard in self._seen if (homes == shard).any()]
