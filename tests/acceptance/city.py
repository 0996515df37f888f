"""The synthetic city as the monitor meets it, and what must be found in it."""

import json
import shutil
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Row, Table, select

from domain.follow_ups.follow_up import FOLLOW_UP_SOURCE
from domain.identifiers import identity_text
from infra.identity.identities import IDENTITIES
from infra.identity.intake import make_intake
from infra.identity.keys import open_keys
from infra.installation import KEYS_FOLDER, Installation
from infra.settings import Settings
from infra.simulation import simulate
from projections.boards.clue_board import CLUES, FINDING_CONTENT
from projections.boards.due_dates import DUE_DATES
from projections.boards.judged import APPOINTMENTS, WATCHED
from projections.boards.lot_board import LOTS
from streams.intake.pool import IntakePool
from streams.shard.corrections import WAITING
from streams.shard.ledger_row import stream_of
from streams.shard.shard import Shard
from tests.ledger_events import events_of
from tests.monitor import Clock
from tests.source_builders import SIMULATED, register_in

MONTHS, TENDERED_LOTS = 24, 300
UNTIL = date(2025, 6, 30)
ALL_DUE = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 2_000
_AHEAD = 3

ClueKey = tuple[str | None, ...]
"""Rule, outcome, severity, then what it is about, by :data:`IDENTIFICATION`; None where there is none."""
IDENTIFICATION = ("tender_id", "lot_id", "bidder_uscc", "person_id_number", "project_code", "case_id")
State = dict[str, frozenset[tuple[Any, ...]]]


@dataclass(frozen=True)
class Extent:
    """How large a city is, and how often a server is killed while it streams in, each time it has lived so long."""

    people: int
    kills: int
    longest_life_seconds: float


SMALL: Final = Extent(people=3_000, kills=4, longest_life_seconds=0.8)
LARGE: Final = Extent(people=20_000, kills=10, longest_life_seconds=1.5)


@dataclass(frozen=True)
class City:
    """Its messages by arrival, some of them twice, and lines that are wrong in one place each."""

    lines: list[bytes]
    truth: dict[str, Any]
    wrong: list[bytes]
    told: list[dict[str, Any]]
    keys: Path
    extent: Extent

    @classmethod
    def founded(cls, folder: Path, extent: Extent) -> "City":
        simulate(2018, extent.people, MONTHS, TENDERED_LOTS, UNTIL, folder, rejects=True)
        return cls(
            (folder / "facts.ndjson").read_bytes().splitlines(),
            json.loads((folder / "truth.json").read_text(encoding="utf-8")),
            (folder / "rejects.ndjson").read_bytes().splitlines(),
            json.loads((folder / "rejects.json").read_text(encoding="utf-8")),
            folder / KEYS_FOLDER,
            extent,
        )

    def give_keys(self, folder: Path) -> None:
        """Let an installation call everyone what the others do, so that they can be compared."""
        open_keys(self.keys)
        shutil.copytree(self.keys, folder / KEYS_FOLDER)

    @cached_property
    def messages(self) -> int:
        """How many different ones there are."""
        return len(set(self.lines))

    def expected(self, person_id: Callable[[str], str]) -> Counter[ClueKey]:
        """The clues that must be open."""
        return Counter(_expected(clue, person_id) for clue in self.truth["clues"])


def _expected(clue: dict[str, Any], person_id: Callable[[str], str]) -> ClueKey:
    about = {name: clue.get(name) for name in IDENTIFICATION}
    number = about["person_id_number"]
    about["person_id_number"] = person_id(number) if number else None
    return _key(clue["rule"], clue["outcome"], clue["severity"], about)


def _key(rule: str, outcome: str, severity: str, about: dict[str, str | None]) -> ClueKey:
    """A lot is known by its tender; the code of its project adds nothing."""
    if about["tender_id"] is not None:
        about["project_code"] = None
    return (rule, outcome, severity, *(about[name] for name in IDENTIFICATION))


def fed(installation: Installation, lines: Sequence[bytes]) -> None:
    """Feed ``lines`` in batches, prepared in a process beside this one."""
    register_in(installation, *SIMULATED)
    shard = installation.open_shard()
    pool = IntakePool(partial(make_intake, installation.keys), processes=1)
    try:
        for batch in _prepared(pool, lines):
            (receipt,) = shard.commit([batch])
            assert not receipt.quarantined
    finally:
        pool.close()
    settle(installation, shard)


def settle(installation: Installation, shard: Shard) -> None:
    """Let pass what it takes until all that came in masses is judged."""
    assert isinstance(installation.clock, Clock)
    installation.clock.pass_by(hours=1)
    while shard.let_time_pass():
        pass


def _prepared(pool: IntakePool, lines: Sequence[bytes]) -> Iterator[Any]:
    coming: deque[Any] = deque()
    for first in range(0, len(lines), BATCH):
        coming.append(pool.prepare(lines[first : first + BATCH]))
        if len(coming) > _AHEAD:
            yield coming.popleft().result()
    while coming:
        yield coming.popleft().result()


def installed(folder: Path, moment: datetime = ALL_DUE) -> Installation:
    return Installation.open(Settings(data=folder), clock=Clock(moment))


def open_clues(installation: Installation) -> Counter[ClueKey]:
    return Counter(map(_found, _open(installation)))


def _found(row: Row[Any]) -> ClueKey:
    about = (row.tender_id, row.lot_id, row.bidder_key, row.person_id, row.project_code, row.case_id)
    return _key(row.rule, row.outcome, row.severity, dict(zip(IDENTIFICATION, about, strict=True)))


def expected_clues(installation: Installation, city: City) -> Counter[ClueKey]:
    pseudonymise = installation.vault.pseudonymiser()
    return city.expected(lambda number: pseudonymise(identity_text(1, number), "", {})[0])


def outside_facts(installation: Installation) -> int:
    """Ledger rows of what outside sources said."""
    with installation.database.read() as connection:
        events = events_of(connection)
    own = stream_of(FOLLOW_UP_SOURCE)
    return sum(topic.startswith("tender-integrity.") and stream != own for _, stream, _, topic, _ in events)


def state(installation: Installation) -> State:
    """What must not depend on the order in which the messages came."""
    whole = (LOTS, APPOINTMENTS, WATCHED, DUE_DATES, WAITING)
    tables = {table.name: frozenset(map(tuple, rows(installation, table))) for table in whole}
    people = frozenset((row.person_id, row.variant) for row in rows(installation, IDENTITIES))
    return {**tables, "identities": people, "clues": frozenset(map(_said, _open(installation)))}


def _open(installation: Installation) -> Iterator[Row[Any]]:
    return (row for row in rows(installation, CLUES) if row.status != "withdrawn")


def _said(row: Row[Any]) -> tuple[Any, ...]:
    said = FINDING_CONTENT.validate_python(row.said)
    facts = frozenset((fact.source, fact.id) for fact in said.facts)
    explanation = (said.explanation_zh, said.explanation_en)
    kept = (row.clue_id, row.rule, row.outcome, row.severity, row.status, row.fingerprint, row.candidate, row.about)
    return (*kept, *explanation, facts, said.employer_match)


def rows(installation: Installation, table: Table) -> list[Row[Any]]:
    with installation.database.read() as connection:
        return list(connection.execute(select(table)))
