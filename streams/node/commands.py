"""What people ask a node to do, as values: carried out where they are given, or carried to a shard's worker."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from msgspec import Struct, field

from domain.access import Actor
from domain.accounts.account import WhyDisabled
from domain.accounts.grants import Grant
from domain.facts.access import AccessKind
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


class OpenAccount(Struct, frozen=True, tag=True):
    """Open an account, or change its details; ``details`` is JSON in clear, sealed before it is kept."""

    account_id: UUID
    login_key: str
    details: bytes
    actor: Actor


class InviteAccount(Struct, frozen=True, tag=True):
    """A link that lets the person in is about to be made, and works until ``until``."""

    account_id: UUID
    until: datetime
    actor: Actor


class GrantRole(Struct, frozen=True, tag=True):
    account_id: UUID
    grant: Grant
    actor: Actor


class WithdrawRole(Struct, frozen=True, tag=True):
    account_id: UUID
    grant: Grant
    actor: Actor


class NameDeputy(Struct, frozen=True, tag=True):
    """``deputy`` may do what the account may, from ``first`` to ``last``, both inclusive."""

    account_id: UUID
    deputy: UUID
    first: date
    last: date
    actor: Actor


class EndDeputy(Struct, frozen=True, tag=True):
    account_id: UUID
    deputy: UUID
    actor: Actor


class DisableAccount(Struct, frozen=True, tag=True):
    account_id: UUID
    why: WhyDisabled
    actor: Actor


class EnableAccount(Struct, frozen=True, tag=True):
    account_id: UUID
    actor: Actor


class RecordAccess(Struct, frozen=True, tag=True):
    """Somebody signed in or out, or was refused; ``account`` as in :class:`domain.facts.access.AccessRecorded`.

    Within a quarter of an hour the same is recorded once.
    """

    what: AccessKind
    account: str
    role: str
    how: str
    at: datetime


MarkRead = MarkNoticeRead | MarkClueRead
ChangeRegistry = RegisterSource | EndSource
"""Every shard of a cluster keeps the whole registry."""
ChangeAccount = (
    OpenAccount | InviteAccount | GrantRole | WithdrawRole | NameDeputy | EndDeputy | DisableAccount | EnableAccount
)
"""The first shard of a cluster keeps all accounts: a login name belongs to one of them."""
Command = (
    DecideClue
    | MarkRead
    | RecordReading
    | RecordErasure
    | RecordDelivery
    | Resubmit
    | ChangeRegistry
    | ChangeAccount
    | RecordAccess
)
