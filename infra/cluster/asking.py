"""The console's side: a command is put before a shard's worker, and its answer waited for."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import uuid4

import structlog
from sqlalchemy import Interval, bindparam, delete, func, insert

from infra.cluster.channels import Channel
from infra.cluster.commands import (
    SHARD_COMMANDS,
    Declined,
    Done,
    decode_answer,
    encode,
    purpose_of,
    raised,
)
from infra.identity.vault import Vault
from infra.storage.database import Database
from infra.storage.listening import notify
from streams.node.commands import Command
from streams.node.node import Unanswered
from streams.threads import in_thread

log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 1.0
"""So often we look for an answer that nobody tells us of."""
_SWEPT_AFTER: Final = timedelta(days=1)

_PUT: Final = insert(SHARD_COMMANDS).values(
    asked_at=func.now(), expires_at=func.now() + bindparam("patience", type_=Interval())
)
_SWEEP: Final = delete(SHARD_COMMANDS).where(SHARD_COMMANDS.c.asked_at < func.now() - _SWEPT_AFTER)
_TAKE_BACK: Final = (
    delete(SHARD_COMMANDS).where(SHARD_COMMANDS.c.command_id == bindparam("asked")).returning(SHARD_COMMANDS.c.answer)
)
_TAKE_ANSWER: Final = _TAKE_BACK.where(SHARD_COMMANDS.c.answer.is_not(None))


class Asking:
    """Asks the worker of one shard; for the event loop.

    After ``seconds`` without an answer a command is taken back: then it was not done, and will not be.
    """

    def __init__(
        self, shard: int, database: Database, vault: Vault, *, seconds: float, look_seconds: float = LOOK_SECONDS
    ) -> None:
        self._shard = shard
        self._database = database
        self._vault = vault
        self._seconds = seconds
        self._look_seconds = look_seconds
        self._waiting: set[asyncio.Event] = set()

    async def ask(self, command: Command) -> Done:
        """Have it done. Raises what it raised in the worker, or :class:`Unanswered`."""
        command_id, told = str(uuid4()), asyncio.Event()
        log.info("command_asked", command_id=command_id, shard=self._shard)
        self._waiting.add(told)
        try:
            await in_thread(self._put, command_id, command)
            answer = await self._answered(command_id, told)
        finally:
            self._waiting.discard(told)
        if isinstance(answer, Declined):
            raise raised(answer)
        return answer

    def told(self) -> None:
        """There may be answers: whoever waits looks now."""
        for each in self._waiting:
            each.set()

    async def _answered(self, command_id: str, told: asyncio.Event) -> Done | Declined:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + self._seconds
        while (left := give_up - loop.time()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(self._look_seconds, left)):
                    await told.wait()
            told.clear()
            answer = await in_thread(self._take, command_id, last=False)
            if answer is not None:
                return answer
        answer = await in_thread(self._take, command_id, last=True)
        if answer is None:
            raise Unanswered(self._shard)
        return answer

    def _put(self, command_id: str, command: Command) -> None:
        sealed = self._vault.seal(encode(command), purpose_of(command_id))
        with self._database.transaction() as connection:
            connection.execute(_SWEEP)
            connection.execute(
                _PUT, {"command_id": command_id, "sealed": sealed, "patience": timedelta(seconds=self._seconds)}
            )
            notify(connection, Channel.ASKED.of(self._shard))

    def _take(self, command_id: str, *, last: bool) -> Done | Declined | None:
        """The answer, if there is one; the ``last`` time the command goes with or without.

        A worker that is answering at this moment is waited for: the row is locked until it has committed.
        """
        with self._database.transaction() as connection:
            said = connection.execute(_TAKE_BACK if last else _TAKE_ANSWER, {"asked": command_id}).scalar()
        return decode_answer(said) if said is not None else None
