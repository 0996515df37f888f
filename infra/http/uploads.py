"""Files by HTTP: sent, checked at once, then accepted or rejected. Nothing is recorded before."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from http import HTTPStatus
from pathlib import Path, PurePath, PureWindowsPath
from typing import Any, Final

from aiohttp import BodyPartReader, web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.access import Actor, Role
from domain.errors import MonitorError, NotFound, Overloaded, Unusable
from domain.facts.deliveries import Area, Period
from domain.facts.fact import Flag, Key
from domain.facts.taken_deliveries import DeliveryBegun, DeliveryTaken
from domain.sources.bounds import Channel, SourceUri
from infra.deliveries.checking import Checked
from infra.deliveries.sender import Answer, Refused
from infra.deliveries.taking_in import delivered, take_in
from infra.deliveries.uploads import Upload, Uploads, UploadState
from infra.documents.deliveries import check_document
from infra.http.answers import answer_json
from infra.http.body import STALLED_SECONDS, too_large
from infra.http.failures import log_failure
from infra.http.keys import ACTOR, INSTALLATION, NODE
from infra.http.problems import Problem, invalid
from infra.installation import Installation
from streams.deliveries.looking_through import Refusing
from streams.intake.prepared import HandedIn
from streams.node.commands import RecordDelivery
from streams.node.node import Node
from streams.shard.permissions import Permissions
from streams.threads import in_thread

_CHUNK: Final = 1_000
_SMALL_FIELD_BYTES: Final = 256 * 1024
_LONGEST_STEM_BYTES: Final = 180
_LONGEST_SUFFIX: Final = 10
_TYPES: Final = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class UploadWanted(BaseModel):
    """The fields beside the file. ``mapping`` is TOML; without it the one of before, or one found by itself, is used.

    ``area`` and ``period`` make it a snapshot.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    source: SourceUri | None = None
    mapping: str | None = Field(default=None, max_length=100_000)
    delivery: Key | None = None
    replaces: Key | None = None
    area: Area | None = None
    period: Period | None = None
    history: Flag = False
    close: Flag = False


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


async def post_upload(request: web.Request) -> web.Response:
    """Looked through as it is: answers what would come of it, and the id by which it is accepted."""
    installation, uploads, actor = request.app[INSTALLATION], request.app[TAKING].uploads, request[ACTOR]
    if installation.settings.kafka.brokers:
        # Raises FactsComeByTopics before a large file is read.
        await request.app[NODE].ingest(())
    draft = uploads.new("file", "", actor)
    try:
        upload, text = await _received(request, uploads, draft)
        checked = await in_thread(_checked, installation, uploads, upload, text)
    except BaseException:
        await in_thread(uploads.settled, replace(draft, state=UploadState.FAILED))
        raise
    return answer_json(upload_document(checked, None), status=HTTPStatus.CREATED)


async def show_upload(request: web.Request) -> web.Response:
    """How far it is, and what came of it."""
    taking = request.app[TAKING]
    upload = await in_thread(taking.uploads.get, request.match_info["upload_id"], request[ACTOR])
    return answer_json(upload_document(upload, taking.progress(upload)))


async def accept_upload(request: web.Request) -> web.Response:
    """Also where it is out of bounds: whoever accepts it has seen the check."""
    taking = request.app[TAKING]
    upload = await in_thread(taking.uploads.get, request.match_info["upload_id"], request[ACTOR])
    accepted = await in_thread(taking.uploads.accepted, upload)
    taking.begin(accepted)
    return answer_json(upload_document(accepted, 0.0), status=HTTPStatus.ACCEPTED)


async def reject_upload(request: web.Request) -> web.Response:
    """Nothing of it was recorded, and nothing of it is kept."""
    uploads = request.app[TAKING].uploads
    upload = await in_thread(uploads.get, request.match_info["upload_id"], request[ACTOR])
    return answer_json(upload_document(await in_thread(uploads.rejected, upload), None))


async def rejected_rows(request: web.Request) -> web.StreamResponse:
    """The rejected rows in the form of the file, with line and reason; for whoever sent it."""
    uploads, actor = request.app[TAKING].uploads, request[ACTOR]
    upload = await in_thread(uploads.get, request.match_info["upload_id"], actor)
    if upload.rejected_table is None or not upload.was_sent_by(actor):
        raise NotFound("rejected rows")
    table = Path(upload.rejected_table)
    name = f"rejected-{upload.upload_id[:8]}{table.suffix}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Type": _TYPES.get(table.suffix, "application/octet-stream"),
    }
    return web.FileResponse(table, headers=headers)


def upload_document(upload: Upload, progress: float | None) -> dict[str, Any]:
    """As programs read it."""
    return {
        "upload_id": upload.upload_id,
        "file": upload.name,
        "source": upload.source,
        "state": upload.state,
        "progress": progress,
        "mapping": {"columns": list(upload.columns), "missing": list(upload.missing)},
        "check": upload.check,
        "within_bounds": upload.check["within_bounds"] if upload.check else False,
        "counts": upload.counts,
        "has_rejected_rows": upload.rejected_table is not None,
        "problem": upload.problem,
    }


async def _received(request: web.Request, uploads: Uploads, draft: Upload) -> tuple[Upload, str | None]:
    """The upload with its content, and the mapping that was sent with it. Raises Problem."""
    if not request.content_type.startswith("multipart/form-data"):
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "content_type", "The body must be multipart/form-data.")
    fields: dict[str, str] = {}
    name = None
    try:
        reader = await request.multipart()
        while (part := await _within(reader.next())) is not None:
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise _unreadable()
            if part.name == "file":
                name = file_name(part.filename or "")
                draft = replace(draft, name=name)
                await _keep_content(part, uploads.file(draft), request.app[INSTALLATION].settings.limits.upload_bytes)
            else:
                fields[part.name] = await _small_field(part)
    except (ValueError, AssertionError, RuntimeError) as error:
        raise _unreadable() from error
    if name is None:
        raise Problem(HTTPStatus.BAD_REQUEST, "no_file", "The field file is needed.")
    try:
        wanted = UploadWanted.model_validate({key: value for key, value in fields.items() if value})
    except ValidationError as error:
        raise invalid(error, where="body") from None
    return _described(draft, wanted, request[ACTOR]), wanted.mapping


def _described(draft: Upload, wanted: UploadWanted, actor: Actor) -> Upload:
    source = actor.source if actor.role is Role.SOURCE else wanted.source
    if source is None or wanted.source not in (None, source):
        raise Problem(HTTPStatus.BAD_REQUEST, "source", "The field source names whose file it is: your own source.")
    if (wanted.area is None) != (wanted.period is None):
        raise Problem(HTTPStatus.BAD_REQUEST, "snapshot", "A snapshot has an area and a period.")
    snapshot = (wanted.area, wanted.period) if wanted.area is not None and wanted.period is not None else None
    return replace(
        draft,
        source=source,
        history=wanted.history,
        closes=wanted.close and snapshot is not None,
        delivery_id=wanted.delivery,
        replaces=wanted.replaces,
        snapshot=snapshot,
    )


def file_name(sent: str) -> str:
    """The name under which a file is kept: no folder, and no longer than file systems take in any script."""
    name = PureWindowsPath(sent).name.replace("\0", "")
    stem, suffix = PurePath(name).stem, PurePath(name).suffix
    shortened = stem.encode()[:_LONGEST_STEM_BYTES].decode(errors="ignore")
    return f"{shortened}{suffix}" if shortened.strip(". ") and len(suffix) <= _LONGEST_SUFFIX else "file"


async def _keep_content(part: BodyPartReader, target: Path, largest: int) -> None:
    size = 0
    with await in_thread(target.open, "wb") as opened:
        while piece := await _within(part.read_chunk(_SMALL_FIELD_BYTES)):
            size += len(piece)
            if size > largest:
                raise too_large(largest)
            await in_thread(opened.write, piece)


async def _small_field(part: BodyPartReader) -> str:
    content = bytearray()
    while piece := await _within(part.read_chunk()):
        content += piece
        if len(content) > _SMALL_FIELD_BYTES:
            raise too_large(_SMALL_FIELD_BYTES)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise _unreadable() from error


async def _within(reading: Any) -> Any:
    try:
        async with asyncio.timeout(STALLED_SECONDS):
            return await reading
    except TimeoutError:
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, "stalled", "The body stopped arriving.") from None


def _unreadable() -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "unreadable", "The body is not readable as multipart/form-data.")


def _checked(installation: Installation, uploads: Uploads, upload: Upload, text: str | None) -> Upload:
    """Raises Problem where the file cannot be read, or asks for what cannot be."""
    try:
        mapped = uploads.mapped(upload, text)
        if mapped.state is UploadState.UNMAPPED:
            return uploads.settled(mapped)
        return uploads.keep(replace(mapped, check=check_document(_looked_through(installation, uploads, mapped))))
    except Unusable as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "unusable_file", str(error)) from error


def _looked_through(installation: Installation, uploads: Uploads, upload: Upload) -> Checked:
    delivery = delivered(installation, uploads.file(upload), uploads.file_asked(upload))
    assert delivery is not None
    return delivery.look_through(lambda _: None, permitted=_permitted(installation))


def _permitted(installation: Installation) -> Refusing:
    """What the registry lets sources say now, by this channel."""
    permissions, now = Permissions(), installation.clock()
    with installation.database.read() as connection:
        permissions.load(connection)
    handed_in = HandedIn(Channel.HTTP)
    return lambda prepared: permissions.checked(replace(prepared, handed_in=handed_in), now)


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

    chunk = _CHUNK

    def __init__(self, node: Node, upload: Upload) -> None:
        self._node = node
        self._upload = upload

    async def send(self, messages: Sequence[bytes], delivery_id: str | None = None) -> Answer:
        while True:
            try:
                upload = self._upload
                account = Actor(Role(upload.role), upload.by).account
                receipt = await self._node.ingest(
                    messages, allowed_source=upload.source, by=account, delivery_id=delivery_id
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
        actor = Actor(Role(self._upload.role), self._upload.by)
        await self._node.perform(RecordDelivery(said.KIND, content, actor, at))
