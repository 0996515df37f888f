"""Answers to the records that somebody waits for, each once all of the record is recorded."""

from sqlalchemy import Connection

from streams.cluster.handed_in import Answering
from streams.cluster.record_events import Part
from streams.node.node import IngestReceipt
from streams.shard.recording import CommitResult


class Answers:
    """Of one shard. What was recorded of a record whose events were parted is kept until its last one."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._begun: dict[str, IngestReceipt] = {}
        self._uncommitted: dict[str, IngestReceipt] = {}

    def begin(self) -> None:
        """Of a transaction, also of one that is tried again."""
        self._uncommitted = {}

    def put(self, connection: Connection, part: Part, result: CommitResult) -> None:
        """In the transaction; ``part`` is of one record."""
        if part.handed_in is None:
            return
        answer_id, places = part.handed_in.answer_id, [event.place for event in part.events]
        receipt = IngestReceipt.of(result).at(places)
        if places[0]:
            receipt = self._begun.get(answer_id, IngestReceipt()).joined(receipt)
        if part.events[-1].ends:
            self._answering.answer(connection, answer_id, receipt)
        else:
            self._uncommitted[answer_id] = receipt

    def committed(self) -> None:
        self._begun = self._uncommitted
