"""Which rules can conclude something from a missing record, for which areas, and what is missing for the others."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.coverage_texts import not_covered
from domain.evidence.coverage import Answer, Ask, Completeness
from domain.rule import RULEBOOK, Explanation, Rule
from domain.rule_text import rule_description
from projections.questions.coverage import CoverageStatus, Stretch


class Speaks(StrEnum):
    YES = "yes"
    """Everything that is due is closed."""
    PARTLY = "partly"
    """Something is closed, and something is not."""
    NO = "no"
    """Nothing is closed."""


@dataclass(frozen=True, slots=True)
class AreaOfRule:
    """``missing`` are the months that are due and not closed; ``reason`` says why in words, of the first."""

    kind: str
    area: str
    speaks: Speaks
    complete_to: str | None
    missing: tuple[str, ...]
    reason: Explanation | None


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """``areas`` are those that the rule requires; without any it has nothing to speak about."""

    rule: str
    title: Explanation
    kinds: tuple[str, ...]
    speaks: Speaks
    areas: tuple[AreaOfRule, ...]


def speaking_rules(stretches: Sequence[Stretch], kinds: Collection[str]) -> tuple[RuleCoverage, ...]:
    """The rules that need one of ``kinds`` to be complete, by the months and areas of the grid."""
    return tuple(
        _rule(rule, needed, stretches)
        for rule in RULEBOOK.values()
        if (needed := rule_description(rule).coverage) and not set(needed).isdisjoint(kinds)
    )


def rules_about_presence() -> tuple[str, ...]:
    """The rules that conclude nothing from a missing record: they speak wherever there are facts."""
    return tuple(rule.code for rule in RULEBOOK.values() if not rule_description(rule).coverage)


def _rule(rule: Rule, needed: tuple[str, ...], stretches: Iterable[Stretch]) -> RuleCoverage:
    areas = tuple(_area(stretch) for stretch in stretches if stretch.required and stretch.kind in needed)
    title = Explanation(zh=rule.title_zh, en=rule.title)
    return RuleCoverage(rule.code, title, needed, _altogether({area.speaks for area in areas}), areas)


def _altogether(said: Collection[Speaks]) -> Speaks:
    if not said:
        return Speaks.NO
    return next(iter(said)) if len(said) == 1 else Speaks.PARTLY


def _area(stretch: Stretch) -> AreaOfRule:
    missing = tuple(cell.period for cell in stretch.cells if cell.status is CoverageStatus.LATE)
    closed = any(cell.status is CoverageStatus.CLOSED for cell in stretch.cells)
    speaks = Speaks.NO if not closed else Speaks.PARTLY if missing else Speaks.YES
    return AreaOfRule(stretch.kind, stretch.area, speaks, stretch.complete_to, missing, _reason(stretch, speaks))


def _reason(stretch: Stretch, speaks: Speaks) -> Explanation | None:
    """Why it does not speak of every month."""
    open_cells = [cell for cell in stretch.cells if cell.status is not CoverageStatus.CLOSED]
    if speaks is Speaks.YES or not open_cells:
        return None
    first = next((cell for cell in open_cells if cell.status is CoverageStatus.LATE), open_cells[0])
    ask = Ask(stretch.kind, stretch.area, first.period)
    zh, en = not_covered(Completeness(((ask, Answer(latest=stretch.complete_to)),)))
    return Explanation(zh=f"{zh}。", en=f"{en}.")
