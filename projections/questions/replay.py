"""How the findings about a subject came about: what was recorded, and what was found right after it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import heapify, heappop, heappush
from itertools import groupby
from typing import Any, Protocol

from domain.evidence import RecordedFact
from domain.evidence.recorded import FactRef, Knowledge, KnownBy, known_since
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
    """What became known, and all that was found right after it and would become a clue.

    One fact, but for check-ins that came together. Without facts: by the moment ``recorded_at``,
    time alone or facts about others had changed it. Where sources are asked, that is when the
    source recorded it.
    """

    recorded_at: datetime
    facts: tuple[StepFact, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """``due`` are moments at which time alone may change it."""

    findings: tuple[Finding, ...] = ()
    due: tuple[datetime, ...] = ()


class Question(Protocol):
    """One thing that is found about a subject; it may remember its last answer."""

    def concerns(self, fact: RecordedFact) -> bool:
        """False only if the fact can never change the answer."""
        ...

    def ask(self, knowledge: Knowledge, news: Sequence[RecordedFact]) -> Found:
        """What was found on ``knowledge``, at its moment; ``news`` came since the last answer. Without: time passed."""
        ...


def replay(
    told: Iterable[RecordedFact],
    questions: Sequence[Question],
    *,
    quiet: Iterable[RecordedFact] = (),
    known_by: KnownBy = "ours",
    until: datetime,
) -> Iterator[Step]:
    """Each fact as it became known, and every moment at which something else was found, up to ``until``.

    Facts that are ``quiet``, and check-ins, which are many, are told only where they changed what was found.
    """
    always = {fact.name: fact for fact in told}
    facts = sorted(
        ({fact.name: fact for fact in quiet} | always).values(),
        key=lambda fact: (known_since(fact, known_by), fact.position, fact.name),
    )
    if not always:
        return
    arrived = {at: list(facts) for at, facts in groupby(facts, key=lambda fact: known_since(fact, known_by))}
    answers = _Answers(questions)
    for moment in _moments(arrived, answers, until):
        for news, knowledge in _turns(arrived.get(moment, []), moment, known_by):
            changed = answers.ask(knowledge, news)
            shown = [fact for fact in news if changed or (fact.name in always and not _is_check_in(fact))]
            if shown or changed:
                yield Step(moment, tuple(map(StepFact.of, shown)), answers.findings)


class _Answers:
    """To all questions, as of the last time each was asked."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._questions = questions
        self._found = [Found()] * len(questions)
        self.findings: tuple[Finding, ...] = ()
        self.due: set[datetime] = set()

    def ask(self, knowledge: Knowledge, news: Sequence[RecordedFact]) -> bool:
        """Ask whatever the news concern, all where time has passed; whether something else was found."""
        for number, question in enumerate(self._questions):
            concerned = [fact for fact in news if question.concerns(fact)]
            if concerned or not news:
                found = self._found[number] = question.ask(knowledge, concerned)
                self.due |= {moment.astimezone(UTC) for moment in found.due}
        before = self.findings
        self.findings = tuple(each for found in self._found for each in found.findings if each.outcome.makes_clue)
        return _said(self.findings) != _said(before)


def _moments(arrived: Iterable[datetime], answers: _Answers, until: datetime) -> Iterator[datetime]:
    """In order: when something came, when an answer given before is due to change, and the last."""
    known = {*arrived, max([until, *arrived])}
    waiting = list(known)
    heapify(waiting)
    while waiting:
        moment = heappop(waiting)
        yield moment
        for due in answers.due - known:
            if moment < due <= until:
                known.add(due)
                heappush(waiting, due)


def _turns(
    facts: Sequence[RecordedFact], moment: datetime, known_by: KnownBy
) -> Iterator[tuple[list[RecordedFact], Knowledge]]:
    """What came at one moment, one fact after the other; check-ins that follow one another together."""
    waiting = {fact.name for fact in facts}
    for _, together in groupby(facts, key=lambda fact: _is_check_in(fact) or fact.name):
        news = list(together)
        waiting -= {fact.name for fact in news}
        yield news, Knowledge(moment, known_by, frozenset(waiting))
    if not facts:
        yield [], Knowledge(moment, known_by)


def _is_check_in(fact: RecordedFact) -> bool:
    return isinstance(fact.fact.data, AttendanceRecorded)


def _said(findings: Iterable[Finding]) -> list[tuple[str, ...]]:
    """What a reader would learn from them."""
    return sorted(
        (each.rule, each.subject, each.discriminator, each.outcome, each.severity or "", each.explanation.zh)
        for each in findings
    )
