"""Commands on their way to a shard's worker, its answers, and the table both lie in."""

from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import Column, DateTime, LargeBinary, String, Table, Text

from domain.errors import MonitorError, NotAllowed, NotEntitled, NotFound
from domain.facts.bidding import lot_subject
from projections.tables import METADATA
from streams.intake.quarantine import NotQuarantined
from streams.node.commands import Command
from streams.node.node import IngestReceipt, Rejection

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


class Done(Struct, frozen=True, tag=True):
    """It was done; of messages sent again, what became of them. ``opened`` are the lots of openings among them."""

    accepted: int = 0
    duplicates: int = 0
    rejected: tuple[Rejection, ...] = ()
    opened: tuple[str, ...] = ()

    @classmethod
    def of(cls, receipt: IngestReceipt) -> "Done":
        """Without the judgements: what was raised comes as clues, and other shards judge most of the leads."""
        opened = {*receipt.untold, *(lot_subject(each.tender_id, each.lot_id) for each in receipt.verdicts)}
        return cls(receipt.accepted, receipt.duplicates, receipt.rejected, tuple(sorted(opened)))


class Declined(Struct, frozen=True, tag=True):
    """Nothing was done. ``why`` names the error, ``said`` what it was made with; neither is personal."""

    why: str
    said: str


class CommandFailed(MonitorError):
    """A worker could not do it; its log says more."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"the command failed: {kind}")
        self.kind = kind


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
