"""Notices that wait for data: the first of several shards to judge may not know yet what another one is recording.

Whoever records says up to which moment notices are told (``told_through`` of a batch). A clue that rules raised,
changed or withdrew later than that waits. When its moment has come, each recipient is told the difference between
what it was last told and how the clue stands by then: of a clue that was raised and withdrawn meanwhile, nothing.

The facts of its case group may still settle then: the group is judged at once, so that nothing is told that a judgement
which waits would take back.

What people decide is told at once, and before it what waited of that clue. One machine records in the order of
arrival: nothing waits there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from eventsourcing.domain import AggregateEvent
from sqlalchemy import Column, Connection, Integer, Row, String, Table, delete, insert, select

from alerts.content import Content
from alerts.inbox import Happened, put, row_of, tell, told
from alerts.recipients import Occasion, Recipient, news, told_in_the_end
from alerts.tables import METADATA
from domain.access import Role
from domain.clues.clue import Clue
from domain.clues.context import says_the_same
from domain.clues.events import Decided
from domain.instants import instant_text
from domain.rule import Finding

WAITING_NOTICES: Final = Table(
    "waiting_notices",
    METADATA,
    Column("clue_id", String(36), primary_key=True),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("since", String(32), nullable=False),
)
"""One row for each clue of which something is not told yet: its events ``first`` to ``last``, ``since`` the first."""

History = Callable[[UUID, int], Iterable[AggregateEvent]]
"""The events of a clue up to the one with this number, in order."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    clue_id: UUID
    case_group: str
    first: int
    last: int
    since: datetime


class WaitingNotices:
    """Writes the notices of one shard, now or when their moment has come.

    It is used within the transaction of the batch. Its memory is that of the table, and is loaded again after
    a failure.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._through: datetime | None = None
        self._waiting: dict[UUID, _Waiting] = {}

    def load(self, connection: Connection) -> None:
        """Read what waits."""
        rows = connection.execute(select(WAITING_NOTICES)).all()
        self._waiting = {UUID(row.clue_id): self._read(UUID(row.clue_id), row) for row in rows}

    def _read(self, clue_id: UUID, row: Row[Any]) -> _Waiting:
        (raised, _), *_ = _steps(self._history(clue_id, 1))
        return _Waiting(clue_id, raised.context.case_group, row.first, row.last, datetime.fromisoformat(row.since))

    @property
    def since(self) -> datetime | None:
        """When the clue changed that has been waiting longest; None where none waits."""
        return min((each.since for each in self._waiting.values()), default=None)

    def begin(self, told_through: datetime | None) -> None:
        """What the batch says: None where everything is told at once."""
        self._through = told_through

    def follow(self, connection: Connection, happened: Happened) -> dict[UUID, list[Role]]:
        """Tell of the one event just recorded of each clue, or have it wait; returns who was told, by clue."""
        at_once, later = list[tuple[Clue, AggregateEvent]](), list[tuple[Clue, AggregateEvent]]()
        for clue, event in happened:
            (at_once if self._is_told(connection, clue, event) else later).append((clue, event))
        self._wait(connection, later)
        return tell(connection, at_once)

    def ready(self, at: datetime) -> frozenset[str]:
        """The case groups of the clues whose moment has come: they are judged on everything known, and then told."""
        return frozenset(each.case_group for each in self._ready(at))

    def release(self, connection: Connection, at: datetime, *, settles: Callable[[str], bool]) -> None:
        """Tell of all clues whose moment has come, the longest waiting first; not where its case group settles."""
        ready = [each for each in self._ready(at) if not settles(each.case_group)]
        if ready:
            self._tell(connection, sorted(ready, key=lambda each: (each.since, each.clue_id)), at)

    def _ready(self, at: datetime) -> Iterator[_Waiting]:
        through = self._through or at
        return (each for each in self._waiting.values() if each.since <= through)

    def _is_told(self, connection: Connection, clue: Clue, event: AggregateEvent) -> bool:
        waiting = self._waiting.get(clue.id)
        if isinstance(event, Decided):
            self._tell(connection, [waiting] if waiting else [], event.timestamp)
            return True
        return waiting is None and (self._through is None or event.timestamp <= self._through)

    def _wait(self, connection: Connection, later: Happened) -> None:
        for clue, event in later:
            begun = self._waiting.get(clue.id)
            first, since = (begun.first, begun.since) if begun else (clue.version, event.timestamp)
            self._waiting[clue.id] = _Waiting(clue.id, clue.context.case_group, first, clue.version, since)
        self._forget(connection, [clue.id for clue, _ in later])
        if later:
            connection.execute(insert(WAITING_NOTICES), [_row(self._waiting[clue.id]) for clue, _ in later])

    def _tell(self, connection: Connection, waiting: Sequence[_Waiting], at: datetime) -> None:
        known = told(connection, [each.clue_id for each in waiting])
        rows: list[dict[str, Any]] = []
        for each in waiting:
            rows += self._rows(each, known.get(each.clue_id, {}), at)
            del self._waiting[each.clue_id]
        put(connection, rows)
        self._forget(connection, [each.clue_id for each in waiting])

    def _rows(self, waiting: _Waiting, known: Mapping[Recipient, Occasion], at: datetime) -> Iterator[dict[str, Any]]:
        now, said = dict(known), dict[Recipient, list[Occasion]]()
        before: Finding | None = None
        for clue, event in _steps(self._history(waiting.clue_id, waiting.last)):
            if event.originator_version < waiting.first:
                before = clue.finding
                continue
            for recipient, occasion in news(event, clue, now).items():
                now[recipient] = occasion
                said.setdefault(recipient, []).append(occasion)
        changed = before is None or not says_the_same(before, clue.finding)
        content = Content.of(clue).text()
        for recipient, occasions in sorted(said.items()):
            last = told_in_the_end(known.get(recipient), occasions, changed=changed)
            if last is not None:
                yield row_of(clue.id, waiting.last, recipient, last, content, at)

    def _forget(self, connection: Connection, clues: Sequence[UUID]) -> None:
        for clue_id in clues:
            connection.execute(delete(WAITING_NOTICES).where(WAITING_NOTICES.c.clue_id == str(clue_id)))


def waiting_since(connection: Connection, clue_id: UUID) -> datetime | None:
    """Since when something about a clue has not been told; None where nothing waits."""
    row = WAITING_NOTICES.c.clue_id == str(clue_id)
    since = connection.execute(select(WAITING_NOTICES.c.since).where(row)).scalar()
    return datetime.fromisoformat(since) if since else None


def _steps(events: Iterable[AggregateEvent]) -> Iterator[tuple[Clue, Any]]:
    """Each event with the clue as it left it; the clue is the same object, and changes with the next step."""
    clue: Any = None
    for event in events:
        clue = event.mutate(clue)
        yield clue, event


def _row(waiting: _Waiting) -> dict[str, Any]:
    since = instant_text(waiting.since)
    return {"clue_id": str(waiting.clue_id), "first": waiting.first, "last": waiting.last, "since": since}
