"""A rule on trial: a changed threshold or a draft rule, applied to the same cases as the rule in force."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from domain.policy import Threshold
from domain.rule import NOTHING_CHANGED, Case, Rule, Verdict

_TRIED: Final = "*"
"""Marks the code of a rule on trial; no rule's own code ends so."""


@dataclass
class Trial:
    """The rule ``tried`` with the thresholds ``changed``, to be compared with the rule in force.

    ``current`` is the rule in force; a draft may have none. ``cases`` counts the cases that ``tried``
    has judged so far.
    """

    tried: Rule
    current: Rule | None
    changed: Mapping[str, Threshold] = field(default_factory=dict)
    cases: int = 0

    @property
    def code_tried(self) -> str:
        """The code in the findings of ``tried``; those of ``current`` have the plain code."""
        return self.tried.code + _TRIED

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Both rules, to be applied in a :func:`domain.rule.trial`."""
        tried = replace(self.tried, code=self.code_tried, pattern=self._try)
        return (tried,) if self.current is None else (self.current, tried)

    def _try(self, case: Case) -> Verdict | Iterable[Verdict]:
        self.cases += 1
        return self.tried.pattern(case, **self.tried.in_force(case, self.changed))


def verdicts(rule: Rule, case: Case, changed: Mapping[str, Threshold] = NOTHING_CHANGED) -> Iterator[Verdict]:
    """The verdicts of ``rule`` about ``case``; ``changed`` thresholds come before those of the case's policy."""
    returned = rule.pattern(case, **rule.in_force(case, changed))
    yield from returned if isinstance(returned, Iterable) else (returned,)
