"""One call of events on its way into the node, and what it is answered with."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from sqlalchemy import Connection

from domain.access import Actor
from domain.bid_verdict import BidVerdict
from domain.clues.context import clue_id
from domain.errors import Overloaded
from domain.rule import RULEBOOK
from infra.documents.verdicts import verdict_document
from infra.http.answers import answer_json
from infra.http.problems import Problem
from projections.judging import Judgement
from projections.questions.as_of import AsOf
from projections.questions.verdicts import verdicts_of_lots
from streams.node.node import IngestReceipt, Node, Rejection
from streams.threads import in_thread

CHUNK_EVENTS: Final = 1_000
CHUNK_BYTES: Final = 1024 * 1024
CHUNKS_IN_FLIGHT: Final = 3
"""Enough that one chunk is read and one checked while one is committed; more would only queue."""
FEW: Final = 20
"""Rejections and judgements that are written out in no time."""
MOST_LOOKED_UP: Final = 20
"""Lots of one call whose verdicts are looked up."""
PATIENCE_SECONDS: Final = 60.0
"""How long an open NDJSON stream is held back before it is told to come again."""


@dataclass(slots=True)
class Answer:
    """The receipts of one call's chunks, with the places of rejected events in the whole call.

    At most ``reported`` rejections are told. ``untold`` are lots whose verdicts must be looked up.
    Only with ``names_firms`` are findings explained, for an explanation names who pays for a lead.
    """

    reported: int
    names_firms: bool
    accepted: int = 0
    duplicates: int = 0
    rejections: int = 0
    rejected: list[tuple[int, Rejection]] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)
    verdicts: list[BidVerdict] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    has_openings: bool = False

    def add(self, receipt: IngestReceipt, *, first: int) -> None:
        self.accepted += receipt.accepted
        self.duplicates += receipt.duplicates
        self.rejections += len(receipt.rejected)
        room = self.reported - len(self.rejected)
        self.rejected += [(first + one.index, one) for one in receipt.rejected[: max(room, 0)]]
        self.judgements += receipt.judgements
        self.verdicts += receipt.verdicts
        self.untold += receipt.untold
        self.has_openings |= bool(receipt.verdicts or receipt.untold)

    def look_up(self, connection: Connection, as_of: AsOf, now: datetime) -> None:
        """Find the verdicts that no receipt told: of openings that had been recorded before, and in a cluster.

        At most of :data:`MOST_LOOKED_UP` lots, because each takes as long as judging it.
        """
        lots = list(dict.fromkeys(self.untold))[:MOST_LOOKED_UP]
        self.verdicts += verdicts_of_lots(connection, as_of, lots, now=now)
        self.untold = []

    def document(self) -> dict[str, Any]:
        document = {
            "accepted": self.accepted,
            "duplicates": self.duplicates,
            "rejected": [_rejection_document(place, one) for place, one in self.rejected],
            "findings": [one for judgement in self.judgements for one in self._findings(judgement)],
        }
        if self.has_openings:
            document["verdicts"] = [verdict_document(verdict) for verdict in self.verdicts]
        truncated = self.rejections > len(self.rejected)
        return document | {"rejected_in_all": self.rejections} if truncated else document

    async def response(self) -> web.Response:
        """Made beside the event loop where there is much to tell."""
        if len(self.rejected) + len(self.judgements) + len(self.verdicts) <= FEW:
            return self._response()
        return await in_thread(self._response)

    def _response(self) -> web.Response:
        if self.rejections and not self.accepted and not self.duplicates:
            said = self.document()
            return Problem(HTTPStatus.BAD_REQUEST, "all_rejected", "Every event was rejected.", members=said).response()
        return answer_json(self.document(), status=HTTPStatus.ACCEPTED)

    def _findings(self, judgement: Judgement) -> Iterator[dict[str, Any]]:
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
                    "explanation": finding.explanation if self.names_firms else RULEBOOK[finding.rule].title_alone,
                }


class Feed:
    """One call on its way into the node, a bounded number of chunks at a time."""

    def __init__(self, node: Node, actor: Actor, answer: Answer, delivery_id: str | None = None) -> None:
        self.answer = answer
        self._node = node
        self._actor = actor
        self._delivery_id = delivery_id
        self._chunk: list[bytes] = []
        self._chunk_bytes = 0
        self._pushed = 0
        self._flying: deque[tuple[int, asyncio.Task[IngestReceipt]]] = deque()
        self._failed_at: int | None = None

    @property
    def is_empty(self) -> bool:
        return not self._pushed and not self._chunk

    @property
    def continue_at(self) -> int:
        """The place in the call of the first message that may be missing, once all is settled; those before are in."""
        return self._pushed if self._failed_at is None else self._failed_at

    async def take(self, message: bytes) -> None:
        if len(self._chunk) >= CHUNK_EVENTS or self._chunk_bytes + len(message) > CHUNK_BYTES:
            await self._push()
        self._chunk.append(message)
        self._chunk_bytes += len(message)

    async def finish(self) -> None:
        await self._push()
        while self._flying:
            await self._land()

    async def settle(self) -> None:
        """Wait for what is under way when the call has broken off, and count what got in."""
        flying, self._flying = self._flying, deque()
        outcomes = await asyncio.gather(*(task for _, task in flying), return_exceptions=True)
        for (first, _), outcome in zip(flying, outcomes, strict=True):
            if isinstance(outcome, IngestReceipt):
                self.answer.add(outcome, first=first)
            elif self._failed_at is None:
                self._failed_at = first

    async def broken_off(self, problem: Problem) -> web.Response:
        """``problem``, with what was committed before the call broke off, which stays committed."""
        if not self._pushed:
            return problem.response()
        return await in_thread(self._broken_off, problem)

    def _broken_off(self, problem: Problem) -> web.Response:
        problem.members |= self.answer.document() | {"continue_at": self.continue_at}
        return problem.response()

    async def _push(self) -> None:
        chunk, self._chunk, self._chunk_bytes = self._chunk, [], 0
        if not chunk:
            return
        while len(self._flying) >= CHUNKS_IN_FLIGHT:
            await self._land()
        task = asyncio.create_task(self._ingest(chunk, patient=self._pushed > 0))
        self._flying.append((self._pushed, task))
        self._pushed += len(chunk)

    async def _land(self) -> None:
        first, task = self._flying[0]
        receipt = await task
        self._flying.popleft()
        self.answer.add(receipt, first=first)

    async def _ingest(self, messages: Sequence[bytes], *, patient: bool) -> IngestReceipt:
        """Committed; a stream that is under way waits for room, a new call is sent away at once."""
        deadline = asyncio.get_running_loop().time() + (PATIENCE_SECONDS if patient else 0.0)
        while True:
            try:
                return await self._node.ingest(
                    messages,
                    allowed_source=self._actor.own_source,
                    delivery_id=self._delivery_id,
                    by=self._actor.submitter,
                )
            except Overloaded as error:
                if asyncio.get_running_loop().time() >= deadline:
                    raise
                await asyncio.sleep(min(error.retry_after, 1.0))


def _rejection_document(place: int, rejection: Rejection) -> dict[str, Any]:
    document = {
        "index": place,
        "id": rejection.id,
        "quarantine_id": rejection.quarantine_id,
        "errors": rejection.errors,
    }
    return document | {"partial": True} if rejection.partial else document
