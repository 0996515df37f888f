"""Posting notices to a webhook endpoint: which were posted, which must be posted again, and when.

Each endpoint is served by a task of its own, so that one that does not answer delays no other. There is one row
for each endpoint and notice. The id of a message follows from clue, revision, recipient and endpoint, and is
the same at every attempt.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

import aiohttp
import structlog
from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from alerts.channels.webhook import Answer, Attempt, Endpoint, inner_session, next_attempt, post, session
from alerts.database import Database, summed
from alerts.endpoints import DELIVERIES, ENDPOINTS, Reason, Status
from alerts.inbox import Notice, inbox, last_notice_id, own_among
from alerts.lease import Lease, ended
from domain.access import Actor
from domain.instants import instant_text

log = structlog.get_logger(__name__)

_MESSAGES: Final = UUID("b8d6a3c4-0f5e-5c1d-8f0a-6c6f2f3f9e21")
_AT_ONCE: Final = 20
LOOK_SECONDS: Final = 0.5
"""The interval between looks at the database for deliveries that are due, and for new notices."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """An endpoint, and in whose name it receives: it gets what that reader's inbox holds."""

    endpoint: Endpoint
    reader: Actor


@dataclass(frozen=True, slots=True)
class Due:
    notice: Notice
    attempts: int


@dataclass(slots=True)
class Served:
    """The numbers of one endpoint for ``/metrics``: results since the start, what waits, whether it is disabled."""

    delivered: int = 0
    failed: int = 0
    given_up: int = 0
    closed: int = 0
    waiting: int = 0
    disabled: bool = False


class Deliveries:
    """One endpoint's deliveries in one database."""

    def __init__(self, database: Database, subscriber: Subscriber, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._subscriber = subscriber
        self._endpoint = subscriber.endpoint
        self._clock = clock
        self._lease = Lease(f"webhook:{self._endpoint.name}", clock)
        self._told = asyncio.Event()
        self.served = Served()

    def told(self) -> None:
        """Look at once: there may be new notices."""
        self._told.set()

    async def run(self, *, look_seconds: float = LOOK_SECONDS) -> None:
        """Deliver until cancelled. Where somebody calls :meth:`told`, ``look_seconds`` may be longer."""
        client = inner_session() if self._endpoint.private_addresses else session()
        async with client, ended(self._lease, self._database):
            while True:
                self._told.clear()
                try:
                    busy = await self.deliver_due(client)
                except Exception as error:  # noqa: BLE001 - a database that is away is asked again later
                    log.warning("deliveries_wait", error=type(error).__name__)
                    busy = False
                if not busy:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(look_seconds):
                            await self._told.wait()

    async def deliver_due(self, client: aiohttp.ClientSession) -> bool:
        """Post what is due now; True where there was something."""
        due, closed = await asyncio.to_thread(self._take_due)
        attempts = await asyncio.gather(*(self._attempt(client, each.notice) for each in due))
        if due:
            await asyncio.to_thread(self._settle, list(zip(due, attempts, strict=True)))
        return bool(due) or closed > 0

    async def _attempt(self, client: aiohttp.ClientSession, notice: Notice) -> Attempt:
        return await post(client, self._endpoint, message_id(notice, self._endpoint.name), body_of(notice))

    def _take_due(self) -> tuple[list[Due], int]:
        """The deliveries to be attempted now, and the number of deliveries that were closed.

        The settings may give an endpoint another reader. Notices that the new reader may not see are closed:
        they would wait for ever, and enough of them would fill every page.
        """
        now = instant_text(self._clock())
        mine = DELIVERIES.c.endpoint == self._endpoint.name
        with self._database.transaction() as connection:
            if not self._lease.hold(connection):
                return [], 0
            self.served.disabled = not self._look_through(connection, now)
            waiting = mine & (DELIVERIES.c.status == Status.WAITING)
            self.served.waiting = connection.execute(select(func.count()).where(waiting)).scalar_one()
            if self.served.disabled:
                return [], 0
            due = select(DELIVERIES.c.notice_id, DELIVERIES.c.attempts).where(waiting, DELIVERIES.c.next_at <= now)
            rows = connection.execute(due.order_by(DELIVERIES.c.notice_id).limit(_AT_ONCE)).all()
            notices = own_among(connection, self._subscriber.reader, [number for number, _ in rows])
            closed = self._close(connection, [number for number, _ in rows if number not in notices], now)
        return [Due(notices[number], attempts) for number, attempts in rows if number in notices], closed

    def _close(self, connection: Connection, numbers: Sequence[int], now: str) -> int:
        if not numbers:
            return 0
        rows = self._rows(numbers)
        closed = {"status": Status.CLOSED, "reason": Reason.NOT_ADDRESSED, "next_at": None, "settled_at": now}
        with summed(connection, DELIVERIES, rows):
            connection.execute(update(DELIVERIES).where(rows).values(**closed))
        self.served.closed += len(numbers)
        log.info("deliveries_closed", count=len(numbers), reason=Reason.NOT_ADDRESSED)
        return len(numbers)

    def _look_through(self, connection: Connection, now: str) -> bool:
        """Write deliveries for the reader's new notices; False where the endpoint is disabled."""
        name = self._endpoint.name
        row = connection.execute(select(ENDPOINTS).where(ENDPOINTS.c.endpoint == name)).one_or_none()
        newest = last_notice_id(connection)
        own = ENDPOINTS.c.endpoint == name
        if row is None:
            with summed(connection, ENDPOINTS, own):
                connection.execute(insert(ENDPOINTS), {"endpoint": name, "last_notice_id": newest})
            return True
        if row.disabled_at is not None:
            return False
        new = inbox(connection, self._subscriber.reader, after=row.last_notice_id, limit=_AT_ONCE)
        if new:
            with summed(connection, DELIVERIES, self._rows([each.notice_id for each in new])):
                connection.execute(insert(DELIVERIES), [_waiting(name, notice, now) for notice in new])
        reached = new[-1].notice_id if len(new) == _AT_ONCE else newest
        if reached > row.last_notice_id:
            with summed(connection, ENDPOINTS, own):
                connection.execute(update(ENDPOINTS).where(own).values(last_notice_id=reached))
        return True

    def _rows(self, notices: Sequence[int]) -> ColumnElement[bool]:
        return (DELIVERIES.c.endpoint == self._endpoint.name) & DELIVERIES.c.notice_id.in_(notices)

    def _settle(self, tried: Sequence[tuple[Due, Attempt]]) -> None:
        now, gone = self._clock(), any(attempt.answer is Answer.GONE for _, attempt in tried)
        with self._database.transaction() as connection:
            with summed(connection, DELIVERIES, self._rows([due.notice.notice_id for due, _ in tried])):
                for due, attempt in tried:
                    self._settle_one(connection, due, attempt, now)
            if gone:
                own = ENDPOINTS.c.endpoint == self._endpoint.name
                with summed(connection, ENDPOINTS, own):
                    connection.execute(update(ENDPOINTS).where(own).values(disabled_at=instant_text(now)))
        if gone:
            log.warning("endpoint_disabled")

    def _settle_one(self, connection: Connection, due: Due, attempt: Attempt, now: datetime) -> None:
        attempts = due.attempts + 1
        again = next_attempt(attempts, now, attempt.wait) if attempt.answer is Answer.FAILED else None
        status, reason = (Status.WAITING, None) if again else (Status.GIVEN_UP, Reason.ATTEMPTS_USED_UP)
        if attempt.answer is Answer.DELIVERED:
            status, reason = Status.DELIVERED, None
        elif attempt.answer is Answer.GONE:
            reason = Reason.GONE
        # Another publisher may have served the endpoint meanwhile, where this one stood still.
        row = (
            (DELIVERIES.c.endpoint == self._endpoint.name)
            & (DELIVERIES.c.notice_id == due.notice.notice_id)
            & (DELIVERIES.c.status == Status.WAITING)
        )
        settled: dict[str, Any] = {
            "status": status,
            "attempts": attempts,
            "http_status": attempt.status,
            "next_at": instant_text(again) if again else None,
            "settled_at": None if again else instant_text(now),
            "reason": reason,
        }
        connection.execute(update(DELIVERIES).where(row).values(**settled))
        self._count(attempt, given_up=status is Status.GIVEN_UP)

    def _count(self, attempt: Attempt, *, given_up: bool) -> None:
        if attempt.answer is Answer.DELIVERED:
            self.served.delivered += 1
        else:
            self.served.failed += 1
            self.served.given_up += given_up


def message_id(notice: Notice, endpoint: str) -> str:
    """The id of the message, which is the same at every attempt."""
    recipient = notice.recipient
    name = f"{notice.clue_id}/{notice.revision}/{recipient.role}/{recipient.key}/webhook:{endpoint}"
    return f"msg_{uuid5(_MESSAGES, name).hex}"


def body_of(notice: Notice) -> bytes:
    """What happened to which clue, and no more: whoever may see the clue asks for it."""
    load = notice.content.load
    content: dict[str, Any] = {
        "type": f"notice.{notice.occasion}",
        "timestamp": instant_text(notice.created_at),
        "data": {
            "clue_id": None if load else str(notice.clue_id),
            "revision": notice.revision,
            "notice_id": notice.notice_id,
            "rule": notice.content.rule,
            "severity": str(notice.content.severity),
            "jurisdiction": notice.content.jurisdiction,
            "tender_id": notice.content.tender_id,
            "lot_id": notice.content.lot_id,
        },
    }
    if load is not None:
        content["data"]["load"] = load.document(notice.content.jurisdiction)
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _waiting(endpoint: str, notice: Notice, now: str) -> dict[str, Any]:
    return {
        "endpoint": endpoint,
        "notice_id": notice.notice_id,
        "status": Status.WAITING,
        "attempts": 0,
        "next_at": now,
    }
