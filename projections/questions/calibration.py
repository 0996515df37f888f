"""Calibration: what a changed threshold or a draft rule would have said of the recorded history.

Every case the rule is about is put together by the case kind that judges it live, on all that is
recorded, in a database beside the live one; nothing live is written.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import numpy as np
from sqlalchemy import Connection

from domain.clues.context import ClueContext
from domain.evidence.days import day_in_shanghai, month_of
from domain.evidence.recorded import FactRef
from domain.rule import Explanation, Finding, trial
from domain.trial import Trial
from projections.boards.due_dates import DueDates
from projections.judging import CaseKind, Judgement, JudgingRun, Touched
from projections.judging.engine import subject_of

_GROUPS_AT_ONCE: Final = 200
_FACTS_AT_ONCE: Final = 50_000
"""So much is held in memory together."""
_END_OF_TIME: Final = datetime.max.replace(tzinfo=UTC)


class Difference(StrEnum):
    """``changed``: the clue stays one, with another outcome or severity."""

    GAINED = "gained"
    LOST = "lost"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class DifferentClue:
    """A clue gained, lost or changed, as the rule that raises it says it.

    ``month`` is that of the case in China (``YYYY-MM``); what the case is not about is None.
    """

    difference: Difference
    subject: str
    discriminator: str
    month: str
    jurisdiction: str
    title: str
    tender_id: str | None
    lot_id: str | None
    bidder: str | None
    bidder_uscc: str | None
    person_id: str | None
    project_code: str | None
    case_id: str | None
    outcome: str
    severity: str | None
    explanation: Explanation
    facts: tuple[FactRef, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """The clues of one bidder and month: how many there are, would be, and how they differ."""

    bidder: str | None
    bidder_uscc: str | None
    month: str
    before: int
    after: int
    gained: int
    lost: int
    changed: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """``cases`` were judged both ways; ``tallies`` by bidder and month, only where something differs."""

    cases: int
    before: int
    after: int
    tallies: tuple[Tally, ...]
    clues: tuple[DifferentClue, ...]


Place = tuple[str, str, str]
"""Bidder, code, month."""
_Told = tuple[Finding, ClueContext]
_Clues = dict[tuple[str, str], _Told]
"""By subject and discriminator."""


class Counting:
    """Takes judgements by both rules, and tells them apart."""

    def __init__(self, tried: str) -> None:
        self._tried = tried
        self._before: Counter[Place] = Counter()
        self._after: Counter[Place] = Counter()
        self._clues: list[DifferentClue] = []

    def add(self, judgements: Iterable[Judgement]) -> None:
        """All those of one group."""
        before: _Clues = {}
        after: _Clues = {}
        for judgement in judgements:
            for finding in judgement.findings:
                if finding.outcome.makes_clue:
                    clues = after if finding.rule == self._tried else before
                    clues[finding.subject, finding.discriminator] = (finding, judgement.context)
        self._before += Counter(_place(context) for _, context in before.values())
        self._after += Counter(_place(context) for _, context in after.values())
        self._clues += _differences(before, after)

    def result(self, cases: int) -> Calibration:
        return calibration(cases, self._before, self._after, self._clues)


def calibrate(
    counting: Counting,
    tried: Trial,
    case_kind: CaseKind,
    scratch: Connection,
    everything: Touched,
    now: datetime,
    mine: Callable[[str], bool],
) -> None:
    """Judge every case of ``case_kind`` both ways; the case kind reads the live ledger and writes to ``scratch``.

    Of several shards each judges what is ``mine``, and all are counted together.
    """
    run = JudgingRun(scratch, DueDates(), now)
    case_kind.load(scratch)
    groups = [group for group in _groups(case_kind, run, everything) if mine(subject_of(group))]
    with trial(tried.rules):
        for start in range(0, len(groups), _GROUPS_AT_ONCE):
            judged = case_kind.judge(run, groups[start : start + _GROUPS_AT_ONCE])
            for group in sorted(judged):
                counting.add(judged[group])


def calibration(
    cases: int, before: Counter[Place], after: Counter[Place], clues: Iterable[DifferentClue]
) -> Calibration:
    """Clues in order, and the tallies of every place where something differs."""
    ordered = tuple(sorted(clues, key=lambda clue: (clue.month, clue.subject, clue.discriminator)))
    differing = Counter((_place_of(clue), clue.difference) for clue in ordered)
    tallies = (
        Tally(
            place[0] or None,
            place[1] or None,
            place[2],
            before[place],
            after[place],
            *(differing[place, difference] for difference in Difference),
        )
        for place in sorted({place for place, _ in differing})
    )
    return Calibration(cases, before.total(), after.total(), tuple(tallies), ordered)


def _groups(case_kind: CaseKind, run: JudgingRun, everything: Touched) -> list[str]:
    """Every group some fact made it necessary to judge, or to judge later."""
    groups: set[str] = set()
    order = np.argsort(everything.positions, kind="stable")
    for start in range(0, len(order), _FACTS_AT_ONCE):
        part = order[start : start + _FACTS_AT_ONCE]
        batch = Touched(everything.keys[part], everything.positions[part], everything.kinds[part])
        groups |= case_kind.touched(run, batch).keys()
    return sorted({*groups, *run.due.pop(run.connection, _END_OF_TIME)})


def _differences(before: _Clues, after: _Clues) -> Iterator[DifferentClue]:
    for key in sorted(before.keys() | after.keys()):
        was, would_be = before.get(key), after.get(key)
        if was is None:
            yield _different(after[key], Difference.GAINED)
        elif would_be is None:
            yield _different(was, Difference.LOST)
        elif (was[0].outcome, was[0].severity) != (would_be[0].outcome, would_be[0].severity):
            yield _different(would_be, Difference.CHANGED)


def _different(told: _Told, difference: Difference) -> DifferentClue:
    finding, context = told
    return DifferentClue(
        difference=difference,
        subject=finding.subject,
        discriminator=finding.discriminator,
        month=_month(context),
        jurisdiction=context.jurisdiction,
        title=context.title,
        tender_id=context.tender_id,
        lot_id=context.lot_id,
        bidder=context.bidder.name if context.bidder else None,
        bidder_uscc=context.bidder.uscc if context.bidder else None,
        person_id=context.person_id,
        project_code=context.project_code,
        case_id=context.case_id,
        outcome=str(finding.outcome),
        severity=str(finding.severity) if finding.severity else None,
        explanation=finding.explanation,
        facts=finding.facts,
    )


def _month(context: ClueContext) -> str:
    return month_of(day_in_shanghai(context.occurred_at))


def _place(context: ClueContext) -> Place:
    bidder = context.bidder
    return (bidder.name if bidder else "", (bidder.uscc or "") if bidder else "", _month(context))


def _place_of(clue: DifferentClue) -> Place:
    return clue.bidder or "", clue.bidder_uscc or "", clue.month
