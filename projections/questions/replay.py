"""How the findings about a subject came about: what was recorded, and what was found right after it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import heapify, heappop, heappush
from itertools import groupby
from typing import Any

from domain.evidence import RecordedFact
from domain.evidence.recorded import FactRef
from domain.facts.attendance import AttendanceRecorded
from domain.rule import Finding


@dataclass(frozen=True, slots=True)
class StepFact:
    """A fact, with what it says."""

    fact: FactRef
    data: dict[str, Any]

    @classmethod
    def of(cls, fact: RecordedFact) -> "StepFact":
        return cls(fact.ref, fact.fact.data.model_dump(mode="json", exclude={"person"}, exclude_none=True))


@dataclass(frozen=True, slots=True)
class Step:
    """What was recorded together, and all that was found right after it and would become a clue.

    Without facts: by the moment ``recorded_at``, time alone or facts about others had changed it.
    """

    recorded_at: datetime
    facts: tuple[StepFact, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """``due`` are moments at which time alone may change it."""

    findings: tuple[Finding, ...] = ()
    due: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """``ask`` says what was found on all that was known at a moment; only facts of ``kinds`` change it, None: any."""

    ask: Callable[[datetime], Found]
    kinds: frozenset[str] | None = None

    def concerns(self, facts: Sequence[RecordedFact]) -> bool:
        """Also where there is no fact: then it is asked because time has passed."""
        return not facts or self.kinds is None or any(fact.kind in self.kinds for fact in facts)


def replay(recorded: Iterable[RecordedFact], questions: Sequence[Question], *, until: datetime) -> Iterator[Step]:
    """Every moment at which something was recorded, or something else was found, up to ``until``.

    Check-ins are many: they are told only where they changed what was found.
    """
    in_order = sorted(recorded, key=lambda fact: (fact.recorded_at, fact.position))
    arrived = {moment: list(facts) for moment, facts in groupby(in_order, key=lambda fact: fact.recorded_at)}
    if not arrived:
        return
    waiting = [*arrived, max([until, *arrived])]
    heapify(waiting)
    answers = [Found()] * len(questions)
    before: tuple[Finding, ...] = ()
    last = None
    while waiting:
        moment = heappop(waiting)
        if moment == last:
            continue
        last, facts = moment, arrived.get(moment, [])
        for number, question in enumerate(questions):
            if question.concerns(facts):
                answers[number] = question.ask(moment)
                for due in answers[number].due:
                    if moment < due <= until:
                        heappush(waiting, due.astimezone(UTC))
        found = tuple(each for answer in answers for each in answer.findings if each.outcome.makes_clue)
        changed = _said(found) != _said(before)
        told = [fact for fact in facts if changed or not isinstance(fact.fact.data, AttendanceRecorded)]
        if told or changed:
            yield Step(moment, tuple(map(StepFact.of, told)), found)
        before = found


def _said(findings: Iterable[Finding]) -> list[tuple[str, ...]]:
    """What a reader would learn from them."""
    return sorted(
        (each.rule, each.subject, each.discriminator, each.outcome, each.severity or "", each.explanation.zh)
        for each in findings
    )
