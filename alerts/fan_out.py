"""From notices to people: each new notice becomes one row for every account and robot that must hear of it.

It follows the notices of one database by their numbers, beside the writer: telling five hundred accounts must not
hold up a fact. Rows and position are written in one transaction, so a sender that is killed neither loses nor
doubles anything. Whoever was told of a clue hears of its end, and nobody else does.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import structlog
from sqlalchemy import Column, Connection, String, Table, insert, select, update

from alerts.addressing import is_addressed
from alerts.database import Database
from alerts.inbox import Notice, all_after, last_notice_id, told
from alerts.lease import Lease, ended
from alerts.outgoing import OUTGOING, Row, State, Telling, queue
from alerts.recipients import Occasion, Recipient
from alerts.tables import METADATA, NUMBER
from domain.access import Actor, Role
from domain.identifiers import significant_digits

log = structlog.get_logger(__name__)

FANNED_OUT: Final = Table(
    "fanned_out",
    METADATA,
    Column("name", String(20), primary_key=True),
    Column("notice_id", NUMBER, nullable=False),
)
"""One row: the number of the last notice that was handed on."""
_NAME: Final = "notices"
_PAGE: Final = 200
LOOK_SECONDS: Final = 0.5
_TELLING: Final = {
    Occasion.RAISED: Telling.RAISED,
    Occasion.REOPENED: Telling.RAISED,
    Occasion.CANDIDATE: Telling.RAISED,
    Occasion.INVESTIGATION_OPENED: Telling.REVISED,
    Occasion.REVISED: Telling.REVISED,
    Occasion.EXPLAINED: Telling.REVISED,
    Occasion.EVIDENCE_CHANGED: Telling.REVISED,
    Occasion.CONFIRMED: Telling.REVISED,
    Occasion.CLEARED: Telling.WITHDRAWN,
    Occasion.WITHDRAWN: Telling.WITHDRAWN,
    Occasion.HANDED_OVER: Telling.WITHDRAWN,
}
"""What the inbox alone tells is missing: the summary of a load of history, and that the code of a party is known."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears of notices by ``channel``: an account in all its ``capacities``, or the robot of a group.

    A robot has no account; it hears what supervisors of ``jurisdiction`` are told, or of all places without one.
    """

    channel: str
    account_id: str | None = None
    capacities: tuple[Actor, ...] = ()
    jurisdiction: str = ""
    language: str = "zh"

    def hears_of(self, recipient: Recipient) -> bool:
        if self.account_id is None:
            place = significant_digits(self.jurisdiction)
            return recipient.role is Role.SUPERVISOR and recipient.key.startswith(place)
        return any(is_addressed(actor, recipient) for actor in self.capacities)


class Directory(Protocol):
    """Who listens at the moment; asked in a thread."""

    def listeners(self) -> Sequence[Listener]: ...


class FanOut:
    """Hands on the notices of one database; ``address`` is where people open the pages."""

    def __init__(
        self, database: Database, directory: Directory, clock: Callable[[], datetime], *, address: str
    ) -> None:
        self._database = database
        self._directory = directory
        self._clock = clock
        self._address = address.rstrip("/")
        self._lease = Lease("fan-out", clock)
        self._told = asyncio.Event()

    def told(self) -> None:
        """Look at once: there may be new notices."""
        self._told.set()

    async def run(self, *, look_seconds: float = LOOK_SECONDS) -> None:
        """Hand on until cancelled."""
        async with ended(self._lease, self._database):
            while True:
                self._told.clear()
                try:
                    more = await asyncio.to_thread(self.hand_on)
                except Exception as error:  # noqa: BLE001 - a database that is away is asked again later
                    log.warning("fan_out_waits", error=type(error).__name__)
                    more = False
                if not more:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(look_seconds):
                            await self._told.wait()

    def hand_on(self) -> bool:
        """Hand on the next page; True where there may be more. What was told before the first call, nobody is sent."""
        with self._database.read() as connection:
            position = _position(connection)
            # Looking must not take the lock of a writer who has facts to record.
            if position is not None and last_notice_id(connection) == position:
                return False
        listeners = self._directory.listeners()
        with self._database.transaction() as connection:
            if not self._lease.hold(connection):
                return False
            position = _position(connection)
            if position is None:
                connection.execute(insert(FANNED_OUT), {"name": _NAME, "notice_id": last_notice_id(connection)})
                return False
            notices = all_after(connection, position, limit=_PAGE)
            if notices:
                self._write(connection, notices, listeners)
                moved = update(FANNED_OUT).where(FANNED_OUT.c.name == _NAME)
                connection.execute(moved.values(notice_id=notices[-1].notice_id))
        return len(notices) == _PAGE

    def _write(self, connection: Connection, notices: Sequence[Notice], listeners: Sequence[Listener]) -> None:
        at = self._clock()
        for notice in notices:
            telling = _TELLING.get(notice.occasion)
            if telling is Telling.WITHDRAWN:
                heard = _heard_of(connection, str(notice.clue_id))
                ends = [each for each in heard if _is_concerned(each, notice.recipient, listeners)]
                wanted = [each for each in ends if not _stays(connection, notice, each, listeners)]
            else:
                wanted = [each for each in listeners if telling and each.hears_of(notice.recipient)]
            queue(connection, [self._row(notice, each, telling, at) for each in wanted if telling], at)

    def _row(self, notice: Notice, listener: Listener, telling: Telling, at: datetime) -> Row:
        return Row(
            f"{notice.clue_id}:{notice.revision}",
            listener.channel,
            listener.account_id,
            telling,
            at,
            dict(_content(notice, self._address)),
            listener.language,
        )


def _content(notice: Notice, address: str) -> Iterator[tuple[str, Any]]:
    """What a letter may show: nothing of a person."""
    content = notice.content
    yield "clue_id", str(notice.clue_id)
    yield "rule", content.rule
    yield "severity", str(content.severity)
    yield "jurisdiction", content.jurisdiction
    yield "lot_id", f"{content.tender_id}/{content.lot_id}" if content.tender_id and content.lot_id else None
    yield "case_id", content.case_id
    yield "link", f"{address}/clues/{notice.clue_id}" if address else None


def _heard_of(connection: Connection, clue_id: str) -> list[Listener]:
    """Who was written to about a clue, but for those whom no letter reached."""
    # Of all revisions: their names begin with the clue, and ";" is what follows ":".
    about = OUTGOING.c.notice.between(f"{clue_id}:", f"{clue_id};") & (OUTGOING.c.state != State.FAILED)
    columns = OUTGOING.c.channel, OUTGOING.c.account_id, OUTGOING.c.language
    found = connection.execute(select(*columns).where(about).distinct().order_by(*columns))
    return [Listener(row.channel, row.account_id, language=row.language) for row in found]


def _is_concerned(heard: Listener, recipient: Recipient, listeners: Sequence[Listener]) -> bool:
    """Whether the end that ``recipient`` is told is the end for who ``heard``: somebody may listen in two places."""
    now = [each for each in listeners if (each.channel, each.account_id) == (heard.channel, heard.account_id)]
    # Who has no role any more was told all the same, and must hear that it is over.
    return not now or any(each.hears_of(recipient) for each in now)


def _stays(connection: Connection, notice: Notice, heard: Listener, listeners: Sequence[Listener]) -> bool:
    """Whether a clue that left one place lies in another place of who ``heard``, to whom this is no end."""
    if notice.occasion is not Occasion.HANDED_OVER:
        return False
    last = told(connection, [notice.clue_id]).get(notice.clue_id, {})
    standing = [recipient for recipient, occasion in last.items() if not occasion.is_end]
    now = (each for each in listeners if (each.channel, each.account_id) == (heard.channel, heard.account_id))
    return any(each.hears_of(recipient) for each in now for recipient in standing)


def _position(connection: Connection) -> int | None:
    found: int | None = connection.execute(select(FANNED_OUT.c.notice_id)).scalar()
    return found
