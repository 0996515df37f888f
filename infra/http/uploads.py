"""Files by HTTP: sent, checked at once, then accepted or rejected. Nothing is recorded before."""

from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from domain.errors import NotFound, Unusable
from infra.deliveries.checking import Checked, permitted_now
from infra.deliveries.taking_in import delivered
from infra.deliveries.uploads import Upload, Uploads, UploadState
from infra.documents.deliveries import check_document
from infra.http.answers import answer_json
from infra.http.keys import ACTOR, INSTALLATION
from infra.http.problems import Problem
from infra.http.taking_uploads import TAKING
from infra.http.upload_form import read_form
from infra.installation import Installation
from streams.threads import in_thread

_TYPES: Final = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def post_upload(request: web.Request) -> web.Response:
    """Looked through as it is: answers what would come of it, and the id by which it is accepted."""
    installation, uploads, actor = request.app[INSTALLATION], request.app[TAKING].uploads, request[ACTOR]
    await in_thread(installation.check_room)
    await in_thread(uploads.forget_before, datetime.now(UTC) - installation.settings.deliveries.uploads_kept)
    draft = uploads.new("file", "", actor)
    try:
        upload, text = await read_form(request, uploads, draft)
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
    return delivery.look_through(lambda _: None, permitted=permitted_now(installation))
