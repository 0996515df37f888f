"""A real installation under test: messages go through its intake into its shard.

Its clock stands still until it is moved.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Connection, Row, Table, select

from domain.access import Actor, Role
from domain.facts.fact import FactData
from domain.sources.bounds import Bounds, is_open
from infra.command_line.facts_in.registering import registrable
from infra.installation import Installation
from infra.settings import Settings
from projections.boards.clue_board import CLUES, FINDING_CONTENT
from projections.boards.registered_sources import registrations
from streams.intake.prepared import HandedIn, PreparedBatch
from streams.intake.quarantine import QuarantinedMessage
from streams.shard.recording import CommitResult
from tests.builders import YEARS_CLOSED, a_message, a_register_closed
from tests.needs import ANYWHERE
from tests.source_builders import EVERYTHING, FIRST_USED, register_in, sources_of

START = datetime(2025, 12, 1, 4, tzinfo=UTC)
"""All data of the default opening's look-back are due."""
SOURCE = "urn:test:source"
OPERATOR = Actor(Role.OPERATOR, "值班员")
LONG_BEFORE = 400
"""Days before the start, when the test source was registered."""
SUPERVISOR = Actor(Role.SUPERVISOR, "广州市监管处", jurisdiction="440100")
AUDITOR = Actor(Role.AUDITOR, "审计员")

Message = dict[str, Any] | bytes


class Clock:
    """Stands still until it is moved; ``failure`` is raised by the next reading."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment
        self.failure: Exception | None = None

    def __call__(self) -> datetime:
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        return self.moment

    def pass_by(self, **time: float) -> datetime:
        self.moment += timedelta(**time)
        return self.moment


@dataclass(frozen=True)
class OpenClue:
    """What must not depend on the order in which facts came."""

    clue_id: str
    rule: str
    person_id: str | None
    bidder: str | None
    outcome: str
    severity: str
    explanation: str
    facts: frozenset[tuple[str, str]]


class Monitor:
    """One installation with its only shard and its only intake."""

    def __init__(
        self, settings: Settings, clock: Clock | None = None, *, installed: type[Installation] = Installation
    ) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        self._installed = installed
        self._met = {SOURCE}
        self._open()

    def _open(self) -> None:
        self.installation = self._installed.open(self.settings, clock=self.clock)
        self.clock.pass_by(days=-LONG_BEFORE)
        register_in(self.installation, SOURCE, bounds=FIRST_USED)
        self.clock.pass_by(days=LONG_BEFORE)
        self.shard = self.installation.open_shard()
        self.intake = self.installation.intake()
        self.as_of = self.installation.evidence()

    def reopen(self) -> None:
        """As after a restart."""
        self.close()
        self._open()

    def close(self) -> None:
        self.installation.close()

    def send(self, *messages: Message) -> CommitResult:
        """All in one batch."""
        (receipt,) = self.shard.commit([self.prepared(*messages)])
        return receipt

    def _use(self, messages: Sequence[Message]) -> None:
        """Register the sources that are met for the first time, as long as nobody has decided on any."""
        new = set(sources_of(messages)) - self._met
        self._met |= new
        if new:
            with self.read() as connection:
                granted = {each.source: each.granted for each in registrations(connection)}
            if is_open(granted.values()):
                met = registrable(map(as_bytes, messages))
                self.register(*sorted(met.keys() - granted.keys()), bounds=FIRST_USED)

    def send_each(self, *messages: Message) -> list[CommitResult]:
        """Each in a batch of its own."""
        return [self.send(message) for message in messages]

    def prepared(self, *messages: Message, allowed_source: str | None = None) -> PreparedBatch:
        """As whoever owns the data folder hands them in."""
        self._use(messages)
        sent = [as_bytes(message) for message in messages]
        prepared = self.intake.prepare(sent, allowed_source=allowed_source)
        return replace(prepared, handed_in=HandedIn(messages=sent))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.installation.database.read() as connection:
            yield connection

    def rows(self, table: Table) -> list[Row[Any]]:
        with self.read() as connection:
            return list(connection.execute(select(table)))

    def ledger(self) -> list[tuple[int, str, bytes]]:
        with self.read() as connection:
            return self.installation.recorder.scan(connection, after=0, limit=1_000_000)

    def facts(self) -> list[dict[str, Any]]:
        """The messages in the ledger, follow-ups included, in its order."""
        return [json.loads(state) for _, topic, state in self.ledger() if topic.startswith("tender-integrity.")]

    def clues(self) -> dict[str, Row[Any]]:
        """Rows of the clue board by rule, where each rule has one clue."""
        rows = self.rows(CLUES)
        assert len({row.rule for row in rows}) == len(rows)
        return {row.rule: row for row in rows}

    def open_clues(self) -> frozenset[OpenClue]:
        return frozenset(open_clue(row) for row in self.rows(CLUES) if row.status != "withdrawn")

    def open_rules(self) -> set[str]:
        return {clue.rule for clue in self.open_clues()}

    def quarantined(self) -> list[QuarantinedMessage]:
        with self.read() as connection:
            return self.installation.quarantine.entries(connection, OPERATOR, limit=10_000)

    def register(self, *sources: str, bounds: Bounds = EVERYTHING) -> None:
        """As an operator does, in one batch."""
        decisions = self.installation.decisions

        def register(connection: Connection, at: datetime) -> None:
            for source in sources:
                decisions.register_source(connection, source, bounds, OPERATOR, at=at)

        self.shard.decide(register)

    def end_source(self, source: str, reason: str) -> None:
        decisions = self.installation.decisions
        self.shard.decide(lambda connection, at: decisions.end_source(connection, source, reason, OPERATOR, at=at))

    def decide(self, clue_id: str, verb: str, reason: str | None = None, actor: Actor = SUPERVISOR) -> None:
        decisions = self.installation.decisions
        self.shard.decide(
            lambda connection, at: decisions.decide_clue(connection, UUID(clue_id), verb, actor, reason, at=at)
        )


def open_clue(row: Row[Any]) -> OpenClue:
    said = FINDING_CONTENT.validate_python(row.said)
    return OpenClue(
        row.clue_id,
        row.rule,
        row.person_id,
        row.bidder_key,
        row.outcome,
        row.severity,
        said.explanation_zh + said.explanation_en,
        frozenset((fact.source, fact.id) for fact in said.facts),
    )


def as_bytes(message: Message) -> bytes:
    return message if isinstance(message, bytes) else json.dumps(message, ensure_ascii=False).encode()


def said(data: FactData, id: str, **given: Any) -> dict[str, Any]:
    """``data`` as a message of the test source."""
    return a_message(data, id=id, source=given.pop("source", SOURCE), **given)


CLOSED: tuple[Message, ...] = tuple(
    said(data, f"closed-{data.delivery_id}") for data in (*YEARS_CLOSED, a_register_closed())
)
"""Three years of payments and the register of registrations are complete: what is missing there does not exist."""


def told_complete(monitor: Monitor, *messages: Message) -> Monitor:
    """``messages`` came the day before, else :data:`CLOSED`."""
    monitor.clock.pass_by(days=-1)
    monitor.send(*(messages or CLOSED))
    monitor.clock.pass_by(days=1)
    return monitor


def correction(id: str, of: str, replacement: FactData | None = None, **given: Any) -> dict[str, Any]:
    """A ``fact-corrected`` message of the test source about its message ``of``."""
    data: dict[str, Any] = {"retracts": {"source": SOURCE, "id": of}, "reason": "录入错误"}
    if replacement is not None:
        replaced = replacement.model_dump(mode="json", exclude_none=True)
        data["replacement"] = {"type": replacement.type_name(), "data": replaced}
    return {
        "specversion": "1.0",
        "id": id,
        "source": SOURCE,
        "type": "tender-integrity.fact-corrected.v1",
        "time": "2025-07-01T12:00:00+08:00",
        "data": data,
        **given,
    }


def postgres_schema(url: str) -> str:
    """The address of a new schema on the server at ``url``."""
    schema = f"install_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    return f"{url}?options=-csearch_path%3D{schema}"


@pytest.fixture
def monitor(tmp_path: Path) -> Iterator[Monitor]:
    """On SQLite."""
    opened = Monitor(Settings(data=tmp_path / "data"))
    yield opened
    opened.close()


@pytest.fixture(params=ANYWHERE)
def monitor_anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Monitor]:
    """On either database."""
    url = postgres_schema(request.getfixturevalue("postgres_url")) if request.param == "postgresql" else None
    opened = Monitor(Settings(data=tmp_path / "data", database=url))
    yield opened
    opened.close()
