"""The book of clues: event-sourced aggregates in the same ledger as the facts they rest on."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from eventsourcing.application import Repository
from eventsourcing.domain import AggregateEvent
from eventsourcing.persistence import ApplicationRecorder, DatetimeAsISO, EventStore, JSONTranscoder, Mapper, UUIDAsHex
from sqlalchemy import Connection, select

from domain.access import Actor
from domain.clues.clue import COMMANDS, Clue
from domain.errors import NotFound
from projections.boards import clue_board
from projections.boards.clue_board import CLUES

CLUE_TOPIC_PREFIX: Final = "clue."
Happened = Sequence[tuple[Clue, AggregateEvent]]
"""Clues as their one event left them."""
Saved = Callable[[Connection, Happened], None]
"""Told, inside the transaction, what happened to clues."""


def pending(clues: Iterable[Clue]) -> Happened:
    """What is pending on the clues; one event each, at most."""
    return [(clue, event) for clue in clues for event in clue.collect_events() if isinstance(event, AggregateEvent)]


def clue_mapper() -> Mapper[UUID]:
    """How clue events are written to the ledger."""
    transcoder = JSONTranscoder()
    transcoder.register(DatetimeAsISO())
    transcoder.register(UUIDAsHex())
    return Mapper(transcoder)


class ClueBook:
    """Reads and writes clues within the shard's transaction; boards and notices follow at once."""

    def __init__(self, recorder: ApplicationRecorder, saved: Sequence[Saved] = ()) -> None:
        self._store: EventStore[UUID] = EventStore(clue_mapper(), recorder)
        self._repository: Repository[UUID] = Repository(self._store)
        self._saved = saved

    def get(self, clue_id: UUID, *, version: int | None = None) -> Clue:
        """As it is now, or as that event left it."""
        return self._repository.get(clue_id, version=version)

    def save(self, connection: Connection, clues: Sequence[Clue]) -> None:
        """Append what is pending on the clues, and bring their rows and notices in line."""
        happened = pending(clues)
        if not happened:
            return
        self._store.put([event for _, event in happened])
        clue_board.put(connection, [clue for clue, _ in happened])
        for saved in self._saved:
            saved(connection, happened)

    def command(
        self, connection: Connection, clue_id: UUID, verb: str, actor: Actor, reason: str | None, *, at: datetime
    ) -> None:
        """Carry out a person's decision; raises NotFound, NotEntitled or NotAllowed."""
        if connection.execute(select(CLUES.c.number).where(CLUES.c.clue_id == str(clue_id))).first() is None:
            raise NotFound("clue")
        clue = self.get(clue_id)
        COMMANDS[verb](clue, actor, reason, at=at)
        self.save(connection, [clue])
