"""The log's side of witnessing: new checkpoints go to the witnesses, cosignatures come back."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import aiohttp
import structlog
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError

from domain.errors import MonitorError
from infra.settings import Transparency
from infra.storage.database import Database
from infra.transparency.checkpoint import parse_checkpoint
from infra.transparency.notes import NotANote, Note, NotSigned, Signature, VerifierKey, parse_note, verify
from infra.transparency.reader import LogReader
from infra.transparency.suite import Suite
from infra.transparency.tables import COSIGNATURES
from infra.witness.figures import WitnessFigures
from infra.witness.server import SIZE_TYPE
from infra.witness.witness import Submission
from streams.threads import in_thread

TIMEOUT: Final = aiohttp.ClientTimeout(total=15)
LARGEST_ANSWER: Final = 64 * 1024

log = structlog.get_logger(__name__)


class NotCosigned(MonitorError):
    """A witness did not countersign; ``forked`` where it says that the log is not the one it knew."""

    def __init__(self, reason: str, *, forked: bool = False) -> None:
        super().__init__(reason)
        self.forked = forked


@dataclass(frozen=True)
class OutsideWitness:
    """One witness as the settings name it. It is asked for nothing but the newest checkpoint."""

    url: str
    key: VerifierKey
    database: Database
    suite: Suite

    async def ask(self, session: aiohttp.ClientSession) -> int:
        """Have the newest checkpoint countersigned and keep that; its size. Raises :class:`NotCosigned`."""
        known = await in_thread(self._known)
        submission = await in_thread(self._submission, known)
        size = parse_checkpoint(submission.note.text).size
        if size == known:
            return size
        status, kind, answer = await self._post(session, submission)
        if status == HTTPStatus.CONFLICT and kind == SIZE_TYPE:
            submission = await in_thread(self._submission, _countersigned(answer, size))
            status, kind, answer = await self._post(session, submission)
        if status != HTTPStatus.OK:
            forked = status in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
            raise NotCosigned(f"the witness answered {status}", forked=forked)
        await in_thread(self._keep, size, self._cosignature(submission.note, answer))
        return size

    def _known(self) -> int:
        """The largest size it countersigned, as far as we know."""
        query = select(func.max(COSIGNATURES.c.size)).where(COSIGNATURES.c.witness == self.key.name)
        with self.database.read() as connection:
            return connection.execute(query).scalar() or 0

    def _submission(self, old: int) -> Submission:
        with self.database.read() as connection:
            reader = LogReader(connection, self.suite)
            note = parse_note(reader.checkpoint() or "")
            size = parse_checkpoint(note.text).size
            proof = reader.consistency(old, size).hashes if 0 < old < size else ()
        return Submission(old, proof, note)

    async def _post(self, session: aiohttp.ClientSession, submission: Submission) -> tuple[int, str, str]:
        url = f"{self.url.rstrip('/')}/add-checkpoint"
        async with session.post(url, data=str(submission).encode(), allow_redirects=False) as response:
            content = await response.content.read(LARGEST_ANSWER)
            return response.status, response.content_type, content.decode("utf-8", "replace")

    def _cosignature(self, note: Note, answer: str) -> Signature:
        """Its own line among those it answered with; others are nobody's word."""
        try:
            lines = parse_note(f"{note.text}\n{answer}").signatures
            own = [each for each in lines if (each.name, each.key_id) == (self.key.name, self.key.id)]
            verify(Note(note.text, tuple(own)), [self.key])
        except (NotANote, NotSigned) as error:
            raise NotCosigned("the answer holds no cosignature of the witness") from error
        return own[0]

    def _keep(self, size: int, signature: Signature) -> None:
        row = {"size": size, "witness": self.key.name, "line": signature.line}
        with self.database.transaction() as connection:
            connection.execute(insert(COSIGNATURES), row)


@asynccontextmanager
async def keep_witnessed(
    database: Database, settings: Transparency, suite: Suite, figures: WitnessFigures
) -> AsyncIterator[None]:
    """Ask every witness again and again while the block lasts; none waits for another."""
    witnesses = [OutsideWitness(each.url, VerifierKey.parse(each.vkey), database, suite) for each in settings.witnesses]
    asking = [asyncio.create_task(_keep_asking(each, settings.witness_seconds, figures)) for each in witnesses]
    try:
        yield
    finally:
        await _end(asking)


async def _end(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


async def _keep_asking(witness: OutsideWitness, seconds: float, figures: WitnessFigures) -> None:
    shard, name = witness.database.schema or "", witness.key.name
    async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
        while True:
            try:
                await witness.ask(session)
                figures.answered(shard, name, forked=False)
            except NotCosigned as error:
                figures.answered(shard, name, forked=error.forked)
                _report(witness, error)
            except (aiohttp.ClientError, TimeoutError, MonitorError, DBAPIError) as error:
                _report(witness, error)
            await asyncio.sleep(seconds)


def _report(witness: OutsideWitness, error: Exception) -> None:
    about = log.bind(witness=witness.key.name)
    if isinstance(error, NotCosigned):
        about.error("not_countersigned", reason=str(error), forked=error.forked)
    else:
        about.warning("witness_not_reached", error=type(error).__name__)


def _countersigned(answer: str, size: int) -> int:
    """The size a witness says it countersigned last."""
    text = answer.strip()
    if not text.isascii() or not text.isdecimal() or len(text) > 19:
        raise NotCosigned("the witness names no size")
    if int(text) > size:
        raise NotCosigned(f"the witness countersigned {text} entries, and the log has {size}", forked=True)
    return int(text)
