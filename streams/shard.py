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

from domain.facts.corrections import FactCorrected
from domain.facts.fact import FactData
from projections import batches, due_dates, lot_board
from projections.hot_subjects import HotSubjects
from projections.judging import Judgement, Judging, Touched
from projections.recorded_facts import KIND_CODES, Ledger, SubjectFacts
from projections.subject_index import SeenIndex, SubjectIndex, keys_of
from streams.corrections import CORRECTION_CODE, Corrections
from streams.deduplication import split
from streams.follow_ups import CAUSING_KINDS, outstanding, standing_of_lot
from streams.intake import FieldError, PreparedBatch, Refusal, prepare_inside
from streams.ledger_row import Row, Streams, stream_of
from streams.quarantine import Quarantine

Positions = np.ndarray[Any, np.dtype[np.int64]]
T = TypeVar("T")

_CAUSING_CODES = np.array(
    [KIND_CODES[kind] for kind in (*CAUSING_KINDS, FactCorrected.KIND)], dtype=np.uint8
)
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


@dataclass(slots=True)
class _Commit:
    """One transaction while it runs."""

    connection: Connection
    recorded_at: datetime
    touched: list[Touched] = field(default_factory=list)


class Shard:
    """One writer's view of one database. Not thread-safe: one thread owns it.

    ``clock`` returns an aware datetime. What is held in memory follows the transaction:
    after a failure it is read anew.
    """

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        identities: Identities,
        quarantine: Quarantine,
        judging: Callable[[SubjectFacts], Judging],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._identities = identities
        self._quarantine = quarantine
        self._clock = clock
        self._subjects = SubjectIndex()
        self._seen = SeenIndex()
        self._hot = HotSubjects(self._subjects)
        self._facts = SubjectFacts(self._hot, recorder)
        self._corrections = Corrections(self._facts, self._seen)
        self._judging = judging(self._facts)
        self._batch = 0
        self._position = 0
        self._recorded_at = _LONG_AGO
        self._next_due: datetime | None = None
        self._streams = Streams()
        self._load()

    def commit(self, work: Sequence[PreparedBatch]) -> list[Receipt]:
        """Record ``work`` and all that follows from it."""
        with self._transaction() as commit:
            receipts = [self._record(commit, batch) for batch in work]
            judgements = self._judge(commit)
            for receipt in receipts:
                receipt.judgements = [each for each in judgements if each.lot in receipt.lots]
        return receipts

    def let_time_pass(self) -> None:
        """Judge whoever is due; does nothing while nobody is."""
        if self._next_due is not None and self._next_due <= self._clock():
            self.commit([])

    def decide(self, command: Callable[[Connection, datetime], T]) -> T:
        """Run a person's decision about a clue in a batch of its own."""
        with self._transaction() as commit:
            return command(commit.connection, commit.recorded_at)

    @property
    def next_due(self) -> datetime | None:
        """When time alone may change a finding."""
        return self._next_due

    @contextmanager
    def _transaction(self) -> Iterator[_Commit]:
        try:
            with self._database.transaction() as connection:
                commit = _Commit(connection, max(self._clock(), self._recorded_at + _TICK))
                yield commit
                last_position = self._recorder.last_position(connection)
                batches.add(connection, self._batch + 1, self._position + 1, last_position, commit.recorded_at)
                next_due = due_dates.earliest(connection)
        except BaseException:
            self._load()
            raise
        self._batch, self._position, self._recorded_at = self._batch + 1, last_position, commit.recorded_at
        self._next_due = next_due
        self._subjects.commit()
        self._seen.commit()

    def _load(self) -> None:
        """Read from the database what is held in memory."""
        with self._database.transaction() as connection:
            self._batch, self._position, recorded_at = batches.last(connection)
            self._recorded_at = recorded_at or _LONG_AGO
            self._next_due = due_dates.earliest(connection)
            self._streams = Streams()
            self._subjects.open(connection)
            self._seen.open(connection)
            self._hot.forget()
            self._facts.forget()
            self._corrections.load(connection)
            self._judging.load(connection)

    def _record(self, commit: _Commit, batch: PreparedBatch) -> Receipt:
        self._identities.keep(commit.connection, batch.identities)
        found = split(commit.connection, batch, self._seen, self._recorder)
        new = batch if found.new.all() else batch.select(found.new)
        receipt = Receipt(accepted=len(new), duplicates=len(found.duplicates))
        receipt.lots = self._append(commit, new)
        refusals = [*batch.refusals, *(_conflict(batch, row) for row in found.conflicts)]
        receipt.quarantined = self._quarantine.put(commit.connection, refusals, commit.recorded_at)
        return receipt

    def _append(self, commit: _Commit, batch: PreparedBatch) -> frozenset[str]:
        """Append ``batch``, then what follows from it, until nothing follows; the lots it touched."""
        touched: frozenset[str] = frozenset()
        while len(batch):
            positions = self._append_rows(commit, batch)
            lots = self._index(commit, batch, positions)
            touched |= lots
            batch = self._follow_ups(commit, lots)
        return touched

    def _append_rows(self, commit: _Commit, batch: PreparedBatch) -> Positions:
        for source in self._streams.unknown(batch.sources):
            self._streams.know(source, self._recorder.last_version(commit.connection, stream_of(source)))
        rows = self._streams.rows(batch, commit.recorded_at)
        first = self._recorder.append_rows(commit.connection, rows)
        return np.arange(first, first + len(rows), dtype=np.int64)

    def _index(self, commit: _Commit, batch: PreparedBatch, positions: Positions) -> frozenset[str]:
        """Index a batch and its corrections; the lots it touched."""
        connection = commit.connection
        self._seen.append(connection, batch.seen_keys, positions)
        links = self._corrections.link(connection, batch, positions)
        keys = np.concatenate([batch.subject_keys, keys_of(links.subjects)])
        where = np.concatenate([positions[batch.subject_rows], np.array(links.positions, dtype=np.int64)])
        kinds = np.concatenate(
            [batch.kinds[batch.subject_rows], np.full(len(links.positions), CORRECTION_CODE, dtype=np.uint8)]
        )
        self._subjects.add(connection, keys, where, kinds)
        self._hot.touched(keys.tolist())
        commit.touched.append(Touched(keys, where, kinds))
        return frozenset((*_lots_among(links.subjects), *self._lots_of(connection, batch, positions)))

    def _lots_of(self, connection: Connection, batch: PreparedBatch, positions: Positions) -> Iterator[str]:
        causing = positions[np.isin(batch.kinds, _CAUSING_CODES)]
        for fact in self._facts.at(connection, causing.tolist()):
            yield from _lots_among(fact.data.subjects)

    def _follow_ups(self, commit: _Commit, lots: Iterable[str]) -> PreparedBatch:
        rows: list[tuple[str, str, FactData, dict[str, Any]]] = []
        for lot in sorted(lots):
            facts = self._facts.of(commit.connection, lot)
            rows.extend(follow_up.row() for follow_up in outstanding(lot, facts))
            lot_board.put(commit.connection, lot, standing_of_lot(lot, facts))
        return prepare_inside(rows)

    def _judge(self, commit: _Commit) -> list[Judgement]:
        due = due_dates.pop(commit.connection, commit.recorded_at)
        return self._judging.judge(commit.connection, Touched.joined(commit.touched), due, commit.recorded_at)


def _lots_among(subjects: Iterable[str]) -> Iterator[str]:
    return (subject for subject in subjects if subject.startswith("lot:"))


def _conflict(batch: PreparedBatch, row: int) -> Refusal:
    return Refusal(batch.indices[row], batch.ids[row], batch.sources[row], (_CONFLICT,), batch.states[row])
