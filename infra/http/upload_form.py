"""The form by which a file is sent, read piece by piece."""

import asyncio
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path, PurePath, PureWindowsPath
from typing import Any, Final

from aiohttp import BodyPartReader, web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.access import Actor
from domain.facts.deliveries import Area, Period
from domain.facts.fact import Flag, Key
from domain.sources.bounds import SourceUri
from infra.deliveries.uploads import Upload, Uploads
from infra.http.body import STALLED_SECONDS, too_large
from infra.http.keys import ACTOR, INSTALLATION
from infra.http.problems import Problem, invalid
from streams.threads import in_thread

_SMALL_FIELD_BYTES: Final = 256 * 1024
_LONGEST_STEM_BYTES: Final = 180
_LONGEST_SUFFIX: Final = 10


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


async def read_form(request: web.Request, uploads: Uploads, draft: Upload) -> tuple[Upload, str | None]:
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
    source = actor.own_source
    if source is None or wanted.source not in (None, source):
        said = "Hand in files of your own source alone; an operator's is its own name."
        raise Problem(HTTPStatus.BAD_REQUEST, "source", said)
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
