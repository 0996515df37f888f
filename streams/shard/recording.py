"""What one transaction of a shard writes: messages, what follows from them, and what is judged of it, in rounds.

A judgement may have a message for other subjects (a follow-up). Follow-ups are recorded and judged
in rounds, until there are none. Each round has a batch row of its own, and all rounds of one
transaction have the same time. A rebuild reads the batch rows and so meets the same rounds.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from sqlalchemy import Connection

from domain.errors import MonitorError
from domain.evidence.recorded import retracted
from projections import batches
from projections.judging import Judgement, Judgements, Positions
from streams.intake.own_facts import prepare_own
from streams.intake.prepared import FieldError, PreparedBatch, Refusal, as_said
from streams.intake.quarantine import Quarantine
from streams.shard.commit_log import Tally
from streams.shard.deduplication import split
from streams.shard.derivation import Derivation
from streams.shard.ledger_row import Streams, stream_of
from streams.shard.ports import Recorder, Routing
from streams.shard.states_read import corrected_facts, opened_lots

_CONFLICT = FieldError("id", "conflict", "another message was recorded under this source and id")


class ContradictsItself(MonitorError):
    """A follow-up has the id of an earlier one and another content.

    Ids of follow-ups are derived from their cause, so this is a defect of a case kind.
    """

    def __init__(self, follow_up_id: str) -> None:
        super().__init__(f"follow-up {follow_up_id} was said otherwise before")
        self.follow_up_id = follow_up_id


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


@dataclass(slots=True)
class Batch:
    """One transaction while it runs; ``number`` and ``position`` are those of its last round."""

    connection: Connection
    recorded_at: datetime
    told_through: datetime | None
    number: int
    position: int
    tally: Tally


class Recording:
    """Writes into the transactions of one shard; :meth:`rolled_back` after a failure."""

    def __init__(self, recorder: Recorder, quarantine: Quarantine, derivation: Derivation, routing: Routing) -> None:
        self._recorder = recorder
        self._quarantine = quarantine
        self._derivation = derivation
        self._routing = routing
        self._streams = Streams()

    def rolled_back(self) -> None:
        """Forget the numbers that were given to what was not committed."""
        self._streams = Streams()

    def record(self, batch: Batch, prepared: PreparedBatch) -> CommitResult:
        """Record what is new of ``prepared``, and put in quarantine what is refused; nothing is judged yet."""
        # What belongs to another shard alone is accepted too: it stands in the outbox, in this transaction. Whether it
        # is a duplicate is found there.
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

    def _corrected_before(self, batch: Batch, receipt: CommitResult) -> Iterator[tuple[str, str]]:
        """The facts of the lots of a batch that were taken back, maybe before they came."""
        if any(refusal.partial for refusal, _ in receipt.quarantined):
            facts = (fact for lot in receipt.lots for fact in self._derivation.lot(batch.connection, lot))
            yield from filter(None, map(retracted, facts))

    def index(self, batch: Batch, facts: PreparedBatch) -> frozenset[str]:
        """Record facts that stay in this shard, without what follows from them; returns the lots they touch."""
        return self._derivation.index(batch.connection, facts, self._append_rows(batch, facts))

    def judge(self, batch: Batch) -> list[Judgement]:
        """Judge the case groups that the batch touches, record the follow-ups, and repeat until there are none."""
        judged: dict[str, Sequence[Judgement]] = {}
        while True:
            found = self._derivation.judge(batch.connection, batch.recorded_at, batch.told_through)
            self._derivation.tell(batch.connection, batch.recorded_at)
            judged |= found
            batch.tally.judged += len(found)
            # The batch row is written before the follow-ups: a rebuild must judge at this place with what was known
            # here, and meets the follow-ups in the next round.
            self._end_round(batch)
            follow_ups = self._unsaid(batch, found)
            if not len(follow_ups):
                return [each for said in judged.values() for each in said]
            self._append(batch, follow_ups)

    def _end_round(self, batch: Batch) -> None:
        first, batch.position = batch.position + 1, self._recorder.last_position(batch.connection)
        batch.number += 1
        batches.add(batch.connection, batch.number, (first, batch.position), batch.recorded_at, batch.told_through)

    def _unsaid(self, batch: Batch, judged: Judgements) -> PreparedBatch:
        """The follow-ups that are not in the ledger yet, each once, although several judgements may give it."""
        follow_ups = prepare_own(each.row() for said in judged.values() for one in said for each in one.follow_ups)
        if not len(follow_ups):
            return follow_ups
        found = split(batch.connection, follow_ups, self._derivation.seen, self._recorder)
        if found.conflicts:
            raise ContradictsItself(follow_ups.ids[found.conflicts[0]])
        return follow_ups.select(found.new)

    def _append(self, batch: Batch, facts: PreparedBatch) -> frozenset[str]:
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

    def _append_rows(self, batch: Batch, facts: PreparedBatch) -> Positions:
        for source in self._streams.unknown(facts.sources):
            self._streams.know(source, self._recorder.last_version(batch.connection, stream_of(source)))
        # A rollback takes the rows back, but not the versions that were counted here: see rolled_back.
        rows = self._streams.rows(facts, batch.recorded_at)
        first = self._recorder.append_rows(batch.connection, rows)
        telling = [facts.states[row] for row in facts.telling]
        self._derivation.hear(batch.connection, facts.sources, telling, batch.recorded_at)
        return np.arange(first, first + len(rows), dtype=np.int64)

    def _follow_ups(self, batch: Batch, lots: Iterable[str]) -> PreparedBatch:
        found = [each for lot in sorted(lots) for each in self._derivation.follow_ups(batch.connection, lot)]
        return prepare_own(follow_up.row() for follow_up in found)


def _conflict(prepared: PreparedBatch, row: int) -> Refusal:
    said = as_said(prepared.states[row])
    return Refusal(prepared.indices[row], prepared.ids[row], prepared.sources[row], (_CONFLICT,), said)
