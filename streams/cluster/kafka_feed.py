"""The Kafka feed of one shard: records each delivery once.

It runs in the shard's thread. The offsets of a batch are written in its transaction. So a record
that is delivered again, or by a worker that no longer owns the partition, changes nothing. If a
batch cannot be processed, it is halved until the message that is to blame is alone; that message
goes to the quarantine, and the others are recorded.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, Final, NamedTuple

import structlog
from eventsourcing import persistence
from sqlalchemy import Connection, exc
from structlog.contextvars import bound_contextvars
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from domain.errors import MonitorError
from domain.sources.bounds import Channel
from streams.cluster.answers import Answers
from streams.cluster.dead_letters import DeadLetters, Refused
from streams.cluster.deadline import deadline
from streams.cluster.delivery import Delivery
from streams.cluster.handed_in import Answering, NobodyWaits
from streams.cluster.offsets import Offsets
from streams.cluster.record_events import Event, Part, events_of, parts_of
from streams.cluster.signatures import NOT_SIGNED, Signatures
from streams.cluster.skipped_records import RecordPlace, spans
from streams.cluster.topic_kinds import of_topic
from streams.cluster.topics import Flow
from streams.cluster.trying_again import AWAY, GIVE_UP_SECONDS, while_away
from streams.intake.intake import Intake
from streams.intake.own_facts import prepare_forwarded
from streams.intake.prepared import FieldError, HandedIn, PreparedBatch, Refusal
from streams.intake.refusal_log import log_refusals
from streams.shard.reach import Reach
from streams.shard.recording import CommitResult
from streams.shard.shard import Shard

log = structlog.get_logger(__name__)

_TRACKED_TRIES: Final = 3
MOST_EVENTS: Final = 5_000
"""In one commit: a batch of records may hold many more, where the records are batches themselves."""
MOST_ISOLATED: Final = 100
"""Most messages of one batch that are set aside. If there are more, the program or its settings are wrong."""
_FAILED: Final = FieldError("", "processing_failed", "the message is sound, and processing it failed")
_SKIPPED: Final = FieldError("", "skipped", "an operator has told the workers to skip this record")
_TRACKED: Final = (exc.IntegrityError, persistence.IntegrityError)
"""The offsets stand in the database already: another worker has probably recorded these records."""


@dataclass(slots=True)
class Recorded:
    """What was done with a batch of deliveries, counted in events; ``isolated`` are part of ``refused``.

    ``notices_wait`` says whether the shard has notices that wait for data.
    """

    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    isolated: int = 0
    notices_wait: bool = False

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
            self.notices_wait or other.notices_wait,
        )


class Passed(NamedTuple):
    """Whether there was anything to do when time passed, and whether notices wait for data."""

    anything: bool = False
    notices_wait: bool = False


class TooMuchPoison(MonitorError):
    """More messages of one batch cannot be processed than may be set aside."""


class KafkaFeed:
    """Feeds one shard. Not thread-safe: the shard's thread owns it."""

    def __init__(
        self,
        shard: Shard,
        intake: Intake,
        offsets: Offsets,
        dead_letters: DeadLetters,
        signatures: Signatures,
        *,
        skipped: Collection[RecordPlace] = frozenset(),
        transaction_seconds: float,
        reach: Reach | None = None,
        answering: Answering = NobodyWaits(),  # noqa: B008 - it holds nothing
        give_up_seconds: float = GIVE_UP_SECONDS,
        most_events: int = MOST_EVENTS,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._shard = shard
        self._intake = intake
        self._offsets = offsets
        self._dead_letters = dead_letters
        self._signatures = signatures
        self._skipped = skipped
        self._reach = reach
        self._answering = answering
        self._answers = Answers(answering)
        self._transaction_seconds = transaction_seconds
        self._most_events = most_events
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
            for skips, part in groupby(deliveries, lambda delivery: RecordPlace.of(delivery) in self._skipped):
                if skips:
                    self._skip(list(part), recorded)
                else:
                    entries = events_of(part)
                    for begin in range(0, len(entries), self._most_events):
                        self._commit(entries[begin : begin + self._most_events], recorded)
        recorded.notices_wait = self._shard.waiting_since is not None
        return recorded

    def let_time_pass(self, complete_to: datetime | None = None) -> Passed:
        """Judge the case groups that are due, and tell what need wait no longer.

        All that lay in the topics at ``complete_to`` is recorded, by every shard.
        """
        if complete_to is not None and self._reach is not None:
            self._reach.complete(complete_to)
        with deadline(self._transaction_seconds, of="transaction"):
            passed = self._shard.let_time_pass()
        return Passed(passed, self._shard.waiting_since is not None)

    def _skip(self, deliveries: Sequence[Delivery], recorded: Recorded) -> None:
        for came in deliveries:
            self._while_away(self._while_tracked, self._commit_skipped, came, recorded)

    def _commit_skipped(self, came: Delivery, recorded: Recorded) -> None:
        if self._offsets.fresh(came):
            whole = [Event(came, came.value or b"", ends=True)]
            waited_for = self._answering.waits(came) is not None
            self._commit_refused(events_of([came]) if waited_for else whole, recorded, _SKIPPED)
            log.warning("record_skipped", partition=came.partition, offset=came.offset)

    def _commit(self, entries: Sequence[Event], recorded: Recorded) -> None:
        try:
            self._while_away(self._while_tracked, self._commit_fresh, entries, recorded)
        except (TooMuchPoison, *AWAY):
            # No message is to blame for a database that is away: setting messages aside would empty the topic into the
            # quarantine.
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, one message is to blame
            self._offsets.forget()
            self._isolate(entries, recorded, error)

    def _commit_fresh(self, entries: Sequence[Event], recorded: Recorded) -> None:
        records = spans(entry.delivery for entry in entries)
        with deadline(self._transaction_seconds, of="transaction", records=records):
            # Asked at each try anew: a commit whose answer was lost may have succeeded, and another worker may have
            # recorded these deliveries since.
            fresh = [entry for entry in entries if self._offsets.fresh(entry.delivery)]
            if fresh:
                self._commit_together(fresh, recorded)

    def _commit_together(self, entries: Sequence[Event], recorded: Recorded) -> None:
        self._commit_parts([(part, self._prepared(part)) for part in self._parts(entries)], recorded)

    def _parts(self, events: Sequence[Event]) -> list[Part]:
        return parts_of(events, self._answering, self._signatures)

    def _prepared(self, part: Part) -> PreparedBatch:
        if part.forged:
            return self._refusing(part.events, NOT_SIGNED)
        messages, topic, handed_in = (
            [event.message for event in part.events],
            part.events[0].delivery.topic,
            part.handed_in,
        )
        if topic.flow is Flow.INTERNAL:
            return replace(prepare_forwarded(messages), delivery_id=part.delivery_id)
        if handed_in is None:
            came = HandedIn(Channel.KAFKA, f"topic:{topic.name}", messages)
            return of_topic(topic, replace(self._intake.prepare(messages), handed_in=came))
        prepared = self._intake.prepare(messages, allowed_source=handed_in.allowed_source)
        came = HandedIn(Channel.HTTP, handed_in.by, messages)
        return of_topic(topic, replace(prepared, handed_in=came, delivery_id=part.delivery_id))

    def _commit_parts(self, parts: Sequence[tuple[Part, PreparedBatch]], recorded: Recorded) -> None:
        # Halving may part the events of one record: its offset moves only with its last event. What was recorded of it
        # before a failure is a duplicate when the record comes again.
        ended = [event.delivery for part, _ in parts for event in part.events if event.ends]

        def within_commit(connection: Connection, receipts: Sequence[CommitResult], at: datetime) -> None:
            self._offsets.advance(ended)
            self._answers.begin()
            for (part, _), receipt in zip(parts, receipts, strict=True):
                self._answers.put(connection, part, receipt)
                if part.handed_in is None:  # Who waits is answered, and needs no dead letter.
                    refused = [Refused(part.events[one.index].delivery, one, kept) for one, kept in receipt.quarantined]
                    self._dead_letters.put(connection, refused, at)

        receipts = self._shard.commit([prepared for _, prepared in parts], within_commit=within_commit)
        self._offsets.advanced(ended)
        self._answers.committed()
        for (part, _), receipt in zip(parts, receipts, strict=True):
            log_refusals(receipt.quarantined, partial(_place_in, part))
            recorded.add(receipt)

    def _isolate(self, entries: Sequence[Event], recorded: Recorded, error: Exception) -> None:
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
        self._commit_refused(entries, recorded, _FAILED, *self._names(entry))

    def _commit_refused(
        self,
        events: Sequence[Event],
        recorded: Recorded,
        why: FieldError,
        id: str | None = None,
        source: str | None = None,
    ) -> None:
        """Nothing but the refusal of ``events``, which are of one record."""
        (part,) = self._parts(events)
        self._commit_parts([(part, self._refusing(events, why, id, source))], recorded)

    def _refusing(
        self, events: Sequence[Event], why: FieldError, id: str | None = None, source: str | None = None
    ) -> PreparedBatch:
        refusals = [Refusal(place, id, source, (why,), event.message) for place, event in enumerate(events)]
        return replace(self._intake.prepare([]), refusals=refusals)

    def _names(self, entry: Event) -> tuple[str | None, str | None]:
        """The message's own id and source, as far as they can be read."""
        try:
            prepared = self._intake.prepare([entry.message])
        except Exception:  # noqa: BLE001 - it may be the intake that fails on it
            return None, None
        return (prepared.ids[0], prepared.sources[0]) if len(prepared) else (None, None)


def _place_in(part: Part, refusal: Refusal) -> dict[str, Any]:
    came = part.events[refusal.index].delivery
    return {"partition": came.partition, "offset": came.offset}
