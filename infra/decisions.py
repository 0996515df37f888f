"""What people decide over HTTP, as values: run where they are made, or carried to whose they are."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from alerts import inbox
from domain.access import Actor
from projections.boards.clue_book import ClueBook


@dataclass(frozen=True, slots=True)
class ClueDecision:
    """``actor`` moves a clue along; ``verb`` is one of :data:`domain.clues.clue.COMMANDS`."""

    clues: ClueBook
    clue_id: UUID
    verb: str
    actor: Actor
    reason: str | None

    def __call__(self, connection: Connection, at: datetime) -> None:
        """Raises NotFound, NotEntitled or NotAllowed."""
        self.clues.command(connection, self.clue_id, self.verb, self.actor, self.reason, at=at)


@dataclass(frozen=True, slots=True)
class NoticeReading:
    """``actor`` has read one of its notices."""

    notice_id: int
    actor: Actor

    def __call__(self, connection: Connection, at: datetime) -> bool:
        """False where there is no such notice of that party."""
        return inbox.mark_read(connection, self.notice_id, self.actor, at=at)
