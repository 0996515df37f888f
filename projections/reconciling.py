"""Bringing a person's clues in line with what the rules say now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, select

from domain.clue import BY_TIME, Clue, ClueContext, clue_id, consider, fingerprint
from domain.evidence import AppointmentCase, RecordedFact
from domain.facts import INSIDE_PREFIX
from domain.facts.corrections import FactCorrected
from domain.rule import Finding
from projections.clue_board import CLUES, about
from projections.judgement import Judgement


class Clues(Protocol):
    """Where clues are read and written."""

    def get(self, clue_id: UUID) -> Clue: ...

    def save(self, connection: Connection, clues: Sequence[Clue]) -> None: ...


class Reconciling:
    """Compares findings with the clue board; only what differs loads its aggregate."""

    def __init__(self, clues: Clues) -> None:
        self._clues = clues

    def reconcile(
        self,
        connection: Connection,
        judged: Mapping[str, Sequence[Judgement]],
        causes: Mapping[str, Sequence[RecordedFact]],
        now: datetime,
    ) -> None:
        """Raise, revise, withdraw or mark the clues of people, by person and clue id.

        ``causes`` are the facts that made judging a person necessary; none means time did.
        """
        rows = _known(connection, judged)
        changed: list[Clue] = []
        for person_id, judgements in judged.items():
            changed += self._changed(rows.get(person_id, {}), judgements, causes[person_id], now)
        self._clues.save(connection, changed)

    def _changed(
        self,
        rows: Mapping[UUID, Row[Any]],
        judgements: Sequence[Judgement],
        causes: Sequence[RecordedFact],
        now: datetime,
    ) -> Iterator[Clue]:
        said = {
            clue_id(finding): (judgement.case, finding)
            for judgement in judgements
            for finding in judgement.findings
            if finding.outcome.makes_clue or rows
        }
        for identity in sorted(said.keys() | rows.keys()):
            case, finding = said.get(identity, (None, None))
            row = rows.get(identity)
            if _settled(row, case, finding):
                continue
            clue = self._considered(identity if row is not None else None, case, finding, causes, now)
            if clue is not None:
                yield clue

    def _considered(
        self,
        known: UUID | None,
        case: AppointmentCase | None,
        finding: Finding | None,
        causes: Sequence[RecordedFact],
        now: datetime,
    ) -> Clue | None:
        before = self._clues.get(known) if known is not None else None
        return consider(
            before,
            finding,
            ClueContext.of(case.appointment) if case is not None else None,
            candidate=case is not None and case.candidacy is not None,
            at=now,
            caused_by=_cause(before, finding, causes),
        )


_COLUMNS: Final = (
    CLUES.c.person_id,
    CLUES.c.clue_id,
    CLUES.c.fingerprint,
    CLUES.c.status,
    CLUES.c.candidate,
    CLUES.c.about,
)
_OF_PEOPLE: Final = select(*_COLUMNS).where(CLUES.c.person_id.in_(bindparam("people", expanding=True)))
_AT_ONCE: Final = 500


def _known(connection: Connection, people: Iterable[str]) -> dict[str, dict[UUID, Any]]:
    """The clue rows of ``people``, by person and clue."""
    found: dict[str, dict[UUID, Any]] = {}
    wanted = list(people)
    for start in range(0, len(wanted), _AT_ONCE):
        for row in connection.execute(_OF_PEOPLE, {"people": wanted[start : start + _AT_ONCE]}):
            found.setdefault(row.person_id, {})[UUID(row.clue_id)] = row
    return found


def _settled(row: Row[Any] | None, case: AppointmentCase | None, finding: Finding | None) -> bool:
    """Whether the board already says what the finding says, so that the clue need not be loaded."""
    makes_clue = finding is not None and finding.outcome.makes_clue
    if row is None:
        return not makes_clue
    if row.status == "withdrawn" and not makes_clue:
        return True
    return (
        case is not None
        and finding is not None
        and row.status != "withdrawn"
        and row.fingerprint == fingerprint(finding)
        and row.candidate == (case.candidacy is not None)
        and row.about == about(ClueContext.of(case.appointment))
    )


def _cause(before: Clue | None, finding: Finding | None, causes: Sequence[RecordedFact]) -> str:
    """``source#id`` of the fact that changed the answer.

    Preferably one the finding rests on and did not before; else one that took back what it
    rested on; else the last that came. Of a follow-up it is what the follow-up followed from.
    """
    if not causes:
        return BY_TIME
    rested = {(fact.source, fact.id) for fact in before.finding.facts} if before is not None else set()
    rests = {(fact.source, fact.id) for fact in finding.facts} if finding is not None else set()
    new = [fact for fact in causes if fact.identity in rests - rested]
    retracting = [fact for fact in causes if _retracted(fact) in rested]
    chosen = (new or retracting or list(causes))[-1]
    followed_from = chosen.fact.causationid if chosen.source.startswith(INSIDE_PREFIX) else None
    return followed_from or f"{chosen.source}#{chosen.id}"


def _retracted(fact: RecordedFact) -> tuple[str, str] | None:
    said = fact.fact.data
    return (said.retracts.source, said.retracts.id) if isinstance(said, FactCorrected) else None
