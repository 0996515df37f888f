"""The worker's side: a shard that does what is asked of it between two batches.

What was done and the answer are committed together, and nothing is done whose row is gone or
answered: so each command takes effect once at most, whoever takes it up.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import structlog
from eventsourcing.persistence import PersistenceError
from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from structlog.contextvars import bound_contextvars

from domain.errors import MonitorError
from infra.cluster.commands import SHARD_COMMANDS, Done, declined, decode_command, encode, purpose_of
from infra.identity.vault import Vault
from infra.installation import Installation
from infra.storage.database import Database
from streams.node.node import IngestReceipt
from streams.node.performing import Performer, Recording
from streams.shard.shard import Overtaken, Shard

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


class Attendant:
    """Does what consoles ask of one shard, in the thread that owns it."""

    def __init__(self, database: Database, vault: Vault, performer: Performer) -> None:
        self._database = database
        self._vault = vault
        self._performer = performer

    def attend(self, shard: Recording) -> bool:
        """Do what was asked, in the order of asking; True if there was anything."""
        with self._database.read() as connection:
            asked = connection.execute(_OPEN).all()
        for command_id, sealed in asked:
            with bound_contextvars(command_id=command_id):
                self._carry_out(shard, command_id, sealed)
        return bool(asked)

    def _carry_out(self, shard: Recording, command_id: str, sealed: bytes) -> None:
        try:
            command = decode_command(self._vault.open(sealed, purpose_of(command_id)))
            self._performer.perform(shard, command, answer=partial(_answer, command_id))
        except TakenBack:
            log.info("command_taken_back")
        except _LATER:
            raise
        except Exception as error:  # noqa: BLE001 - whoever asked is told
            self._decline(command_id, error)

    def _decline(self, command_id: str, error: Exception) -> None:
        answer = declined(error)
        if answer.why == "failed":
            log.error("command_failed", error=type(error).__name__)
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


def attended(installation: Installation) -> Callable[..., Shard]:
    """Makes a shard of ``installation`` whose worker does what consoles ask for."""
    attendant = Attendant(installation.database, installation.vault, installation.performer())
    return partial(AttendedShard, attendant)


def _answer(command_id: str, connection: Connection, receipt: IngestReceipt) -> None:
    said = {"asked": command_id, "said": encode(Done.of(receipt)).decode()}
    if not connection.execute(_ANSWER, said).rowcount:
        raise TakenBack
