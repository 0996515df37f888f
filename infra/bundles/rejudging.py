"""Judging a group again, apart from the live tables: on what it rests, and what then follows."""

from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from domain.clues.clue import Clue
from domain.policy import PolicyBook
from domain.rule import Finding
from infra.storage.database import Database, open_database
from projections.boards.coverage import Closings
from projections.boards.due_dates import DueDates
from projections.evidence.recorded_facts import Ledger, SubjectFacts
from projections.index.subject_index import SubjectReader
from projections.judging import (
    Anew,
    CaseKind,
    ClosedDeliveries,
    Judgement,
    Judging,
    JudgingRun,
    Reconciling,
    case_kinds,
)
from streams.shard.derivation import Derivation
from streams.shard.ledger_keys import keyed

LedgerRow = tuple[int, str, bytes]
"""Position, topic and state of a fact."""
_FILE: Final = "scratch.db"


@dataclass(frozen=True, slots=True)
class Judged:
    """The findings of a group, and the positions of all facts that were looked at for them."""

    findings: tuple[Finding, ...]
    looked_at: tuple[int, ...]


class _Noting:
    """A ledger that notes what is read of it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.read_positions: set[int] = set()

    def read(self, connection: Connection, positions: Sequence[int]) -> list[LedgerRow]:
        self.read_positions |= set(positions)
        return self._ledger.read(connection, positions)


class _Given:
    """A ledger of given rows."""

    def __init__(self, rows: Collection[LedgerRow]) -> None:
        self._rows = {row[0]: row for row in rows}

    def read(self, _: Connection, positions: Sequence[int]) -> list[LedgerRow]:
        return [self._rows[position] for position in sorted(set(positions)) if position in self._rows]


class _NoClues:
    """Where findings are wanted, and no clues of them."""

    def clue(self, clue_id: UUID) -> Clue:
        raise KeyError(clue_id)

    def record(self, connection: Connection, clues: Sequence[Clue]) -> None:
        """Nothing is kept."""


def judge_live(database: Database, ledger: Ledger, policies: PolicyBook, group: str, now: datetime) -> Judged:
    """A group judged as the shard would judge it now; what that writes is thrown away."""
    noting = _Noting(ledger)
    facts = SubjectFacts(SubjectReader(), noting)
    found = case_kinds(facts, policies, Closings(facts))
    with database.transaction() as connection:
        discarded = connection.begin_nested()
        try:
            for case_kind in found:
                case_kind.load(connection)
            findings = _judged(found, connection, group, now)
        finally:
            discarded.rollback()
    return Judged(findings, tuple(sorted(noting.read_positions)))


def judge_rows(rows: Sequence[LedgerRow], policies: PolicyBook, group: str, now: datetime) -> tuple[Finding, ...]:
    """A group judged on nothing but ``rows``, which ascend by position."""
    found: list[CaseKind] = []

    def judging(facts: SubjectFacts) -> Judging:
        deliveries = Closings(facts, remembers=True)
        found.extend(case_kinds(facts, policies, deliveries))
        return Judging(found, Reconciling(_NoClues()), Anew(facts), ClosedDeliveries(facts, deliveries))

    with TemporaryDirectory(prefix="rejudging-") as folder, closing(open_database(Path(folder) / _FILE)) as database:
        derivation = Derivation(_Given(rows), judging)
        with database.transaction() as connection:
            derivation.load(connection)
            _index(derivation, connection, rows)
            derivation.judge(connection, now)
            return _judged(found, connection, group, now)


def _index(derivation: Derivation, connection: Connection, rows: Sequence[LedgerRow]) -> None:
    facts = keyed(rows)
    if len(facts.positions):
        for lot in sorted(derivation.index(connection, facts, facts.positions)):
            derivation.lot(connection, lot)


def _judged(found: Sequence[CaseKind], connection: Connection, group: str, now: datetime) -> tuple[Finding, ...]:
    case_kind = next(each for each in found if each.name == group.partition(":")[0])
    judgements: Sequence[Judgement] = case_kind.judge(JudgingRun(connection, DueDates(), now), [group])[group]
    return tuple(finding for judgement in judgements for finding in judgement.findings)
