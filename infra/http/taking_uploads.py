"""Uploads that somebody accepted are taken in, one after the other, also over a restart."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Final

import structlog
from aiohttp import web

from domain.access import Actor, Role
from domain.errors import MonitorError, Overloaded
from domain.facts.taken_deliveries import DeliveryBegun, DeliveryTaken
from infra.deliveries.sender import Answer, Refused
from infra.deliveries.taking_in import take_in
from infra.deliveries.uploads import Upload, Uploads, UploadState
from infra.http.failures import log_failure
from infra.installation import Installation
from streams.node.commands import RecordDelivery
from streams.node.node import Node, Unanswered
from streams.threads import in_thread

log = structlog.get_logger(__name__)


class Taking:
    """Takes accepted uploads in, one after the other; how far each is."""

    def __init__(self, installation: Installation, node: Node) -> None:
        self.uploads = Uploads(installation.settings.data)
        self._installation = installation
        self._node = node
        self._one = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._bars: dict[str, _Bar] = {}

    def begin(self, upload: Upload) -> None:
        task = asyncio.create_task(self._take(upload))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def progress(self, upload: Upload) -> float | None:
        """From 0 to 1, while it is taken and its end is known."""
        bar = self._bars.get(upload.upload_id)
        return bar.share if bar else None

    async def stop(self) -> None:
        """What is not taken yet is taken when the server starts again."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take(self, upload: Upload) -> None:
        bar = self._bars[upload.upload_id] = _Bar()
        try:
            async with self._one:
                asked = await in_thread(self.uploads.file_asked, upload)
                sender = _NodeSender(self._node, upload)
                outcome = await take_in(self._installation, sender, self.uploads.file(upload), asked, bar)
            table = str(outcome.rejected_table) if outcome.rejected_table else None
            counts = {**asdict(outcome.tally), "retracted": outcome.delivery.retracted if outcome.delivery else 0}
            await in_thread(
                self.uploads.settled,
                replace(upload, state=UploadState.TAKEN, counts=counts, rejected_table=table),
            )
        except MonitorError as error:
            await in_thread(self.uploads.settled, replace(upload, state=UploadState.FAILED, problem=str(error)))
        except Exception as error:  # noqa: BLE001 - nobody waits for it; the next start tries again
            log_failure(error, route="/api/v1/uploads")
        finally:
            self._bars.pop(upload.upload_id, None)


TAKING: Final = web.AppKey("uploads", Taking)


async def take_uploads(app: web.Application) -> AsyncIterator[None]:
    """Goes on with what was being taken when the server ended."""
    taking = app[TAKING]
    for upload in await in_thread(lambda: list(taking.uploads.unfinished())):
        taking.begin(upload)
    yield
    await taking.stop()


class _Bar:
    """How far a file is, in its own unit."""

    def __init__(self) -> None:
        self._done = 0
        self._total: int | None = None

    def update(self, done: int) -> None:
        self._done += done

    def reset(self, total: int | None) -> None:
        self._done, self._total = 0, total

    @property
    def share(self) -> float | None:
        return min(1.0, self._done / self._total) if self._total else None


class _NodeSender:
    """Hands messages to the node, in the name of the source of an upload."""

    chunk = 1_000

    def __init__(self, node: Node, upload: Upload) -> None:
        self._node = node
        self._source = upload.source
        self._actor = Actor(Role(upload.role), upload.by)

    async def send(self, messages: Sequence[bytes], delivery_id: str | None = None) -> Answer:
        while True:
            try:
                receipt = await self._node.ingest(
                    messages, allowed_source=self._source, by=self._actor.submitter, delivery_id=delivery_id
                )
                break
            except Overloaded as error:
                await asyncio.sleep(error.retry_after)
        rejected = (
            Refused(each.index, each.quarantine_id, tuple(asdict(error) for error in each.errors), each.partial)
            for each in receipt.rejected
        )
        return Answer(receipt.accepted, receipt.duplicates, tuple(rejected))

    async def record(self, said: DeliveryBegun | DeliveryTaken, at: datetime) -> None:
        content = said.model_dump(mode="json", exclude_none=True)
        while True:
            try:
                await self._node.perform(RecordDelivery(said.KIND, content, self._actor, at))
                return
            except Unanswered as error:
                log.warning("delivery_waits_for_a_worker", shard=error.shard)
