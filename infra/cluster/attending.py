"""The worker's side: a shard that does what is asked of it between two batches.

What was done and the answer are committed together, and nothing is done whose row is gone or
answered: so each command takes effect once at most, whoever takes it up.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

import structlog
from eventsourcing.persistence import PersistenceError
from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from domain.errors import MonitorError
from domain.facts.access import DossierRead
from domain.facts.fact import Person
from infra.cluster.commands import (
    SHARD_COMMANDS,
    DecideClue,
    Declined,
    Done,
    RecordReading,
    Resubmit,
    declined,
    decode_command,
    encode,
    purpose_of,
)
from infra.identity.vault import Vault
from infra.storage.database import Database
from projections.boards.clue_book import ClueBook
from streams.intake.intake import Intake
from streams.intake.own_facts import prepare_own
from streams.intake.prepared import PreparedBatch
from streams.intake.quarantine import Quarantine
from streams.one_machine.node import READING_SOURCE, Rejection
from streams.shard.shard import Overtaken, Receipt, Shard

log = structlog.get_logger(__name__)

_OPEN: Final = (
    select(SHARD_COMMANDS.c.command_id, SHARD_COMMANDS.c.sealed)
    .where(SHARD_COMMANDS.c.answer.is_(None), SHARD_COMMANDS.c.expires_at > func.now())
    .order_by(SHARD_COMMANDS.c.asked_at)
)
_ANSWER: Final = (
    update(SHARD_COMMANDS)
    .where(SHARD_COMMANDS.c.command_id == bindparam("asked"), SHARD_COMMANDS.c.answer.is_(None))
    .values(answer=bindparam("said"))
)
_LATER: Final = (DBAPIError, NoConnection, PersistenceError, OSError, Overtaken)
"""The database is away, or somebody else has written to the shard meanwhile."""


class TakenBack(MonitorError):
    """Whoever asked has taken the command back, or somebody else has answered it."""


class Writer(Protocol):
    """A shard, as far as commands need it."""

    def commit(self, work: Sequence[PreparedBatch], *, within_commit: Any = None) -> list[Receipt]: ...

    def decide(self, command: Callable[[Connection, datetime], Any]) -> Any: ...


class Attendant:
    """Does what is asked of one shard, in the thread that owns it."""

    def __init__(
        self, database: Database, vault: Vault, quarantine: Quarantine, clues: ClueBook, intake: Intake
    ) -> None:
        self._database = database
        self._vault = vault
        self._quarantine = quarantine
        self._clues = clues
        self._intake = intake

    def attend(self, shard: Writer) -> bool:
        """Do what was asked, in the order of asking; True if there was anything."""
        with self._database.read() as connection:
            asked = connection.execute(_OPEN).all()
        for command_id, sealed in asked:
            try:
                self._do(shard, command_id, sealed)
            except TakenBack:
                log.info("command_taken_back", command=command_id)
            except _LATER:
                raise
            except Exception as error:  # noqa: BLE001 - whoever asked is told
                self._decline(command_id, error)
        return bool(asked)

    def _do(self, shard: Writer, command_id: str, sealed: bytes) -> None:
        command = decode_command(self._vault.open(sealed, purpose_of(command_id)))
        match command:
            case DecideClue():
                shard.decide(lambda connection, at: self._decide(connection, at, command_id, command))
            case RecordReading():
                shard.commit(
                    [_reading(command_id, command)], within_commit=lambda c, _, __: _answer(c, command_id, Done())
                )
            case Resubmit():
                self._resubmit(shard, command_id, command)

    def _decide(self, connection: Connection, at: datetime, command_id: str, asked: DecideClue) -> None:
        self._clues.command(connection, asked.clue_id, asked.verb, asked.actor, asked.reason, at=at)
        _answer(connection, command_id, Done())

    def _resubmit(self, shard: Writer, command_id: str, asked: Resubmit) -> None:
        with self._database.read() as connection:
            kept = self._quarantine.opened(connection, asked.quarantine_id, asked.actor)
        batch = self._intake.prepare([asked.body or kept], allowed_source=asked.actor.source)

        def within_commit(connection: Connection, receipts: Sequence[Receipt], at: datetime) -> None:
            receipt = receipts[0]
            if receipt.quarantined:
                self._quarantine.replace(connection, asked.quarantine_id, at, by=receipt.quarantined[0][1])
            else:
                self._quarantine.resolve(connection, asked.quarantine_id, at)
            _answer(connection, command_id, _told(receipt))

        shard.commit([batch], within_commit=within_commit)

    def _decline(self, command_id: str, error: Exception) -> None:
        answer = declined(error)
        if answer.why == "failed":
            log.error("command_failed", command=command_id, kind=type(error).__name__)
        with self._database.transaction() as connection:
            connection.execute(_ANSWER, {"asked": command_id, "said": encode(answer).decode()})


class AttendedShard(Shard):
    """A shard whose worker is asked for things by consoles."""

    def __init__(self, attendant: Attendant, *parts: Any) -> None:
        super().__init__(*parts)
        self._attendant = attendant

    def let_time_pass(self) -> bool:
        """Do what was asked, then judge whoever is due; True if there was anything to do."""
        attended = self._attendant.attend(self)
        return super().let_time_pass() or attended


def _answer(connection: Connection, command_id: str, answer: Done | Declined) -> None:
    said = {"asked": command_id, "said": encode(answer).decode()}
    if not connection.execute(_ANSWER, said).rowcount:
        raise TakenBack


def _reading(command_id: str, asked: RecordReading) -> PreparedBatch:
    """Under the id of the command, so that it is recorded once."""
    reader = asked.actor
    data = DossierRead(
        person=Person(person_id=asked.person_id), reader=reader.name, role=reader.role, reason=asked.reason
    )
    return prepare_own([(READING_SOURCE, command_id, data, {"time": asked.at})])


def _told(receipt: Receipt) -> Done:
    rejected = tuple(
        Rejection(refusal.index, refusal.id, entry, refusal.errors) for refusal, entry in receipt.quarantined
    )
    return Done(receipt.accepted, receipt.duplicates, rejected)
