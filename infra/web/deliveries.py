"""The page on which files are handed in, checked and accepted, and that of one upload."""

from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from sqlalchemy import Connection

from domain.access import Actor
from domain.coverage_texts import KIND_WORDS
from domain.errors import NotFound
from domain.facts.deliveries import DELIVERY_KINDS
from infra.deliveries.reasons import where
from infra.documents.deliveries import delivery_documents
from infra.http.reading import read
from infra.http.route import FEEDS
from infra.http.taking_uploads import TAKING
from infra.http.uploads import upload_document
from infra.texts.deliveries import FIELDS, OUT_OF_BOUNDS
from infra.texts.language import Language
from infra.texts.refusals import refusal_words
from infra.web.pages import language_of, page, sign_in_page, signed_in
from projections.questions.as_of import AsOf
from projections.questions.deliveries import deliveries
from streams.threads import in_thread

_SHOWN: Final = 50
"""Of the deliveries, the newest; the call lists all."""
_REASONS: Final = 10


async def show_deliveries(request: web.Request) -> web.Response:
    """What was delivered, and where to hand in the next file."""
    actor = signed_in(request)
    if actor is None:
        return await sign_in_page(request, "sign_in_how", status=HTTPStatus.UNAUTHORIZED)
    if actor.role not in FEEDS:
        return await _not_there(request, actor)

    def question(connection: Connection, as_of: AsOf) -> dict[str, Any]:
        return {"found": list(delivery_documents(deliveries(connection, as_of, actor)))[: -_SHOWN - 1 : -1]}

    return await page(request, "deliveries.html", actor, **await read(request, question))


async def show_upload(request: web.Request) -> web.Response:
    """What would come of a file, or what came of it."""
    actor = signed_in(request)
    if actor is None:
        return await sign_in_page(request, "sign_in_how", status=HTTPStatus.UNAUTHORIZED)
    if actor.role not in FEEDS:
        return await _not_there(request, actor)
    taking, language = request.app[TAKING], language_of(request)
    try:
        upload = await in_thread(taking.uploads.get, request.match_info["upload_id"], actor)
    except NotFound:
        return await _not_there(request, actor)
    columns = {each["field"]: each["column"] for each in upload.columns}
    check = upload.check
    return await page(
        request,
        "upload.html",
        actor,
        upload=upload_document(upload, taking.progress(upload)),
        fields={path: language.of(words) for path, words in FIELDS.items()},
        kind=_kind(check["kind"], language) if check else "",
        reasons=[_reason(each, columns, language) for each in check["reasons"][:_REASONS]] if check else [],
        breaches=[_breach(each, language) for each in check["out_of_bounds"]] if check else [],
        may_read_rows=upload.rejected_table is not None and upload.was_sent_by(actor),
        closes=upload.closes,
    )


async def _not_there(request: web.Request, actor: Actor) -> web.Response:
    return await page(request, "message.html", actor, status=HTTPStatus.NOT_FOUND, message="not_found")


def _kind(kind: str, language: Language) -> str:
    return language.of(KIND_WORDS[kind]) if kind in DELIVERY_KINDS else kind


def _reason(said: dict[str, Any], columns: dict[str, str], language: Language) -> tuple[int, str, str]:
    place = where(said["field"], said["message"], columns, language).removeprefix(", ")
    return said["rows"], place, refusal_words(said["code"], said["message"], language)


def _breach(said: dict[str, Any], language: Language) -> str:
    return language.of(OUT_OF_BOUNDS[said["bound"]]).format_map(said)
