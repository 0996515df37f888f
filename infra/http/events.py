"""POST /api/v1/events: facts come in, in every CloudEvents form; answered after the commit."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import web

from domain.access import Actor, Role
from domain.clues.context import clue_id
from domain.errors import MonitorError, Overloaded
from domain.facts.bidding import AwardAnnounced, BidOpened, CandidatesAnnounced
from infra.http.answers import answer_json
from infra.http.body import pieces, too_large, whole
from infra.http.keys import ACTOR, INSTALLATION, NODE
from infra.http.problems import Problem
from infra.settings import Limits
from projections.judging import Judgement
from streams.intake import envelope
from streams.intake.envelope import Form
from streams.node.node import IngestReceipt, Node, Rejection

CHUNK_EVENTS = 1_000
CHUNK_BYTES = 4 * 1024 * 1024
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

    def add(self, receipt: IngestReceipt, *, first: int) -> None:
        self.accepted += receipt.accepted
        self.duplicates += receipt.duplicates
        self.rejections += len(receipt.rejected)
        room = self.reported - len(self.rejected)
        self.rejected += [rejection_document(one, first=first) for one in receipt.rejected[: max(room, 0)]]
        self.findings += [one for judgement in receipt.judgements for one in _findings(judgement)]

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
            raise Problem(HTTPStatus.BAD_REQUEST, "all_rejected", "Every event was rejected.", members=self.document())
        return answer_json(self.document(), status=HTTPStatus.ACCEPTED)


async def post_events(request: web.Request) -> web.Response:
    limits = request.app[INSTALLATION].settings.limits
    feed = _Feed(request.app[NODE], request[ACTOR], _Answer(limits.reported_rejections))
    try:
        await _take(request, feed, limits)
        await feed.finish()
    except MonitorError as error:
        await feed.settle()
        raise feed.with_progress(_problem(error, limits)) from None
    finally:
        await feed.settle()
    return feed.answer.response()


async def _take(request: web.Request, feed: "_Feed", limits: Limits) -> None:
    form = envelope.form_of(request.headers)
    if form is Form.NDJSON:
        await _take_stream(request, feed, limits)
    else:
        await _take_whole(request, feed, limits, form)


async def _take_whole(request: web.Request, feed: "_Feed", limits: Limits, form: Form) -> None:
    body = await whole(request, largest=limits.body_bytes if form is Form.BATCH else limits.event_bytes)
    messages = _messages(form, request, body, limits)
    if not messages or messages == [b""]:
        raise _no_event()
    urgent = _is_urgent(messages)
    for first in range(0, len(messages), CHUNK_EVENTS):
        await feed.push(messages[first : first + CHUNK_EVENTS], urgent=urgent)


def _messages(form: Form, request: web.Request, body: bytes, limits: Limits) -> list[bytes]:
    if form is Form.BATCH:
        return envelope.from_batch(body, most=limits.batch_events, largest=limits.event_bytes)
    return [envelope.from_binary(request.headers.items(), body) if form is Form.BINARY else envelope.structured(body)]


async def _take_stream(request: web.Request, feed: "_Feed", limits: Limits) -> None:
    """Any number of lines in constant memory: reading waits while too many chunks are uncommitted."""
    lines = envelope.Lines(largest=limits.event_bytes)
    chunk, size = list[bytes](), 0
    async for piece in pieces(request):
        for message in lines.feed(piece):
            if len(chunk) >= CHUNK_EVENTS or size + len(message) > CHUNK_BYTES:
                await feed.push(chunk, urgent=False)
                chunk, size = [], 0
            chunk.append(message)
            size += len(message)
    chunk += lines.close()
    if not chunk:
        raise _no_event()
    await feed.push(chunk, urgent=not feed.begun and _is_urgent(chunk))


def _problem(error: MonitorError, limits: Limits) -> Problem:
    match error:
        case Problem():
            return error
        case Overloaded():
            return overloaded(error)
        case envelope.UnsupportedForm():
            return Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "content_type", str(error))
        case envelope.UnreadableCall():
            return Problem(HTTPStatus.BAD_REQUEST, error.code, str(error))
        case envelope.TooManyEvents():
            most = f"A batch may hold at most {limits.batch_events} events."
            return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_many", most)
        case envelope.TooLargeEvent():
            return too_large(limits.event_bytes)
    raise error


def _no_event() -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "empty", "The call holds no event.")


def _is_urgent(messages: Sequence[bytes]) -> bool:
    """Openings, candidates and awards go before bulk feeds, and so does a call of a few events."""
    return len(messages) <= FEW_EVENTS or any(kind in message for message in messages for kind in _URGENT_TYPES)


class _Feed:
    """One call on its way into the node, a bounded number of chunks at a time."""

    def __init__(self, node: Node, actor: Actor, answer: _Answer) -> None:
        self.answer = answer
        self._node = node
        self._allowed_source = None if actor.role is Role.OPERATOR else actor.source
        self._pushed = 0
        self._flying: deque[tuple[int, asyncio.Task[IngestReceipt]]] = deque()

    @property
    def begun(self) -> bool:
        return self._pushed > 0

    async def push(self, messages: Sequence[bytes], *, urgent: bool) -> None:
        while len(self._flying) >= CHUNKS_IN_FLIGHT:
            await self._land()
        task = asyncio.create_task(self._ingest(messages, urgent=urgent, patient=self.begun))
        self._flying.append((self._pushed, task))
        self._pushed += len(messages)

    async def finish(self) -> None:
        while self._flying:
            await self._land()

    async def settle(self) -> None:
        """Wait for what is under way when the call has broken off, and count what got in."""
        flying, self._flying = self._flying, deque()
        outcomes = await asyncio.gather(*(task for _, task in flying), return_exceptions=True)
        for (first, _), outcome in zip(flying, outcomes, strict=True):
            if isinstance(outcome, IngestReceipt):
                self.answer.add(outcome, first=first)

    def with_progress(self, problem: Problem) -> Problem:
        """What was committed before the call broke off stays committed, and is said."""
        if self.begun:
            problem.members |= self.answer.document()
        return problem

    async def _land(self) -> None:
        first, task = self._flying.popleft()
        self.answer.add(await task, first=first)

    async def _ingest(self, messages: Sequence[bytes], *, urgent: bool, patient: bool) -> IngestReceipt:
        """Committed; a stream that is under way waits for room, a new call is sent away at once."""
        deadline = asyncio.get_running_loop().time() + (PATIENCE_SECONDS if patient else 0.0)
        while True:
            try:
                return await self._node.ingest(messages, urgent=urgent, allowed_source=self._allowed_source)
            except Overloaded as error:
                if asyncio.get_running_loop().time() >= deadline:
                    raise
                await asyncio.sleep(min(error.retry_after, 1.0))


def rejection_document(rejection: Rejection, *, first: int = 0) -> dict[str, Any]:
    return {
        "index": rejection.index + first,
        "id": rejection.id,
        "quarantine_id": rejection.quarantine_id,
        "errors": [asdict(error) for error in rejection.errors],
    }


def _findings(judgement: Judgement) -> Iterator[dict[str, Any]]:
    """What the opening raised at once, each with the clue it became."""
    context = judgement.context
    for finding in judgement.findings:
        if finding.outcome.makes_clue:
            yield {
                "clue_id": str(clue_id(finding)),
                "rule": finding.rule,
                "rule_version": finding.rule_version,
                "outcome": finding.outcome,
                "severity": finding.severity,
                "tender_id": context.tender_id,
                "lot_id": context.lot_id,
                "bidder": {"name": context.bidder.name, "uscc": context.bidder.uscc} if context.bidder else None,
                "person_id": context.person_id,
                "explanation": asdict(finding.explanation),
            }


def receipt_response(receipt: IngestReceipt, limits: Limits) -> web.Response:
    answer = _Answer(limits.reported_rejections)
    answer.add(receipt, first=0)
    return answer.response()


def overloaded(error: Overloaded) -> Problem:
    return Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "overloaded",
        "Too much is waiting to be recorded; come again.",
        headers={"Retry-After": str(max(1, error.retry_after))},
    )
