"""What a shard's worker can be asked for, its answers, and the table both lie in."""

from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Column, DateTime, LargeBinary, String, Table, Text

from domain.access import Actor
from domain.errors import MonitorError, NotAllowed, NotEntitled, NotFound
from projections.tables import METADATA
from streams.intake.quarantine import NotQuarantined
from streams.one_machine.node import Rejection

SHARD_COMMANDS: Final = Table(
    "shard_commands",
    METADATA,
    Column("command_id", String(36), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("answer", Text),
)
"""By the clock of the database. Whoever asked takes the row away with the answer."""


class DecideClue(Struct, frozen=True, tag=True):
    """``verb`` is one of :data:`domain.clues.clue.COMMANDS`."""

    clue_id: UUID
    verb: str
    actor: Actor
    reason: str | None


class RecordReading(Struct, frozen=True, tag=True):
    """``actor`` is about to be shown the dossier of ``person_id``; ``at`` with an offset."""

    person_id: str
    actor: Actor
    reason: str
    at: str


class Resubmit(Struct, frozen=True, tag=True):
    """Try a quarantined message again, as ``body`` or as it was sent."""

    quarantine_id: str
    body: bytes | None
    actor: Actor


Command = DecideClue | RecordReading | Resubmit


class Done(Struct, frozen=True, tag=True):
    """It was done; of messages sent again, what became of them."""

    accepted: int = 0
    duplicates: int = 0
    rejected: tuple[Rejection, ...] = ()


class Declined(Struct, frozen=True, tag=True):
    """Nothing was done. ``why`` names the error, ``said`` what it was made with; neither is personal."""

    why: str
    said: str


class CommandFailed(MonitorError):
    """A worker could not do it; its log says more."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"the command failed: {kind}")
        self.kind = kind


class Unanswered(MonitorError):
    """No worker took the command in time, and none will: it was taken back. ``shard`` is whose."""

    def __init__(self, shard: int) -> None:
        super().__init__(f"no worker of shard {shard} took the command")
        self.shard = shard


encode: Final = msgspec.json.Encoder().encode
decode_command: Final = msgspec.json.Decoder(Command).decode
decode_answer: Final = msgspec.json.Decoder(Done | Declined).decode


def declined(error: Exception) -> Declined:
    """As whoever asked is told."""
    match error:
        case NotFound():
            return Declined("not found", error.what)
        case NotEntitled():
            return Declined("not entitled", error.reason)
        case NotAllowed():
            return Declined("not allowed", error.reason)
        case NotQuarantined():
            return Declined("not quarantined", error.quarantine_id)
    return Declined("failed", type(error).__name__)


def raised(answer: Declined) -> MonitorError:
    """The error as it was raised in the worker."""
    kinds = {
        "not found": NotFound,
        "not entitled": NotEntitled,
        "not allowed": NotAllowed,
        "not quarantined": NotQuarantined,
    }
    return kinds.get(answer.why, CommandFailed)(answer.said)


def purpose_of(command_id: str) -> str:
    """What a command is sealed for."""
    return f"command:{command_id}"
