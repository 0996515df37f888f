"""Decisions: event-sourced aggregates in the same ledger as the facts they rest on.

The library's application runs them: a command is checked against its aggregate, and the events
that follow are recorded in the shard's transaction, boards and notices with them. There are no
snapshots: a clue has fewer than ten events.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import AggregateEvent
from eventsourcing.persistence import ApplicationRecorder, DatetimeAsISO, JSONTranscoder, Mapper, UUIDAsHex
from eventsourcing.utils import Environment
from sqlalchemy import Connection, select

from domain.access import Actor
from domain.clues.clue import COMMANDS, Clue
from domain.errors import NotFound
from projections.boards import clue_board
from projections.boards.clue_board import CLUES

CLUE_TOPIC_PREFIX: Final = "clue."
Happened = Sequence[tuple[Clue, AggregateEvent]]
"""Clues as their one event left them."""
Follower = Callable[[Connection, Happened], object]
"""Told, inside the transaction, what happened to clues; what it returns is not looked at."""


def pending(clues: Iterable[Clue]) -> Happened:
    """What is pending on the clues; one event each, at most."""
    return [(clue, event) for clue in clues for event in clue.collect_events() if isinstance(event, AggregateEvent)]


def decision_mapper() -> Mapper[UUID]:
    """How the events of decisions are written to the ledger."""
    transcoder = JSONTranscoder()
    transcoder.register(DatetimeAsISO())
    transcoder.register(UUIDAsHex())
    return Mapper(transcoder)


class Decisions(Application[UUID]):
    """Runs commands on clues 线索; ``followers`` are told in the same transaction.

    Every method that writes joins the transaction its thread is in.
    """

    def __init__(self, recorder: ApplicationRecorder, followers: Sequence[Follower] = ()) -> None:
        self._given = recorder
        self._followers = followers
        super().__init__()

    def clue(self, clue_id: UUID, *, version: int | None = None) -> Clue:
        """The clue as it stands, or as its event of that ``version`` left it.

        Raises the library's ``AggregateNotFoundError``.
        """
        found: Clue = self.repository.get(clue_id, version=version)
        return found

    def record(self, connection: Connection, clues: Sequence[Clue]) -> None:
        """Append what is pending on the clues, and bring their rows and notices in line."""
        happened = pending(clues)
        if not happened:
            return
        self.save(*(event for _, event in happened))
        clue_board.put(connection, [clue for clue, _ in happened])
        for follower in self._followers:
            follower(connection, happened)

    def decide_clue(
        self, connection: Connection, clue_id: UUID, verb: str, actor: Actor, reason: str | None, *, at: datetime
    ) -> None:
        """Move a clue along; ``verb`` is one of :data:`COMMANDS`. Raises NotFound, NotEntitled or NotAllowed."""
        if connection.execute(select(CLUES.c.number).where(CLUES.c.clue_id == str(clue_id))).first() is None:
            raise NotFound("clue")
        clue = self.clue(clue_id)
        COMMANDS[verb](clue, actor, reason, at=at)
        self.record(connection, [clue])

    def construct_env(self, name: str, env: Mapping[str, str] | None = None) -> Environment:
        """Nothing of the process's environment decides how decisions are stored."""
        return Environment(name, env)

    def construct_mapper(self) -> Mapper[UUID]:
        return decision_mapper()

    def construct_recorder(self) -> ApplicationRecorder:
        return self._given
