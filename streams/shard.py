"""The shard: prepared messages in, everything that follows from them out, in one transaction.

Ledger rows, both indexes, follow-ups, judging, clues, notices, due dates, quarantine and
the batch row are committed together or not at all. The same code runs on one machine and
behind Kafka; only the feed differs.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

import numpy as np
from sqlalchemy import Connection

from projections import batches
from projections.judgement import Judgement
from projections.judging import Positions
from projections.recorded_facts import Ledger
from streams.deduplication import split
from streams.derivation import Derivation
from streams.follow_ups import outstanding
from streams.intake import FieldError, PreparedBatch, Refusal, as_said, prepare_inside
from streams.ledger_row import Row, Streams, stream_of
from streams.quarantine import Quarantine

T = TypeVar("T")

_TICK = timedelta(microseconds=1)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_CONFLICT = FieldError("id", "conflict", "another message was recorded under this source and id")


class Database(Protocol):
    def transaction(self) -> AbstractContextManager[Connection]: ...


class Recorder(Ledger, Protocol):
    """What the shard needs of the recorder; positions are 1, 2, 3 … without gaps."""

    def append_rows(self, connection: Connection, rows: Sequence[Row]) -> int: ...

    def last_version(self, connection: Connection, originator_id: Any) -> int: ...

    def last_position(self, connection: Connection) -> int: ...


class Identities(Protocol):
    """Where sealed identities are kept, beside the ledger."""

    def keep(self, connection: Connection, rows: Sequence[tuple[str, str, bytes]]) -> None: ...


@dataclass(slots=True)
class Receipt:
    """What became of one prepared batch; ``quarantined`` pairs each refusal with its quarantine id."""

    accepted: int = 0
    duplicates: int = 0
    quarantined: list[tuple[Refusal, str]] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)
    lots: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Batch:
    """One transaction while it runs."""

    connection: Connection
    recorded_at: datetime


class Shard:
    """One writer's view of one database. Not thread-safe: one thread owns it.

    ``clock`` returns an aware datetime. What is held in memory follows the transaction.
    Intake hands in an identity once: those of a failed batch are kept with the next.
    """

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        identities: Identities,
        quarantine: Quarantine,
        derivation: Derivation,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._identities = identities
        self._quarantine = quarantine
        self._derivation = derivation
        self._clock = clock
        self._batch = 0
        self._position = 0
        self._recorded_at = _LONG_AGO
        self._streams = Streams()
        self._sound = True
        self._unsaved: list[tuple[str, str, bytes]] = []
        self._load()

    def commit(self, work: Sequence[PreparedBatch]) -> list[Receipt]:
        """Record ``work`` and all that follows from it."""
        self._unsaved.extend(identity for prepared in work for identity in prepared.identities)
        with self._transaction() as batch:
            self._identities.keep(batch.connection, self._unsaved)
            receipts = [self._record(batch, prepared) for prepared in work]
            judgements = self._derivation.judge(batch.connection, batch.recorded_at)
            for receipt in receipts:
                receipt.judgements = [each for each in judgements if each.lot in receipt.lots]
        self._unsaved.clear()
        return receipts

    def let_time_pass(self) -> bool:
        """Judge whoever is due; True if somebody was."""
        self._recover()
        if self.next_due is None or self.next_due > self._clock():
            return False
        self.commit([])
        return True

    def decide(self, command: Callable[[Connection, datetime], T]) -> T:
        """Run a person's decision about a clue in a batch of its own."""
        with self._transaction() as batch:
            result = command(batch.connection, batch.recorded_at)
            self._derivation.judge(batch.connection, batch.recorded_at)
        return result

    @property
    def next_due(self) -> datetime | None:
        """When time alone may change a finding."""
        return self._derivation.next_due

    @contextmanager
    def _transaction(self) -> Iterator[_Batch]:
        self._recover()
        self._sound = False
        with self._database.transaction() as connection:
            batch = _Batch(connection, max(self._clock(), self._recorded_at + _TICK))
            yield batch
            last_position = self._recorder.last_position(connection)
            batches.add(connection, self._batch + 1, self._position + 1, last_position, batch.recorded_at)
        self._batch, self._position, self._recorded_at = self._batch + 1, last_position, batch.recorded_at
        self._derivation.committed()
        self._sound = True

    def _recover(self) -> None:
        """After a failure: as committed, which a commit that was not answered may have been after all.

        Not at once, for the database may be what failed.
        """
        if self._sound:
            return
        with self._database.transaction() as connection:
            batch, _, _ = batches.last(connection)
            if batch == self._batch:
                self._derivation.rolled_back(connection)
        if batch != self._batch:
            self._load()
        self._streams = Streams()
        self._sound = True

    def _load(self) -> None:
        """Read from the database what is held in memory."""
        with self._database.transaction() as connection:
            batch, position, recorded_at = batches.last(connection)
            self._derivation.load(connection)
        self._batch, self._position, self._recorded_at = batch, position, recorded_at or _LONG_AGO

    def _record(self, batch: _Batch, prepared: PreparedBatch) -> Receipt:
        found = split(batch.connection, prepared, self._derivation.seen, self._recorder)
        new = prepared if found.new.all() else prepared.select(found.new)
        receipt = Receipt(accepted=len(new), duplicates=len(found.duplicates), lots=self._append(batch, new))
        refusals = [*prepared.refusals, *(_conflict(prepared, row) for row in found.conflicts)]
        receipt.quarantined = self._quarantine.put(batch.connection, refusals, batch.recorded_at)
        return receipt

    def _append(self, batch: _Batch, facts: PreparedBatch) -> frozenset[str]:
        """Append ``facts``, then what follows from them, until nothing follows; the lots touched."""
        touched: frozenset[str] = frozenset()
        while len(facts):
            lots = self._derivation.index(batch.connection, facts, self._append_rows(batch, facts))
            touched |= lots
            facts = self._follow_ups(batch, lots)
        return touched

    def _append_rows(self, batch: _Batch, facts: PreparedBatch) -> Positions:
        for source in self._streams.unknown(facts.sources):
            self._streams.know(source, self._recorder.last_version(batch.connection, stream_of(source)))
        rows = self._streams.rows(facts, batch.recorded_at)
        first = self._recorder.append_rows(batch.connection, rows)
        return np.arange(first, first + len(rows), dtype=np.int64)

    def _follow_ups(self, batch: _Batch, lots: Iterable[str]) -> PreparedBatch:
        facts = {lot: self._derivation.lot(batch.connection, lot) for lot in sorted(lots)}
        return prepare_inside(follow_up.row() for lot in facts for follow_up in outstanding(lot, facts[lot]))


def _conflict(prepared: PreparedBatch, row: int) -> Refusal:
    said = as_said(prepared.states[row])
    return Refusal(prepared.indices[row], prepared.ids[row], prepared.sources[row], (_CONFLICT,), said)
