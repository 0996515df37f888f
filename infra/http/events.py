"""POST /api/v1/events: facts come in, in every CloudEvents form; answered after the commit."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import web

from domain.access import Actor, Role
from domain.errors import Overloaded
from domain.facts.bidding import AwardAnnounced, BidOpened, CandidatesAnnounced
from infra.http.body import pieces, too_large, whole
from infra.http.keys import ACTOR, NODE, SETTINGS
from infra.http.problems import Problem
from infra.settings import Limits
from streams import envelope
from streams.embedded import Embedded, Receipt, Rejection
from streams.envelope import Form

CHUNK_EVENTS = 2_000
CHUNKS_IN_FLIGHT = 3
"""Enough that one chunk is read and one checked while one is committed; more would only queue."""
FEW_EVENTS = 20
"""A call this small goes into the urgent lane whatever it holds."""
PATIENCE_SECONDS = 60.0
"""How long an open NDJSON stream is held back before it is told to come again."""
_URGENT_TYPES = tuple(kind.type_name().encode() for kind in (BidOpened, CandidatesAnnounced, AwardAnnounced))


@dataclass(slots=True)
class _Answer:
    """The receipts of one call's chunks, with the places of rejected events in the whole call."""

    reported: int
    accepted: int = 0
    duplicates: int = 0
    rejections: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)

    def add(self, receipt: Receipt, *, first: int) -> None:
        self.accepted += receipt.accepted
        self.duplicates += receipt.duplicates
        self.rejections += len(receipt.rejected)
        room = self.reported - len(self.rejected)
        self.rejected += [rejection_document(one, first=first) for one in receipt.rejected[: max(room, 0)]]
        self.findings += receipt.findings

    def document(self) -> dict[str, Any]:
        document = {
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "findings": self.findings,
        }
        truncated = self.rejections > len(self.rejected)
        return document | {"rejected_in_all": self.rejections} if truncated else document

    def response(self) -> web.Response:
        if self.rejections and not self.accepted and not self.duplicates:
            raise Problem(
                HTTPStatus.BAD_REQUEST, "all_rejected", "Every event was rejected.", members=self.document()
            )
        return web.json_response(self.document(), status=HTTPStatus.ACCEPTED)


async def post_events(request: web.Request) -> web.Response:
    limits = request.app[SETTINGS].limits
    feed = _Feed(request.app[NODE], request[ACTOR], _Answer(limits.reported_rejections))
    try:
        form = envelope.form_of(request.headers)
        if form is Form.NDJSON:
            await _take_stream(request, feed, limits)
        else:
            await _take_whole(request, feed, limits, form)
    except envelope.UnsupportedForm as error:
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "content_type", str(error)) from None
    except envelope.UnreadableCall as error:
        raise Problem(HTTPStatus.BAD_REQUEST, error.code, str(error)) from None
    except envelope.TooManyEvents:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_many", f"At most {limits.batch_events} events in one batch."
        ) from None
    except envelope.TooLargeEvent:
        raise _with_progress(too_large(limits.event_bytes), feed.answer) from None
    return feed.answer.response()


async def _take_whole(request: web.Request, feed: "_Feed", limits: Limits, form: Form) -> None:
    body = await whole(request, largest=limits.body_bytes if form is Form.BATCH else limits.event_bytes)
    messages = _messages(form, request, body, limits)
    if not messages:
        raise Problem(HTTPStatus.BAD_REQUEST, "empty", "The call holds no event.")
    urgent = _is_urgent(messages)
    for first in range(0, len(messages), CHUNK_EVENTS):
        await feed.push(messages[first : first + CHUNK_EVENTS], urgent=urgent)
    await feed.finish()


def _messages(form: Form, request: web.Request, body: bytes, limits: Limits) -> list[bytes]:
    if form is Form.BATCH:
        return envelope.from_batch(body, most=limits.batch_events, largest=limits.event_bytes)
    return [envelope.from_binary(request.headers.items(), body) if form is Form.BINARY else envelope.structured(body)]


async def _take_stream(request: web.Request, feed: "_Feed", limits: Limits) -> None:
    """Any number of lines in constant memory: reading waits while too many chunks are uncommitted."""
    several = False
    async for chunk, last in _chunks(request, envelope.Lines(largest=limits.event_bytes)):
        await feed.push(chunk, urgent=last and not several and _is_urgent(chunk))
        several = True
    await feed.finish()
    if not several:
        raise Problem(HTTPStatus.BAD_REQUEST, "empty", "The call holds no event.")


async def _chunks(request: web.Request, lines: envelope.Lines) -> AsyncIterator[tuple[list[bytes], bool]]:
    """``(events, whether these are the last)``."""
    gathered: list[bytes] = []
    async for piece in pieces(request):
        gathered += lines.feed(piece)
        while len(gathered) > CHUNK_EVENTS:
            yield gathered[:CHUNK_EVENTS], False
            gathered = gathered[CHUNK_EVENTS:]
    gathered += lines.close()
    while gathered:
        yield gathered[:CHUNK_EVENTS], len(gathered) <= CHUNK_EVENTS
        gathered = gathered[CHUNK_EVENTS:]


def _is_urgent(messages: Sequence[bytes]) -> bool:
    """Openings, candidates and awards go before bulk feeds, and so does a call of a few events."""
    return len(messages) <= FEW_EVENTS or any(kind in message for message in messages for kind in _URGENT_TYPES)


class _Feed:
    """One call on its way into the node, a bounded number of chunks at a time."""

    def __init__(self, node: Embedded, actor: Actor, answer: _Answer) -> None:
        self.answer = answer
        self._node = node
        self._allowed_source = None if actor.role is Role.OPERATOR else actor.source
        self._pushed = 0
        self._flying: deque[tuple[int, asyncio.Task[Receipt]]] = deque()

    async def push(self, messages: Sequence[bytes], *, urgent: bool) -> None:
        while len(self._flying) >= CHUNKS_IN_FLIGHT:
            await self._land()
        patient = self._pushed > 0 and not urgent
        task = asyncio.create_task(self._ingest(messages, urgent=urgent, patient=patient))
        self._flying.append((self._pushed, task))
        self._pushed += len(messages)

    async def finish(self) -> None:
        while self._flying:
            await self._land()

    async def _land(self) -> None:
        first, task = self._flying.popleft()
        try:
            self.answer.add(await task, first=first)
        except Overloaded as error:
            for _, other in self._flying:
                other.cancel()
            await asyncio.gather(*(other for _, other in self._flying), return_exceptions=True)
            raise _with_progress(overloaded(error), self.answer) from None

    async def _ingest(self, messages: Sequence[bytes], *, urgent: bool, patient: bool) -> Receipt:
        """Committed; a stream that is under way waits for room, a new call is sent away at once."""
        deadline = asyncio.get_running_loop().time() + (PATIENCE_SECONDS if patient else 0.0)
        while True:
            try:
                return await self._node.ingest(messages, urgent=urgent, allowed_source=self._allowed_source)
            except Overloaded as error:
                if asyncio.get_running_loop().time() >= deadline:
                    raise
                await asyncio.sleep(min(error.retry_after_seconds, 1.0))


def rejection_document(rejection: Rejection, *, first: int = 0) -> dict[str, Any]:
    return {
        "index": rejection.index + first,
        "id": rejection.id,
        "quarantine_id": rejection.quarantine_id,
        "errors": [asdict(error) for error in rejection.errors],
    }


def receipt_response(receipts: Iterable[Receipt], limits: Limits) -> web.Response:
    answer = _Answer(limits.reported_rejections)
    for receipt in receipts:
        answer.add(receipt, first=0)
    return answer.response()


def overloaded(error: Overloaded) -> Problem:
    return Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "overloaded",
        "Too much is waiting to be recorded; come again.",
        headers={"Retry-After": str(max(1, round(error.retry_after_seconds)))},
    )


def _with_progress(problem: Problem, answer: _Answer) -> Problem:
    """What was committed before the call broke off stays committed, and is said."""
    problem.members |= answer.document()
    return problem
