"""The shard: prepared messages go in, and everything that follows from them is written in one transaction.

Ledger rows and their leaves in the transparency log, both indexes, follow-ups, judgements, clues,
notices, due dates, quarantine and the batch row are committed together or not at all. The same
code runs on one machine and behind Kafka; only the feed differs.

A judgement may have a message for other subjects (a follow-up). Follow-ups are recorded and judged
in rounds, until there are none. Each round has a batch row of its own, and all rounds of one
transaction have the same time. A rebuild reads the batch rows and so meets the same rounds.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import numpy as np
from sqlalchemy import Connection

from domain.errors import MonitorError
from domain.evidence.recorded import retracted
from projections import batches
from projections.judging import Judgement, Judgements, Positions
from streams.intake.own_facts import prepare_own
from streams.intake.prepared import FieldError, PreparedBatch, Refusal, as_said
from streams.intake.quarantine import Quarantine
from streams.shard.commit_log import CommitLog, Tally
from streams.shard.deduplication import split
from streams.shard.derivation import Derivation
from streams.shard.ledger_row import Streams, stream_of
from streams.shard.ports import Alone, Database, Identities, Log, Recorder, Routing
from streams.shard.reach import Reach
from streams.shard.states_read import corrected_facts, opened_lots

T = TypeVar("T")

_TICK = timedelta(microseconds=1)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_CONFLICT = FieldError("id", "conflict", "another message was recorded under this source and id")


class ContradictsItself(MonitorError):
    """A follow-up has the id of an earlier one and another content.

    Ids of follow-ups are derived from their cause, so this is a defect of a case kind.
    """

    def __init__(self, follow_up_id: str) -> None:
        super().__init__(f"follow-up {follow_up_id} was said otherwise before")
        self.follow_up_id = follow_up_id


class Overtaken(MonitorError):
    """Another writer has written to this database since our last commit.

    Nothing was recorded. The next call first reads what the other writer has written.
    """


@dataclass(slots=True)
class CommitResult:
    """What was done with one prepared batch, after the commit.

    ``quarantined`` pairs each refusal with its quarantine id. ``judgements`` are those of ``lots``,
    the lots that the batch is about. ``opened`` are those whose opening is in the batch, also where it had
    been recorded before.
    """

    accepted: int = 0
    duplicates: int = 0
    quarantined: list[tuple[Refusal, str]] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)
    lots: frozenset[str] = frozenset()
    opened: frozenset[str] = frozenset()


WithinCommit = Callable[[Connection, Sequence[CommitResult], datetime], None]
"""Writes into the transaction of the batch: connection, one result for each batch, moment of recording."""


@dataclass(slots=True)
class _Batch:
    """One transaction while it runs; ``number`` and ``position`` are those of its last round."""

    connection: Connection
    recorded_at: datetime
    told_through: datetime | None
    number: int
    position: int
    tally: Tally


class Shard:
    """One writer's view of one database. Not thread-safe: one thread owns it.

    ``clock`` returns an aware datetime. What the parts hold in memory is brought back to the last
    commit when a transaction fails.
    """

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        identities: Identities,
        quarantine: Quarantine,
        derivation: Derivation,
        log: Log,
        clock: Callable[[], datetime],
        routing: Routing = Alone(),  # noqa: B008 - it holds nothing
        commit_log: CommitLog | None = None,
        reach: Reach | None = None,
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._identities = identities
        self._quarantine = quarantine
        self._derivation = derivation
        self._log = log
        self._clock = clock
        self._routing = routing
        self._commit_log = commit_log or CommitLog()
        self._reach = reach
        self._batch = 0
        self._position = 0
        self._recorded_at = _LONG_AGO
        self._streams = Streams()
        self._sound = True
        self._unsaved: list[tuple[str, str, bytes]] = []
        self._load()

    def commit(self, work: Sequence[PreparedBatch], *, within_commit: WithinCommit | None = None) -> list[CommitResult]:
        """Record ``work``, all that follows from it, and what ``within_commit`` writes, in one transaction.

        Raises :class:`Overtaken`, or what the database raises; then nothing was recorded.
        """
        # Intake seals the identity of a person once and does not send it again. If this batch fails,
        # its identities must be saved with the next one.
        self._unsaved.extend(identity for prepared in work for identity in prepared.identities)
        with self._transaction() as batch:
            self._identities.keep(batch.connection, self._unsaved)
            receipts = [self._record(batch, prepared) for prepared in work]
            if within_commit is not None:
                within_commit(batch.connection, receipts, batch.recorded_at)
            judgements = self._judge(batch)
            for receipt in receipts:
                receipt.judgements = [each for each in judgements if each.lot in receipt.lots]
        self._unsaved.clear()
        return receipts

    def let_time_pass(self) -> bool:
        """Judge the case groups whose due date has come, and tell what need wait no longer; True if there was any."""
        self._recover()
        now = self._clock()
        due = self.next_due is not None and self.next_due <= now
        if not due and not self._has_to_tell(now):
            return False
        self.commit([])
        return True

    def _has_to_tell(self, now: datetime) -> bool:
        since, through = self.waiting_since, self._told_through(now)
        return since is not None and (through is None or since <= through)

    def _told_through(self, now: datetime) -> datetime | None:
        return self._reach.told_through(now) if self._reach is not None else None

    @property
    def waiting_since(self) -> datetime | None:
        """Since when notices wait for data; None where none does."""
        return self._derivation.waiting_since

    def decide(
        self, command: Callable[[Connection, datetime], T], *, identities: Sequence[tuple[str, str, bytes]] = ()
    ) -> T:
        """Run a person's ``command`` in a batch of its own; returns what it returns and raises what it raises.

        ``identities`` keep what the person wrote.
        """
        with self._transaction() as batch:
            result = command(batch.connection, batch.recorded_at)
            self._identities.keep(batch.connection, identities)
            self._judge(batch)
        return result

    def adopt(self, rules: PreparedBatch) -> None:
        """Record by which rules every case is judged from now on, and judge the first of them.

        It stays in this shard: each adopts rules at a moment of its own. The rest is due at once.
        """
        with self._transaction() as batch:
            self._derivation.index(batch.connection, rules, self._append_rows(batch, rules))
            self._judge(batch)

    @property
    def left_to_judge_anew(self) -> int:
        """How many case groups still wait to be judged by the rules adopted last."""
        return self._derivation.left_to_judge_anew

    @property
    def next_due(self) -> datetime | None:
        """The next moment at which a finding may change although nothing was recorded."""
        return self._derivation.next_due

    @property
    def settling(self) -> list[datetime]:
        """When each of the case groups is judged that wait until nothing more comes; ascending."""
        return self._derivation.settling

    @contextmanager
    def _transaction(self) -> Iterator[_Batch]:
        self._recover()
        self._sound = False
        self._commit_log.begin()
        with self._database.transaction() as connection:
            batches.take_writer_lock(connection)
            if batches.last(connection)[0] != self._batch:
                raise Overtaken
            # Moments of recording ascend strictly, even when the clock goes back: ``known_at`` is
            # translated into a batch by this moment.
            recorded_at = max(self._clock(), self._recorded_at + _TICK)
            through = self._told_through(recorded_at)
            batch = _Batch(connection, recorded_at, through, self._batch, self._position, Tally())
            yield batch
            self._log.append(connection, batch.position)
        entries = batch.position - self._position
        self._batch, self._position, self._recorded_at = batch.number, batch.position, batch.recorded_at
        self._derivation.committed()
        self._identities.committed()
        self._log.committed()
        self._sound = True
        self._commit_log.committed(batch.number, entries, batch.tally)

    def _recover(self) -> None:
        """Bring memory back to the last commit after a failure.

        This happens before the next transaction and not at once, because the database itself may
        have failed. A commit whose answer was lost may have succeeded: then the batch number in the
        database is ahead of ours, and everything is read anew.
        """
        if self._sound:
            return
        with self._database.transaction() as connection:
            batches.take_writer_lock(connection)
            batch, _, _ = batches.last(connection)
            if batch == self._batch:
                self._derivation.rolled_back(connection)
                self._identities.rolled_back()
                self._log.rolled_back()
        if batch != self._batch:
            self._load()
        self._streams = Streams()
        self._sound = True

    def _load(self) -> None:
        """Read from the database what is held in memory."""
        with self._database.transaction() as connection:
            batches.take_writer_lock(connection)
            batch, position, recorded_at = batches.last(connection)
            self._derivation.load(connection)
            self._identities.load(connection)
            self._log.load(connection)
        self._batch, self._position, self._recorded_at = batch, position, recorded_at or _LONG_AGO

    def _record(self, batch: _Batch, prepared: PreparedBatch) -> CommitResult:
        ours = self._routing.forward(batch.connection, prepared, batch.recorded_at)
        found = split(batch.connection, ours, self._derivation.seen, self._recorder)
        new = ours if found.new.all() else ours.select(found.new)
        receipt = CommitResult(
            len(prepared) - len(ours) + len(new), len(found.duplicates), lots=self._append(batch, new)
        )
        conflicts = [_conflict(ours, row) for row in found.conflicts]
        refused = {conflict.index for conflict in conflicts}
        # What could not be read of a message that is not recorded either is told by the conflict.
        taken = [each for each in prepared.refusals if not (each.partial and each.index in refused)]
        refusals = [*taken, *conflicts]
        receipt.opened = opened_lots(ours, without=found.conflicts)
        receipt.quarantined = self._quarantine.put(batch.connection, refusals, batch.recorded_at)
        batch.tally.accepted += receipt.accepted
        batch.tally.duplicates += receipt.duplicates
        batch.tally.refused += sum(not refusal.partial for refusal in refusals)
        corrected = {*corrected_facts(new), *(self._corrected_before(batch, receipt) if taken else ())}
        self._quarantine.corrected(batch.connection, corrected, batch.recorded_at)
        return receipt

    def _corrected_before(self, batch: _Batch, receipt: CommitResult) -> Iterator[tuple[str, str]]:
        """The facts of the lots of a batch that were taken back, maybe before they came."""
        if any(refusal.partial for refusal, _ in receipt.quarantined):
            facts = (fact for lot in receipt.lots for fact in self._derivation.lot(batch.connection, lot))
            yield from filter(None, map(retracted, facts))

    def _judge(self, batch: _Batch) -> list[Judgement]:
        """Judge the case groups that the batch touches, record the follow-ups, and repeat until there are none."""
        judged: dict[str, Sequence[Judgement]] = {}
        while True:
            found = self._derivation.judge(batch.connection, batch.recorded_at, batch.told_through)
            self._derivation.tell(batch.connection, batch.recorded_at)
            judged |= found
            batch.tally.judged += len(found)
            self._end_round(batch)
            follow_ups = self._unsaid(batch, found)
            if not len(follow_ups):
                return [each for said in judged.values() for each in said]
            self._append(batch, follow_ups)

    def _end_round(self, batch: _Batch) -> None:
        first, batch.position = batch.position + 1, self._recorder.last_position(batch.connection)
        batch.number += 1
        batches.add(batch.connection, batch.number, (first, batch.position), batch.recorded_at, batch.told_through)

    def _unsaid(self, batch: _Batch, judged: Judgements) -> PreparedBatch:
        """The follow-ups that are not in the ledger yet, each once, although several judgements may give it."""
        follow_ups = prepare_own(each.row() for said in judged.values() for one in said for each in one.follow_ups)
        if not len(follow_ups):
            return follow_ups
        found = split(batch.connection, follow_ups, self._derivation.seen, self._recorder)
        if found.conflicts:
            raise ContradictsItself(follow_ups.ids[found.conflicts[0]])
        return follow_ups.select(found.new)

    def _append(self, batch: _Batch, facts: PreparedBatch) -> frozenset[str]:
        """Append ``facts``, then their follow-ups, until there are none; returns the lots they touch."""
        touched: frozenset[str] = frozenset()
        while len(facts):
            connection, at = batch.connection, batch.recorded_at
            self._routing.copy(connection, facts, at)
            positions = self._append_rows(batch, facts)
            lots = self._derivation.index(connection, facts, positions)
            registered = self._derivation.new_leads.registered(connection, facts, positions)
            self._routing.tell_all(connection, registered, at)
            touched |= lots
            facts = self._follow_ups(batch, lots)
        return touched

    def _append_rows(self, batch: _Batch, facts: PreparedBatch) -> Positions:
        for source in self._streams.unknown(facts.sources):
            self._streams.know(source, self._recorder.last_version(batch.connection, stream_of(source)))
        rows = self._streams.rows(facts, batch.recorded_at)
        first = self._recorder.append_rows(batch.connection, rows)
        telling = [facts.states[row] for row in facts.telling]
        self._derivation.hear(batch.connection, facts.sources, telling, batch.recorded_at)
        return np.arange(first, first + len(rows), dtype=np.int64)

    def _follow_ups(self, batch: _Batch, lots: Iterable[str]) -> PreparedBatch:
        found = [each for lot in sorted(lots) for each in self._derivation.follow_ups(batch.connection, lot)]
        return prepare_own(follow_up.row() for follow_up in found)


def _conflict(prepared: PreparedBatch, row: int) -> Refusal:
    said = as_said(prepared.states[row])
    return Refusal(prepared.indices[row], prepared.ids[row], prepared.sources[row], (_CONFLICT,), said)
