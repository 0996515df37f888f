"""Rebuild: derive every table again from the ledger, in another database, and compare it with the live one.

The rebuild goes batch by batch, as they were recorded. The code that indexed and judged the facts
live does so again. The clue events that follow must equal those in the ledger, to the byte. Only
the decisions of people are taken from the ledger. So a rebuild is a proof, and can be a repair.

Where other rules were adopted later, and every case was judged anew, the clue events before are taken
from the ledger too: the rules that they followed from may be gone.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final, Protocol
from uuid import UUID

import numpy as np
from eventsourcing.application import Repository
from eventsourcing.domain import AggregateCreated, AggregateEvent
from eventsourcing.persistence import ApplicationRecorder, EventStore, Notification, StoredEvent
from eventsourcing.utils import resolve_topic
from sqlalchemy import Connection, Table, select

from alerts.waiting_notices import WAITING_NOTICES
from domain.accounts.account import TOPICS as ACCOUNT_TOPICS
from domain.accounts.account import Account
from domain.clues.clue import Clue
from domain.clues.events import TOPICS as CLUE_TOPICS
from domain.clues.events import Decided
from domain.errors import MonitorError
from domain.facts.rules import RulesAdopted
from domain.rule import RULEBOOK
from domain.sources.registered_source import TOPICS as SOURCE_TOPICS
from projections.batches import BATCHES
from projections.boards import accounts, clue_board, matter_board, registered_sources
from projections.boards.accounts import ACCOUNTS
from projections.boards.approval_board import APPROVALS, DEPARTMENT_MONTHS, LIGHTS
from projections.boards.closings import CLOSINGS, COVERAGE_ASKS
from projections.boards.clue_board import CLUES
from projections.boards.conduct_board import CONDUCT
from projections.boards.cross_bid_board import LOT_SUBJECTS, PAYER_SUBJECTS
from projections.boards.due_dates import DUE_DATES
from projections.boards.judged import APPOINTMENTS, WATCHED
from projections.boards.loads import LOADS_SUMMARISED
from projections.boards.lot_board import LOTS
from projections.boards.matter_board import MATTERS
from projections.boards.named_parties import NAMED_PARTIES
from projections.boards.registered_sources import REGISTERED_SOURCES
from projections.boards.sources import RANGES, SOURCES
from projections.boards.watched_sites import SITES_JUDGED, WATCHED_SITES
from projections.boards.won_lots import WON_LOTS
from projections.decisions import Follower, Happened, decision_mapper, pending
from projections.evidence.recorded_facts import FACT_TOPIC_PREFIX
from projections.index import LogReader
from projections.index.subject_index import SEEN_TABLES, SUBJECT_TABLES
from projections.judging.in_memory import LiveLedger
from streams.shard.corrections import WAITING
from streams.shard.derivation import Derivation
from streams.shard.ledger_keys import KeyedFacts, keyed
from streams.shard.ports import Database

BOARDS: Final[tuple[Table, ...]] = (
    LOTS,
    NAMED_PARTIES,
    APPOINTMENTS,
    WATCHED,
    WON_LOTS,
    APPROVALS,
    LIGHTS,
    DEPARTMENT_MONTHS,
    WATCHED_SITES,
    SITES_JUDGED,
    LOT_SUBJECTS,
    PAYER_SUBJECTS,
    DUE_DATES,
    LOADS_SUMMARISED,
    CLOSINGS,
    COVERAGE_ASKS,
    CLUES,
    MATTERS,
    WAITING,
    SOURCES,
    RANGES,
    REGISTERED_SOURCES,
    ACCOUNTS,
    CONDUCT,
    WAITING_NOTICES,
)
_CHUNK: Final = 20_000
"""Ledger rows that are read and committed together, so that memory stays bounded."""

_STORED: Final = ("originator_id", "originator_version", "topic", "state")

LedgerRow = tuple[int, str, bytes]


class Differs(MonitorError):
    """Something that was recorded does not follow from the ledger: an event of a clue, or the row of a table."""


class Recorder(Protocol):
    """What the rebuild needs of the recorder."""

    def select_notifications(
        self, start: int | None, limit: int, *, stop: int | None = None, topics: Sequence[str] = ()
    ) -> Sequence[Notification]: ...

    def read(self, connection: Connection, positions: Sequence[int]) -> list[LedgerRow]: ...

    def scan(self, connection: Connection, *, after: int, limit: int) -> list[LedgerRow]: ...


@dataclass(frozen=True, slots=True)
class _Batch:
    first_position: int
    last_position: int
    recorded_at: datetime
    told_through: datetime | None


class ReplayedClues:
    """Clues during a rebuild: an event that judging would record is compared with the ledger and not written."""

    def __init__(self, recorder: ApplicationRecorder, followers: Sequence[Follower]) -> None:
        self._mapper = decision_mapper()
        self._repository: Repository[UUID] = Repository(EventStore(self._mapper, recorder))
        self._followers = followers
        self._versions: dict[UUID, int] = {}
        self._expected: deque[Notification] = deque()
        self._takes = False

    def expect(self, event: Notification) -> None:
        """One more clue event of the next batch."""
        self._expected.append(event)

    def begin_batch(self, *, by_other_rules: bool) -> None:
        """Whether the events of the batch followed from other rules: then they are taken as they are."""
        self._takes = by_other_rules

    def clue(self, clue_id: UUID) -> Clue:
        return self._repository.get(clue_id, version=self._versions[clue_id])

    def record(self, connection: Connection, clues: Sequence[Clue]) -> None:
        if self._takes:
            return
        happened = pending(clues)
        for _, event in happened:
            self._check(self._mapper.to_stored_event(event))
        self._project(connection, happened)

    def decide(self, connection: Connection) -> None:
        """Apply the decisions of people that come next in the ledger."""
        while self._expected and issubclass(resolve_topic(self._expected[0].topic), Decided):
            self._apply_next(connection)

    def register(self, connection: Connection, event: Notification) -> None:
        """Bring the registry or the accounts in line with what happened to a source or an account."""
        assert isinstance(event.originator_id, UUID)
        found: Any = self._repository.get(event.originator_id, version=event.originator_version)
        board = accounts if isinstance(found, Account) else registered_sources
        board.put(connection, found)

    def finish_batch(self, connection: Connection) -> None:
        """Take the rest of the batch's events, or raise :class:`Differs` where one does not follow."""
        while self._takes and self._expected:
            self._apply_next(connection)
        if self._expected:
            event = self._expected[0]
            raise Differs(f"position {event.id}: {event.topic} does not follow from the facts{_advice(event)}")

    def _apply_next(self, connection: Connection) -> None:
        event = self._mapper.to_domain_event(self._expected.popleft())
        assert isinstance(event, AggregateEvent)
        before = None if isinstance(event, AggregateCreated) else self.clue(event.originator_id)
        clue: Any = event.mutate(before)
        self._project(connection, [(clue, event)])

    def _check(self, event: StoredEvent) -> None:
        if not self._expected:
            raise Differs(f"{event.topic} of clue {event.originator_id} follows from the facts and is not recorded")
        recorded = self._expected.popleft()
        if any(getattr(event, name) != getattr(recorded, name) for name in _STORED):
            followed = f"recorded is {recorded.topic}, and {event.topic} follows"
            raise Differs(f"position {recorded.id}: {followed}{_advice(recorded)}")

    def _project(self, connection: Connection, happened: Happened) -> None:
        self._versions |= {clue.id: event.originator_version for clue, event in happened}
        matter_board.put(connection, clue_board.put(connection, [clue for clue, _ in happened]))
        for follower in self._followers:
            follower(connection, happened)


class Rebuild:
    """One rebuild: reads the ``live`` database, writes into the empty ``scratch``.

    With ``taking_all`` no event of a clue is compared: all rules may have changed.
    """

    def __init__(
        self,
        live: Database,
        recorder: Recorder,
        scratch: Database,
        derivation: Callable[[LiveLedger, ReplayedClues], Derivation],
        clues: ReplayedClues,
        *,
        taking_all: bool = False,
    ) -> None:
        self._live = live
        self._recorder = recorder
        self._scratch = scratch
        self._derivation = derivation
        self._clues = clues
        self._taking_all = taking_all
        self._judged_since = 0

    def run(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Derive everything; returns how many ledger rows were read. Raises :class:`Differs` at a first difference."""
        with self._live.read() as live:
            self._judged_since = _adopted_at(self._recorder)
            derivation = self._derivation(LiveLedger(self._recorder, live), self._clues)
            with self._scratch.transaction() as connection:
                derivation.load(connection)
            rows = 0
            for batches, ledger_rows, events, registry in _chunks(self._recorder, live):
                facts = keyed([row for row in ledger_rows if row[1].startswith(FACT_TOPIC_PREFIX)])
                with self._scratch.transaction() as connection:
                    for batch in batches:
                        while registry and registry[0].id <= batch.last_position:
                            self._clues.register(connection, registry.popleft())
                        self._derive(connection, derivation, batch, events, facts)
                derivation.committed()
                rows += sum(batch.last_position - batch.first_position + 1 for batch in batches)
                progress(rows)
        return rows

    def _derive(
        self,
        connection: Connection,
        derivation: Derivation,
        batch: _Batch,
        events: deque[Notification],
        facts: KeyedFacts,
    ) -> None:
        by_other_rules = self._taking_all or batch.last_position < self._judged_since
        while events and events[0].id <= batch.last_position:
            self._clues.expect(events.popleft())
        self._clues.begin_batch(by_other_rules=by_other_rules)
        self._clues.decide(connection)
        own = facts.between(batch.first_position, batch.last_position)
        if len(own.positions):
            derivation.hear(connection, own.sources, own.telling, batch.recorded_at)
            for lot in sorted(derivation.index(connection, own, own.positions)):
                derivation.lot(connection, lot)
        derivation.judge(connection, batch.recorded_at, batch.told_through)
        self._clues.finish_batch(connection)
        derivation.tell(connection, batch.recorded_at)

    def compare(self, boards: Sequence[Table]) -> None:
        """Raises :class:`Differs`, which names the first table and row where live and scratch are not equal."""
        with self._live.read() as live, self._scratch.transaction() as scratch:
            for table in boards:
                _compare_rows(table, live, scratch)
            for tables in (SUBJECT_TABLES, SEEN_TABLES):
                _compare_index(LogReader(tables), tables.runs.name, live, scratch)


def _adopted_at(recorder: Recorder) -> int:
    """The position at which rules were adopted last; 0 where they never changed."""
    last = 0
    while adopted := recorder.select_notifications(last + 1, _CHUNK, topics=[RulesAdopted.type_name()]):
        last = int(adopted[-1].id)
    return last


def _advice(event: Notification) -> str:
    """What to do where a clue rests on another version of its rule than the one in force; empty elsewhere."""
    content: Any = decision_mapper().to_domain_event(event)
    finding = getattr(content, "finding", None) or {}
    rule = RULEBOOK.get(finding.get("rule", ""))
    if rule is None or finding["rule_version"] == rule.version:
        return ""
    judged = f"{rule.code} version {finding['rule_version']}, and version {rule.version} is in force"
    return f"; it was judged by {judged}: tender-monitor rejudge"


def _compare_rows(table: Table, live: Connection, scratch: Connection) -> None:
    query = select(table).order_by(*table.primary_key.columns)
    for one, other in zip_longest(live.execute(query), scratch.execute(query)):
        if one is None or other is None or tuple(one) != tuple(other):
            key = tuple(getattr(one or other, column.name) for column in table.primary_key.columns)
            raise Differs(f"table {table.name}, row {key}: not what the ledger leads to")


def _compare_index(reader: LogReader, name: str, live: Connection, scratch: Connection) -> None:
    for one, other in zip_longest(reader.content(live), reader.content(scratch)):
        if one is None or other is None or not all(map(np.array_equal, one, other)):
            raise Differs(f"{name}: not what the ledger leads to")


_Chunk = tuple[list[_Batch], list[LedgerRow], deque[Notification], deque[Notification]]


def _chunks(recorder: Recorder, live: Connection) -> Iterator[_Chunk]:
    """Batches in order, their rows, and among these the events of clues and of all else; a chunk ends with a batch."""
    batches: list[_Batch] = []
    for row in live.execute(select(BATCHES).order_by(BATCHES.c.batch)):
        told_through = datetime.fromisoformat(row.told_through) if row.told_through else None
        recorded_at = datetime.fromisoformat(row.recorded_at)
        batches.append(_Batch(row.first_position, row.last_position, recorded_at, told_through))
        if batches[-1].last_position - batches[0].first_position >= _CHUNK:
            yield _chunk(recorder, live, batches)
            batches = []
    if batches:
        yield _chunk(recorder, live, batches)


def _chunk(recorder: Recorder, live: Connection, batches: list[_Batch]) -> _Chunk:
    first, last = batches[0].first_position, batches[-1].last_position
    rows = recorder.scan(live, after=first - 1, limit=last - first + 1)
    found = {topic for _, topic, _ in rows}

    def events(topics: Sequence[str]) -> deque[Notification]:
        if found.isdisjoint(topics):
            return deque()
        return deque(recorder.select_notifications(first, len(rows), stop=last, topics=topics))

    return batches, rows, events(CLUE_TOPICS), events((*SOURCE_TOPICS, *ACCOUNT_TOPICS))
