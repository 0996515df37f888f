"""The synthetic city as the monitor meets it, and what must be found in it."""

import json
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Table, func, select

from domain.identifiers import identity_text
from infra.installation import KEYS_FOLDER, Installation, make_intake
from infra.keys import open_keys
from infra.recorder import STORED_EVENTS
from infra.settings import Settings
from infra.simulation import simulate
from infra.vault import IDENTITIES
from projections.clue_board import CLUES, SAID
from projections.due_dates import DUE_DATES
from projections.judged import APPOINTMENTS, WATCHED
from projections.lot_board import LOTS
from streams.corrections import WAITING
from streams.intake import FOLLOW_UP_SOURCE
from streams.intake_pool import IntakePool
from streams.ledger_row import stream_of

PEOPLE, MONTHS, TENDERED_LOTS = 20_000, 24, 300
UNTIL = date(2025, 6, 30)
ALL_DUE = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 2_000
_AHEAD = 3

ClueKey = tuple[str, str, str, str, str, str, str]
"""Rule, outcome, severity, person, bidder, tender, lot."""
State = dict[str, frozenset[tuple[Any, ...]]]


@dataclass(frozen=True)
class City:
    """Its messages by arrival, some of them twice, and lines that are wrong in one place each."""

    lines: list[bytes]
    truth: dict[str, Any]
    wrong: list[bytes]
    told: list[dict[str, Any]]
    keys: Path

    @classmethod
    def founded(cls, folder: Path) -> "City":
        simulate(2018, PEOPLE, MONTHS, TENDERED_LOTS, UNTIL, folder, rejects=True)
        return cls(
            (folder / "facts.ndjson").read_bytes().splitlines(),
            json.loads((folder / "truth.json").read_text()),
            (folder / "rejects.ndjson").read_bytes().splitlines(),
            json.loads((folder / "rejects.json").read_text()),
            folder / KEYS_FOLDER,
        )

    def give_keys(self, folder: Path) -> None:
        """Let an installation call everyone what the others do, so that they can be compared."""
        open_keys(self.keys)
        shutil.copytree(self.keys, folder / KEYS_FOLDER)

    @cached_property
    def messages(self) -> int:
        """How many different ones there are."""
        return len(set(self.lines))

    def expected(self, person_id: Callable[[str], str]) -> set[ClueKey]:
        """The clues that must be open."""
        return {
            (
                clue["rule"],
                clue["outcome"],
                clue["severity"],
                person_id(clue["person_id_number"]),
                clue["bidder_uscc"],
                clue["tender_id"],
                clue["lot_id"],
            )
            for clue in self.truth["clues"]
        }


def fed(installation: Installation, lines: Sequence[bytes]) -> None:
    """Feed ``lines`` in batches, prepared in a process beside this one."""
    shard = installation.open_shard()
    pool = IntakePool(partial(make_intake, installation.keys), processes=1)
    try:
        for batch in _prepared(pool, lines):
            (receipt,) = shard.commit([batch])
            assert not receipt.quarantined
    finally:
        pool.close()


def _prepared(pool: IntakePool, lines: Sequence[bytes]) -> Iterator[Any]:
    coming: deque[Any] = deque()
    for first in range(0, len(lines), BATCH):
        coming.append(pool.prepare(lines[first : first + BATCH]))
        if len(coming) > _AHEAD:
            yield coming.popleft().result()
    while coming:
        yield coming.popleft().result()


def installed(folder: Path) -> Installation:
    return Installation.open(Settings(data=folder), clock=lambda: ALL_DUE)


def open_clues(installation: Installation) -> set[ClueKey]:
    return {
        (row.rule, row.outcome, row.severity, row.person_id, row.bidder_key, row.tender_id, row.lot_id)
        for row in rows(installation, CLUES)
        if row.status != "withdrawn"
    }


def expected_clues(installation: Installation, city: City) -> set[ClueKey]:
    pseudonymise = installation.vault.pseudonymiser()
    return city.expected(lambda number: pseudonymise(identity_text(1, number), "", {})[0])


def outside_facts(installation: Installation) -> int:
    """Ledger rows of what outside sources said."""
    query = select(func.count()).where(
        STORED_EVENTS.c.topic.startswith("tender-integrity."),
        STORED_EVENTS.c.originator_id != stream_of(FOLLOW_UP_SOURCE),
    )
    with installation.database.read() as connection:
        return connection.execute(query).scalar_one()


def state(installation: Installation) -> State:
    """What must not depend on the order in which the messages came."""
    whole = (LOTS, APPOINTMENTS, WATCHED, DUE_DATES, WAITING)
    tables = {table.name: frozenset(map(tuple, rows(installation, table))) for table in whole}
    people = frozenset((row.person_id, row.variant) for row in rows(installation, IDENTITIES))
    return {**tables, "identities": people, "clues": frozenset(map(_said, _open(installation)))}


def _open(installation: Installation) -> Iterator[Row[Any]]:
    return (row for row in rows(installation, CLUES) if row.status != "withdrawn")


def _said(row: Row[Any]) -> tuple[Any, ...]:
    said = SAID.validate_python(row.said)
    facts = frozenset((fact.source, fact.id) for fact in said.facts)
    explanation = (said.explanation_zh, said.explanation_en)
    kept = (row.clue_id, row.rule, row.outcome, row.severity, row.status, row.fingerprint, row.candidate, row.about)
    return (*kept, *explanation, facts, said.employer_match)


def rows(installation: Installation, table: Table) -> list[Row[Any]]:
    with installation.database.read() as connection:
        return list(connection.execute(select(table)))
