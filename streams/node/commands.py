"""What people ask a node to do, as values: carried out where they are given, or carried to a shard's worker."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from msgspec import Struct, field

from domain.access import Actor
from domain.purposes import Purpose
from domain.sources.bounds import Bounds


class DecideClue(Struct, frozen=True, tag=True):
    """Move a clue along; ``verb`` is one of :data:`domain.clues.clue.COMMANDS`."""

    clue_id: UUID
    verb: str
    actor: Actor
    reason: str | None


class MarkNoticeRead(Struct, frozen=True, tag=True):
    """``actor`` has read one of its own notices."""

    notice_id: int
    actor: Actor


class MarkClueRead(Struct, frozen=True, tag=True):
    """``actor`` has opened a clue, and so read every notice it was sent about it."""

    clue_id: UUID
    actor: Actor


class RecordReading(Struct, frozen=True, tag=True):
    """``actor`` is about to be shown what is known of ``people``; ``at`` with an offset.

    One entry per person, account, purpose and quarter of an hour: what is read again within it, and a command that
    is carried out twice, is recorded once.
    """

    people: tuple[str, ...]
    actor: Actor
    purpose: Purpose
    at: datetime


class RecordErasure(Struct, frozen=True, tag=True):
    """``actor`` is about to remove the identity of ``person_id`` from the vault; recorded once, as a reading is."""

    person_id: str
    actor: Actor
    at: datetime
    erasure_id: str = field(default_factory=lambda: str(uuid4()))


class Resubmit(Struct, frozen=True, tag=True):
    """Try a quarantined message again: corrected, as ``body``, or as it was sent."""

    quarantine_id: str
    body: bytes | None
    actor: Actor


class RegisterSource(Struct, frozen=True, tag=True):
    """Let ``source`` say what lies in ``bounds``, or grant it other bounds than before."""

    source: str
    bounds: Bounds
    actor: Actor


class RecordDelivery(Struct, frozen=True, tag=True):
    """Record that a delivery begins or is taken in: ``said`` is the content of a fact of this ``kind``."""

    kind: str
    said: dict[str, Any]
    actor: Actor
    at: datetime


class EndSource(Struct, frozen=True, tag=True):
    """From now on ``source`` may say nothing."""

    source: str
    reason: str
    actor: Actor


MarkRead = MarkNoticeRead | MarkClueRead
ChangeRegistry = RegisterSource | EndSource
"""Every shard of a cluster keeps the whole registry."""
Command = DecideClue | MarkRead | RecordReading | RecordErasure | RecordDelivery | Resubmit | ChangeRegistry
