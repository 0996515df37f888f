"""The shard: prepared messages go in, and everything that follows from them is written in one transaction.

Ledger rows and their leaves in the transparency log, both indexes, follow-ups, judgements, clues,
notices, due dates, quarantine and the batch row are committed together or not at all. The same
code runs on one machine and behind Kafka; only the feed differs.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection

from domain.errors import MonitorError
from projections import batches
from streams.intake.prepared import PreparedBatch
from streams.intake.quarantine import Quarantine
from streams.shard.commit_log import CommitLog, Tally
from streams.shard.derivation import Derivation
from streams.shard.permissions import Permissions
from streams.shard.ports import Alone, Confirmations, Database, Identities, Log, NothingToConfirm, Recorder, Routing
from streams.shard.reach import Reach
from streams.shard.recording import Batch, CommitResult, Recording

T = TypeVar("T")

_TICK = timedelta(microseconds=1)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Overtaken(MonitorError):
    """Another writer has written to this database since our last commit.

    Nothing was recorded. The next call first reads what the other writer has written.
    """


WithinCommit = Callable[[Connection, Sequence[CommitResult], datetime], None]
"""Writes into the transaction of the batch: connection, one result for each batch, moment of recording."""


class Shard:
    """One writer's view of one database. Not thread-safe: one thread owns it.

    ``clock`` returns an aware datetime, or raises CannotRecord where it is doubted: then nothing is recorded. What the
    parts hold in memory is brought back to the last commit when a transaction fails.
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
        confirmations: Confirmations = NothingToConfirm(),  # noqa: B008 - it holds nothing
    ) -> None:
        self._confirmations = confirmations
        self._database = database
        self._identities = identities
        self._derivation = derivation
        self._log = log
        self._clock = clock
        self._commit_log = commit_log or CommitLog()
        self._reach = reach
        self._permissions = Permissions()
        self._batch = 0
        self._position = 0
        self._recorded_at = _LONG_AGO
        self._recording = Recording(recorder, quarantine, derivation, routing)
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
            permitted = [self._permissions.checked(prepared, batch.recorded_at) for prepared in work]
            receipts = [self._recording.record(batch, prepared) for prepared in permitted]
            if within_commit is not None:
                within_commit(batch.connection, receipts, batch.recorded_at)
            judgements = self._recording.judge(batch)
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
            # It may have changed the registry; that is a short table.
            self._permissions.load(batch.connection)
            self._identities.keep(batch.connection, identities)
            self._recording.judge(batch)
        return result

    def adopt(self, rules: PreparedBatch) -> None:
        """Record by which rules every case is judged from now on, and judge the first of them.

        It stays in this shard: each adopts rules at a moment of its own. The rest is due at once.
        """
        with self._transaction() as batch:
            self._recording.index(batch, rules)
            self._recording.judge(batch)

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
    def _transaction(self) -> Iterator[Batch]:
        self._recover()
        # From here on memory may run ahead of the database. It counts as sound again only after the commit, because
        # the commit itself may fail too, or its answer be lost.
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
            batch = Batch(connection, recorded_at, through, self._batch, self._position, Tally())
            for said in self._confirmations.pending():
                self._recording.index(batch, said)
            yield batch
            # Last, when all rows are there: one signed checkpoint covers the whole transaction.
            self._log.append(connection, batch.position)
        entries = batch.position - self._position
        self._batch, self._position, self._recorded_at = batch.number, batch.position, batch.recorded_at
        self._derivation.committed()
        self._identities.committed()
        self._log.committed()
        self._confirmations.committed()
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
                self._permissions.load(connection)
                self._identities.rolled_back()
                self._log.rolled_back()
        if batch != self._batch:
            self._load()
        self._recording.rolled_back()
        self._sound = True

    def _load(self) -> None:
        """Read from the database what is held in memory."""
        with self._database.transaction() as connection:
            batches.take_writer_lock(connection)
            batch, position, recorded_at = batches.last(connection)
            self._derivation.load(connection)
            self._permissions.load(connection)
            self._identities.load(connection)
            self._log.load(connection)
        self._batch, self._position, self._recorded_at = batch, position, recorded_at or _LONG_AGO
