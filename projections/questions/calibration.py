"""Calibration: which clues a changed threshold or a draft rule would have raised on the recorded history.

The case kind that judges the cases live makes every case from all that is recorded. It writes to a
scratch database; nothing live is written.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection

from domain.clues.context import ClueContext
from domain.evidence.days import day_in_shanghai, month_of
from domain.evidence.recorded import FactRef
from domain.rule import Explanation, Finding, trial
from domain.trial import Trial
from projections.boards.due_dates import DueDates
from projections.case_groups import subject_of
from projections.judging import CaseKind, Judgement, JudgingRun, Touched
from projections.judging.every_group import every_group

_GROUPS_AT_ONCE: Final = 200
"""How many groups are in memory together."""


class Difference(StrEnum):
    """How a clue differs; a ``changed`` clue is there both times, with another outcome or severity."""

    GAINED = "gained"
    LOST = "lost"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class DifferentClue:
    """A clue gained, lost or changed; its words are those of the rule that raises it.

    ``month`` is that of the case (``YYYY-MM``, Asia/Shanghai). A field is None where the case has
    nothing to do with such a thing.
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
    """The clues of one bidder and month: ``before`` and ``after`` the change, and how many differ in which way."""

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
    """The result of a calibration.

    ``cases`` is the number of cases judged. ``before`` and ``after`` are the numbers of clues. ``tallies``
    are by bidder and month, only where something differs.
    """

    cases: int
    before: int
    after: int
    tallies: tuple[Tally, ...]
    clues: tuple[DifferentClue, ...]


Place = tuple[str, str, str]
"""A bidder's name, its code, and a month; name and code are empty where there is no bidder."""
_Clue = tuple[Finding, ClueContext]
_Clues = dict[tuple[str, str], _Clue]
"""Subject and discriminator → clue."""


class Counting:
    """Counts the clues of judgements by both rules; those of the rule on trial have the code ``tried``."""

    def __init__(self, tried: str) -> None:
        self._tried = tried
        self._before: Counter[Place] = Counter()
        self._after: Counter[Place] = Counter()
        self._clues: list[DifferentClue] = []

    def add(self, judgements: Iterable[Judgement]) -> None:
        """Add all judgements of one group."""
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
        """The result, of ``cases`` judged cases."""
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
    """Judge every case of ``case_kind`` by both rules, and add the judgements to ``counting``.

    The case kind reads the live ledger and writes to ``scratch``. Only groups whose subject is ``mine`` are
    judged: with several shards, this is called for each with the same ``counting``.
    """
    run = JudgingRun(scratch, DueDates(), now)
    case_kind.load(scratch)
    groups = [group for group in sorted(every_group(case_kind, run, everything)) if mine(subject_of(group))]
    with trial(tried.rules):
        for start in range(0, len(groups), _GROUPS_AT_ONCE):
            judged = case_kind.judge(run, groups[start : start + _GROUPS_AT_ONCE])
            for group in sorted(judged):
                counting.add(judged[group])


def calibration(
    cases: int, before: Counter[Place], after: Counter[Place], clues: Iterable[DifferentClue]
) -> Calibration:
    """A calibration with sorted clues, and a tally for every place where something differs."""
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


def _differences(before: _Clues, after: _Clues) -> Iterator[DifferentClue]:
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old is None:
            yield _different(after[key], Difference.GAINED)
        elif new is None:
            yield _different(old, Difference.LOST)
        elif (old[0].outcome, old[0].severity) != (new[0].outcome, new[0].severity):
            yield _different(new, Difference.CHANGED)


def _different(clue: _Clue, difference: Difference) -> DifferentClue:
    finding, context = clue
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
