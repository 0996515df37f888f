"""POST /api/v1/events: facts come in, in every CloudEvents form; answered after the commit."""

from concurrent.futures import BrokenExecutor
from http import HTTPStatus

import structlog
from aiohttp import web
from eventsourcing.persistence import PersistenceError
from sqlalchemy.exc import SQLAlchemyError

from domain.errors import CannotRecord, Overloaded
from domain.personal_data import holds_number
from infra.http.body import pieces, too_large, whole
from infra.http.failures import log_failure
from infra.http.feeding import Answer, Feed
from infra.http.keys import ACTOR, INSTALLATION, NODE
from infra.http.problems import Problem
from infra.http.reading import read
from infra.settings import Limits
from infra.storage.disk import DISK_FULL
from streams.intake import envelope
from streams.intake.envelope import Form
from streams.node.node import FactsComeByTopics, IngestReceipt
from streams.threads import in_thread

DELIVERY_HEADER = "Delivery-Id"
LONGEST_DELIVERY_ID = 200
AGAIN_SECONDS = 5
"""When to send the rest of a call again whose recording failed."""
DATABASE_AWAY = (SQLAlchemyError, PersistenceError, OSError, BrokenExecutor)

log = structlog.get_logger(__name__)


async def post_events(request: web.Request) -> web.Response:
    limits = request.app[INSTALLATION].settings.limits
    actor = request[ACTOR]
    answer = Answer(limits.reported_rejections, names_firms=actor.may_see_other_firms)
    feed = Feed(request.app[NODE], actor, answer, _delivery_id(request))
    try:
        await _take(request, feed, limits)
        await feed.finish()
    except FactsComeByTopics:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it was, the sender is told how far the call got
        await feed.settle()
        problem = _problem(error, limits)
        log.info("call_broken_off", code=problem.code, continue_at=feed.continue_at)
        return await feed.broken_off(problem)
    finally:
        await feed.settle()
    return await _told(request, feed.answer)


def _delivery_id(request: web.Request) -> str | None:
    """The delivery to which the facts belong, where the header names one."""
    named = request.headers.get(DELIVERY_HEADER)
    if named is not None and (not named or len(named) > LONGEST_DELIVERY_ID or holds_number(named)):
        raise Problem(HTTPStatus.BAD_REQUEST, "delivery_id", f"{DELIVERY_HEADER} names no delivery.")
    return named


async def _told(request: web.Request, answer: Answer) -> web.Response:
    """The answer, with the verdicts that must be looked up."""
    if answer.untold:
        now = request.app[INSTALLATION].clock()
        await read(request, lambda connection, as_of: answer.look_up(connection, as_of, now))
    return await answer.response()


async def _take(request: web.Request, feed: Feed, limits: Limits) -> None:
    form = envelope.form_of(request.headers)
    if form is Form.NDJSON:
        await _take_stream(request, feed, limits)
    else:
        await _take_whole(request, feed, limits, form)


async def _take_whole(request: web.Request, feed: Feed, limits: Limits, form: Form) -> None:
    body = await whole(request, largest=limits.body_bytes if form is Form.BATCH else limits.event_bytes)
    messages = await _messages(form, request, body, limits)
    if not messages or messages == [b""]:
        raise _no_event()
    for message in messages:
        await feed.take(message)


async def _messages(form: Form, request: web.Request, body: bytes | bytearray, limits: Limits) -> list[bytes]:
    match form:
        case Form.BATCH:
            most, largest = limits.batch_events, limits.event_bytes
            return await in_thread(envelope.from_batch, body, most=most, largest=largest)
        case Form.BINARY:
            return [envelope.from_binary(request.headers.items(), bytes(body))]
        case _:
            return [envelope.structured(bytes(body))]


async def _take_stream(request: web.Request, feed: Feed, limits: Limits) -> None:
    """Any number of lines in constant memory: reading waits while too many chunks are uncommitted."""
    lines = envelope.Lines(largest=limits.event_bytes)
    async for piece in pieces(request):
        for message in lines.feed(piece):
            await feed.take(message)
    for message in lines.close():
        await feed.take(message)
    if feed.is_empty:
        raise _no_event()


def _problem(error: Exception, limits: Limits) -> Problem:
    match error:
        case Problem():
            return error
        case Overloaded():
            return overloaded(error)
        case CannotRecord():
            return cannot_record(error)
        case envelope.UnsupportedForm():
            return Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "content_type", str(error))
        case envelope.UnreadableCall():
            return Problem(HTTPStatus.BAD_REQUEST, error.code, str(error))
        case envelope.TooManyEvents():
            most = f"A batch may hold at most {limits.batch_events} events."
            return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_many", most)
        case envelope.TooLargeEvent():
            return too_large(limits.event_bytes)
        case ConnectionError() | web.RequestPayloadError():
            # Mostly nobody is there to be told; sent again, what was committed is answered as a duplicate.
            return Problem(HTTPStatus.BAD_REQUEST, "broken_off", "The body ended before it was whole.")
    return _not_recorded(error)


def _not_recorded(error: Exception) -> Problem:
    """The database failed, or an error of ours."""
    log_failure(error, route="/api/v1/events")
    if isinstance(error, DATABASE_AWAY):
        return Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "not_recorded",
            "Not everything could be recorded; send the call again from continue_at on.",
            headers={"Retry-After": str(AGAIN_SECONDS)},
        )
    failed = "Not everything could be recorded; the operator can see why."
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", failed)


def _no_event() -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "empty", "The call holds no event.")


async def receipt_response(request: web.Request, receipt: IngestReceipt, limits: Limits) -> web.Response:
    answer = Answer(limits.reported_rejections, names_firms=request[ACTOR].may_see_other_firms)
    answer.add(receipt, first=0)
    return await _told(request, answer)


def cannot_record(error: CannotRecord) -> Problem:
    """The text names this machine and its disk, never what was sent; it is for whoever looks after it."""
    status = HTTPStatus.INSUFFICIENT_STORAGE if error.code == DISK_FULL else HTTPStatus.SERVICE_UNAVAILABLE
    return Problem(status, error.code, str(error), headers={"Retry-After": str(AGAIN_SECONDS)})


def overloaded(error: Overloaded) -> Problem:
    return Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "overloaded",
        "Too much is waiting to be recorded; come again.",
        headers={"Retry-After": str(max(1, error.retry_after))},
    )
