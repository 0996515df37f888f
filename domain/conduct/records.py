"""What state each conduct record has, from the facts about it, in whatever order they came."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from domain.conduct.terms import Term, last_day_to_object, reported_in_time, term
from domain.evidence.days import day_in_shanghai
from domain.evidence.recorded import RecordedFact
from domain.facts.conducts import (
    ConductCorrected,
    ConductFact,
    ConductObjected,
    ConductRecorded,
    ConductRestored,
    ConductUpheld,
    ConductWithdrawn,
)
from domain.policy import PolicyBook


class ConductState(StrEnum):
    """The state of a record on one day. Only what is in force counts."""

    PROPOSED = "proposed"
    """Not published."""
    LATE = "late"
    """Good conduct that was reported too late: it never counts."""
    PUBLISHED = "published"
    """Published, and not yet in force: whoever is concerned may still object, or its term has not begun."""
    OBJECTED = "objected"
    IN_FORCE = "in-force"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ConductRecord:
    """One record as it is on one day, with its latest content.

    ``objectable_to`` and ``term`` are None where they are not known: the record is not published, or the working days
    of that year are not announced. ``facts`` are all facts about it, in the order in which they happened.
    """

    source: str
    content: ConductFact
    state: ConductState
    objectable_to: date | None
    term: Term | None
    facts: tuple[RecordedFact, ...]


def conduct_records(facts: Iterable[RecordedFact], policies: PolicyBook, *, on: date) -> tuple[ConductRecord, ...]:
    """All records, sorted by number and source; ``facts`` are those that stand.

    A record belongs to the source that recorded it: facts of another source about the same number are another
    record. A record that was withdrawn stays withdrawn, whatever is corrected afterwards.
    """
    by_record: defaultdict[tuple[str, str], list[RecordedFact]] = defaultdict(list)
    for fact in facts:
        if isinstance(fact.data, ConductFact):
            by_record[fact.data.record_id, fact.source].append(fact)
    folded = (_folded(by_record[key], policies, on) for key in sorted(by_record))
    return tuple(record for record in folded if record is not None)


@dataclass(slots=True)
class _Said:
    """What the facts about a record say, one after the other."""

    content: ConductFact | None = None
    reported_on: date | None = None
    objections: set[str | None] = field(default_factory=set)
    """The numbers of those that nobody has answered; None for any without a number."""
    withdrawn: bool = False
    restored_to: date | None = None

    def take(self, fact: RecordedFact) -> None:
        match data := fact.data:
            case ConductRecorded() | ConductCorrected():
                self.content = data
                self.reported_on = self.reported_on or day_in_shanghai(fact.occurred_at)
                if isinstance(data, ConductCorrected):
                    self.objections.discard(data.objection_no)
            case ConductObjected():
                self.objections.add(data.objection_no)
            case ConductUpheld():
                self.objections.discard(data.objection_no)
            case ConductRestored():
                self.restored_to = data.effective_to
            case ConductWithdrawn():
                self.withdrawn = True


def _folded(facts: list[RecordedFact], policies: PolicyBook, on: date) -> ConductRecord | None:
    """None where nothing says what the record is: somebody only objected to it, or withdrew it."""
    facts.sort(key=lambda fact: (fact.occurred_at, fact.identity))
    said = _Said()
    for fact in facts:
        said.take(fact)
    content, reported_on = said.content, said.reported_on
    if content is None or reported_on is None:
        return None
    policy = policies.for_jurisdiction(content.jurisdiction or "")
    objectable, holds = last_day_to_object(content, policy), term(content, policy, restored_to=said.restored_to)
    if said.withdrawn:
        state = ConductState.WITHDRAWN
    elif not reported_in_time(content, reported_on, policy):
        state = ConductState.LATE
    else:
        state = ConductState.OBJECTED if said.objections else _on(on, content, holds)
    return ConductRecord(facts[0].source, content, state, objectable, holds, tuple(facts))


def _on(day: date, content: ConductFact, holds: Term | None) -> ConductState:
    if content.published_on is None or day < content.published_on:
        return ConductState.PROPOSED
    if holds is None or day < holds.first:
        return ConductState.PUBLISHED
    return ConductState.IN_FORCE if holds.holds(day) else ConductState.EXPIRED
