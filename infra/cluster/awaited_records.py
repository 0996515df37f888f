"""The console's side: records of one shard that were handed in, each until its answer is there."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from typing import Final

import structlog
from sqlalchemy import bindparam, delete
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from infra.cluster.asking import LOOK_SECONDS
from infra.cluster.commands import SHARD_COMMANDS, Declined, Done, decode_answer
from infra.storage.database import Database
from streams.threads import in_thread

log = structlog.get_logger(__name__)

_TAKE_ANSWERS: Final = (
    delete(SHARD_COMMANDS)
    .where(SHARD_COMMANDS.c.command_id.in_(bindparam("asked", expanding=True)), SHARD_COMMANDS.c.answer.is_not(None))
    .returning(SHARD_COMMANDS.c.command_id, SHARD_COMMANDS.c.answer)
)


class AwaitedRecords:
    """For the event loop. All that wait are looked for at once; nobody gives up, for what lies in a topic will come."""

    def __init__(self, shard: int, database: Database, *, look_seconds: float = LOOK_SECONDS) -> None:
        self._shard = shard
        self._database = database
        self._look_seconds = look_seconds
        self._waiting: dict[str, asyncio.Future[Done]] = {}
        self._told = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    async def answered(self, answer_id: str) -> Done:
        """What became of a record, once it is recorded; also where the database or the worker is away meanwhile."""
        answer: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        self._waiting[answer_id] = answer
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            return await answer
        finally:
            del self._waiting[answer_id]

    def told(self) -> None:
        """There may be answers."""
        self._told.set()

    async def stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking

    async def _look(self) -> None:
        while self._waiting:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._look_seconds):
                    await self._told.wait()
            self._told.clear()
            for answer_id, answer in (await self._answers(tuple(self._waiting))).items():
                waiting = self._waiting.get(answer_id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)

    async def _answers(self, wanted: Collection[str]) -> dict[str, Done]:
        try:
            return await in_thread(self._take, wanted)
        except (DBAPIError, NoConnection, OSError) as error:
            log.warning("answers_not_looked_for", error=type(error).__name__, shard=self._shard)
            await asyncio.sleep(self._look_seconds)
            return {}

    def _take(self, wanted: Collection[str]) -> dict[str, Done]:
        with self._database.transaction() as connection:
            found = connection.execute(_TAKE_ANSWERS, {"asked": list(wanted)}).all()
        answers = {row.command_id: decode_answer(row.answer) for row in found}
        return {answer_id: answer for answer_id, answer in answers.items() if not isinstance(answer, Declined)}
