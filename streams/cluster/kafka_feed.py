"""The Kafka feed of one shard: records each delivery once.

It runs in the shard's thread. The offsets of a batch are written in its transaction. So a record
that is delivered again, or by a worker that no longer owns the partition, changes nothing. If a
batch cannot be processed, it is halved until the message that is to blame is alone; that message
goes to the quarantine, and the others are recorded.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

import structlog
from eventsourcing import persistence
from sqlalchemy import Connection, exc
from structlog.contextvars import bound_contextvars
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from domain.errors import MonitorError
from streams.cluster.cloudevents_kafka import message_of, messages_of_bulk
from streams.cluster.dead_letters import DeadLetters, Refused
from streams.cluster.deadline import deadline
from streams.cluster.delivery import Delivery
from streams.cluster.offsets import Offsets
from streams.cluster.topics import Flow
from streams.cluster.trying_again import AWAY, GIVE_UP_SECONDS, while_away
from streams.intake.intake import Intake
from streams.intake.own_facts import prepare_forwarded
from streams.intake.prepared import FieldError, PreparedBatch, Refusal
from streams.intake.refusal_log import log_refusals
from streams.shard.shard import CommitResult, Shard

log = structlog.get_logger(__name__)

_TRACKED_TRIES: Final = 3
MOST_ISOLATED: Final = 100
"""Most messages of one batch that are set aside. If there are more, the program or its settings are wrong."""
_FAILED: Final = FieldError("", "processing_failed", "the message is sound, and processing it failed")
_TRACKED: Final = (exc.IntegrityError, persistence.IntegrityError)
"""The offsets stand in the database already: another worker has probably recorded these records."""


@dataclass(slots=True)
class Recorded:
    """What was done with a batch of deliveries, counted in events; ``isolated`` are part of ``refused``."""

    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    isolated: int = 0

    def add(self, receipt: CommitResult) -> None:
        self.accepted += receipt.accepted
        self.duplicates += receipt.duplicates
        self.refused += sum(not refusal.partial for refusal, _ in receipt.quarantined)

    def __add__(self, other: "Recorded") -> "Recorded":
        return Recorded(
            self.accepted + other.accepted,
            self.duplicates + other.duplicates,
            self.refused + other.refused,
            self.isolated + other.isolated,
        )


class TooMuchPoison(MonitorError):
    """More messages of one batch cannot be processed than may be set aside."""


class _Entry(NamedTuple):
    """One event of a delivery; ``ends`` on a record's last."""

    delivery: Delivery
    message: bytes
    ends: bool


class KafkaFeed:
    """Feeds one shard. Not thread-safe: the shard's thread owns it."""

    def __init__(
        self,
        shard: Shard,
        intake: Intake,
        offsets: Offsets,
        dead_letters: DeadLetters,
        *,
        transaction_seconds: float,
        give_up_seconds: float = GIVE_UP_SECONDS,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._shard = shard
        self._intake = intake
        self._offsets = offsets
        self._dead_letters = dead_letters
        self._transaction_seconds = transaction_seconds
        self._while_away = while_away(
            "tried_again", give_up_seconds=give_up_seconds, sleep=pause, first=self._offsets.forget
        )
        self._while_tracked = Retrying(
            retry=retry_if_exception_type(_TRACKED),
            stop=stop_after_attempt(_TRACKED_TRIES),
            before_sleep=lambda _: self._offsets.forget(),
            reraise=True,
        )

    def record(self, deliveries: Sequence[Delivery]) -> Recorded:
        """Record deliveries of one topic, in the order of their partitions.

        Raises what the database raises when it stays away for too long.
        """
        recorded = Recorded()
        with bound_contextvars(topic=deliveries[0].topic.name):
            self._commit(_entries(deliveries), recorded)
        return recorded

    def let_time_pass(self) -> bool:
        """Judge the case groups that are due; True if there were any."""
        with deadline(self._transaction_seconds, of="transaction"):
            return self._shard.let_time_pass()

    def _commit(self, entries: Sequence[_Entry], recorded: Recorded) -> None:
        try:
            self._while_away(self._while_tracked, self._commit_fresh, entries, recorded)
        except (TooMuchPoison, *AWAY):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, one message is to blame
            self._offsets.forget()
            self._isolate(entries, recorded, error)

    def _commit_fresh(self, entries: Sequence[_Entry], recorded: Recorded) -> None:
        with deadline(self._transaction_seconds, of="transaction"):
            fresh = [entry for entry in entries if self._offsets.fresh(entry.delivery)]
            if fresh:
                self._commit_together(fresh, recorded)

    def _commit_together(self, entries: Sequence[_Entry], recorded: Recorded) -> None:
        messages = [entry.message for entry in entries]
        inside = entries[0].delivery.topic.flow is Flow.INTERNAL
        self._commit_prepared(
            prepare_forwarded(messages) if inside else self._intake.prepare(messages), entries, recorded
        )

    def _commit_prepared(self, prepared: PreparedBatch, entries: Sequence[_Entry], recorded: Recorded) -> None:
        ended = [entry.delivery for entry in entries if entry.ends]

        def within_commit(connection: Connection, receipts: Sequence[CommitResult], at: datetime) -> None:
            self._offsets.advance(ended)
            refused = [Refused(entries[one.index].delivery, one, kept) for one, kept in receipts[0].quarantined]
            self._dead_letters.put(connection, refused, at)

        def where(refusal: Refusal) -> dict[str, Any]:
            came = entries[refusal.index].delivery
            return {"partition": came.partition, "offset": came.offset}

        (receipt,) = self._shard.commit([prepared], within_commit=within_commit)
        self._offsets.advanced(ended)
        log_refusals(receipt.quarantined, where)
        recorded.add(receipt)

    def _isolate(self, entries: Sequence[_Entry], recorded: Recorded, error: Exception) -> None:
        """Halve the batch until the message that is to blame is alone; record the others."""
        if len(entries) > 1:
            middle = len(entries) // 2
            self._commit(entries[:middle], recorded)
            self._commit(entries[middle:], recorded)
            return
        (entry,) = entries
        recorded.isolated += 1
        if recorded.isolated > MOST_ISOLATED:
            raise TooMuchPoison from error
        came = entry.delivery
        log.error(
            "message_isolated",
            error=type(error).__name__,
            partition=came.partition,
            offset=came.offset,
        )
        self._commit_prepared(self._refused(entry), entries, recorded)

    def _refused(self, entry: _Entry) -> PreparedBatch:
        """Nothing but the refusal of one message, under its own source and id as far as they can be read."""
        nothing = self._intake.prepare([])
        id = source = None
        try:
            prepared = self._intake.prepare([entry.message])
        except Exception:  # noqa: BLE001 - it may be the intake that fails on it
            prepared = nothing
        if len(prepared):
            id, source = prepared.ids[0], prepared.sources[0]
        return replace(nothing, refusals=[Refusal(0, id, source, (_FAILED,), entry.message)])


def _entries(deliveries: Sequence[Delivery]) -> list[_Entry]:
    entries: list[_Entry] = []
    for delivery in deliveries:
        if delivery.topic.bulk:
            messages = messages_of_bulk(delivery.value)
        else:
            messages = [message_of(delivery.headers, delivery.value)]
        last = len(messages) - 1
        entries += [_Entry(delivery, message, place == last) for place, message in enumerate(messages)]
    return entries
