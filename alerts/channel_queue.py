"""Sending the rows of one channel from one database: each channel by itself, so that none waits for another.

A row is marked in the transaction after its attempt: killed in between, it is sent again under the same id. A lease
keeps two publishers from sending one row twice. A row that cannot be put into words, or is refused for good, is
set aside as failed. What the channel as a whole refuses waits, and is tried again within a minute of its return.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import structlog
from sqlalchemy import bindparam, func, select, update

from alerts.channels.channel import Accepted, Answer, Channel, Failed, Later, Letter, Sending
from alerts.database import Database
from alerts.lease import Lease, ended
from alerts.letters import UnreadableRow, Wording
from alerts.outgoing import OUTGOING, State
from alerts.pace import Pace
from domain.instants import instant_text

log = structlog.get_logger(__name__)

_PAGE: Final = 50
_LONGEST_WAIT: Final = timedelta(hours=1)
_MOST_TRIES: Final = 16
"""Of a letter that is refused while others are taken: about seven hours."""
KEPT_TRYING: Final = timedelta(days=3)
"""So long a channel may be away before what waits for it has failed for good."""
LOOK_SECONDS: Final = 0.5


class Addresses(Protocol):
    """Where accounts are reached; asked in a thread."""

    def find(self, account_ids: Sequence[str], reaches: str) -> dict[str, str]:
        """Mail addresses or telephone numbers by account, without those who have none or are disabled."""


@dataclass(slots=True)
class Figures:
    """The numbers of one channel for ``/metrics``: results since the start, and what waits."""

    accepted: int = 0
    refused: int = 0
    failed: int = 0
    waiting: int = 0
    down: bool = False


@dataclass(frozen=True, slots=True)
class _Due:
    row_id: str
    tries: int
    due_at: datetime
    letter: Letter | None
    error: str = ""


class ChannelQueue:
    """One channel's rows in one database."""

    def __init__(
        self,
        database: Database,
        channel: Channel,
        wording: Wording,
        addresses: Addresses,
        clock: Callable[[], datetime],
        *,
        pace: Pace | None = None,
    ) -> None:
        self._database = database
        self._channel = channel
        self._wording = wording
        self._addresses = addresses
        self._clock = clock
        self._pace = pace or Pace(channel.per_minute)
        self._lease = Lease(f"channel:{channel.name}", clock)
        self._told = asyncio.Event()
        self.figures = Figures()

    def told(self) -> None:
        """Look at once: there may be new rows."""
        self._told.set()

    async def run(self, *, look_seconds: float = LOOK_SECONDS) -> None:
        """Send until cancelled."""
        async with self._channel.opened() as sending, ended(self._lease, self._database):
            while True:
                self._told.clear()
                try:
                    busy = await self.send_due(sending)
                except Exception as error:  # noqa: BLE001 - a database that is away is asked again later
                    log.warning("channel_waits", error=type(error).__name__)
                    busy = False
                if not busy:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(look_seconds):
                            await self._told.wait()

    async def send_due(self, sending: Sending) -> bool:
        """Send what is due now; True where something was."""
        due = await asyncio.to_thread(self._take_due)
        if not due:
            return False
        self._pace.spend(sum(each.letter is not None for each in due))
        places = asyncio.Semaphore(self._channel.at_once)
        answers = await asyncio.gather(*(self._attempt(sending, each, places) for each in due))
        await asyncio.to_thread(self._settle, list(zip(due, answers, strict=True)))
        return True

    async def _attempt(self, sending: Sending, due: _Due, places: asyncio.Semaphore) -> Answer | None:
        """None where nothing was sent: somebody else may have the lease by now."""
        if due.letter is None:
            return Failed(due.error)
        async with places:
            if not self._lease.is_valid:
                return None
            try:
                return await sending.send(due.letter)
            except Exception as error:  # noqa: BLE001 - a letter that breaks its channel must not hold up the others
                log.warning("letter_broke", error=type(error).__name__)
                return Later("broken", whole_channel=False)

    def _take_due(self) -> list[_Due]:
        mine = (OUTGOING.c.channel == self._channel.name) & (OUTGOING.c.state == State.WAITING)
        wanted = mine & (OUTGOING.c.next_try_at <= instant_text(self._clock()))
        if self._pace.pauses:
            wanted &= OUTGOING.c.tries == 0
        most = min(self._pace.free(_PAGE), 1 if self._pace.is_down else _PAGE)
        with self._database.read() as connection:
            self.figures.waiting = connection.execute(select(func.count()).where(mine)).scalar_one()
            # Looking must not take the lock of a writer who has facts to record.
            if most <= 0 or not connection.execute(select(OUTGOING.c.row_id).where(wanted).limit(1)).first():
                return []
        with self._database.transaction() as connection:
            if not self._lease.hold(connection):
                return []
            rows = select(OUTGOING).where(wanted).order_by(OUTGOING.c.next_try_at, OUTGOING.c.row_id).limit(most)
            found = connection.execute(rows).all()
        return self._letters(found)

    def _letters(self, rows: Sequence[Any]) -> list[_Due]:
        reaches, addresses = self._channel.reaches, dict[str, str]()
        if reaches is not None and rows:
            accounts = [row.account_id for row in rows if row.account_id]
            addresses = self._addresses.find(accounts, reaches)
        return [self._due(row, addresses) for row in rows]

    def _due(self, row: Any, addresses: dict[str, str]) -> _Due:
        letter, error, address = None, "", addresses.get(row.account_id or "")
        if self._channel.reaches is not None and address is None:
            error = "no-address"
        else:
            try:
                subject, text = self._wording.words(row.occasion, row.language, row.content)
                letter = Letter(row.row_id, subject, text, address)
            except UnreadableRow:
                error = "unreadable"
        return _Due(row.row_id, row.tries, datetime.fromisoformat(row.due_at), letter, error)

    def _settle(self, tried: Sequence[tuple[_Due, Answer | None]]) -> None:
        now = self._clock()
        made = [(due, answer) for due, answer in tried if answer is not None]
        self._judge_channel([answer for due, answer in made if due.letter is not None])
        values = [self._values(due, answer, now) for due, answer in made]
        if not values:
            return
        # Only what waits: a publisher that stood still must not undo what another has marked meanwhile.
        row = (OUTGOING.c.row_id == bindparam("row")) & (OUTGOING.c.state == State.WAITING)
        with self._database.transaction() as connection:
            connection.execute(update(OUTGOING).where(row), values)

    def _judge_channel(self, answers: Sequence[Answer]) -> None:
        refused = [answer for answer in answers if isinstance(answer, Later) and answer.whole_channel]
        for answer in refused:
            if answer.wait is not None:
                self._pace.close_for(answer.wait)
        if refused and len(refused) == len(answers):
            self._pace.failed()
        elif answers:
            self._pace.worked()
        if self._pace.is_down != self.figures.down:
            self.figures.down = self._pace.is_down
            if self.figures.down:
                log.warning("channel_down", error=refused[0].error)
            else:
                log.info("channel_works")

    def _values(self, due: _Due, answer: Answer, now: datetime) -> dict[str, Any]:
        """What the row says after an attempt."""
        tries = due.tries + 1
        said = {"row": due.row_id, "tries": tries, "next_try_at": None, "accepted_at": None, "error": None}
        if isinstance(answer, Accepted):
            self.figures.accepted += 1
            return {**said, "state": State.ACCEPTED, "accepted_at": instant_text(now)}
        again = self._again(due, answer, tries, now) if isinstance(answer, Later) else None
        if again is None:
            self.figures.failed += 1
            return {**said, "state": State.FAILED, "error": answer.error}
        self.figures.refused += 1
        return {**said, "state": State.WAITING, "error": answer.error, "next_try_at": instant_text(again)}

    def _again(self, due: _Due, answer: Later, tries: int, now: datetime) -> datetime | None:
        """When to try again; None where it has been tried for long enough."""
        if now - due.due_at >= KEPT_TRYING or (tries >= _MOST_TRIES and not self._pace.is_down):
            return None
        longest = timedelta(seconds=1) if self._pace.is_down else _LONGEST_WAIT
        planned = min(timedelta(seconds=2 ** min(tries, 12)), longest)
        return now + max(planned, min(answer.wait or timedelta(), timedelta(hours=24)))
