"""A rule on trial: another threshold, or a draft, beside the rule as it is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from domain.policy import Threshold
from domain.rule import Case, Rule, Verdict

NOTHING_CHANGED: Final[Mapping[str, Threshold]] = {}
_TRIED: Final = "*"


@dataclass
class Trial:
    """``tried`` with the thresholds ``changed``, beside ``current``: the rule as it is, if there is one.

    ``cases`` counts how many were judged by ``tried``.
    """

    tried: Rule
    current: Rule | None
    changed: Mapping[str, Threshold] = field(default_factory=dict)
    cases: int = 0

    @property
    def code_tried(self) -> str:
        """What findings of ``tried`` are told from those of ``current`` by."""
        return self.tried.code + _TRIED

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Both, to judge cases by."""
        tried = replace(self.tried, code=self.code_tried, pattern=self._try)
        return (tried,) if self.current is None else (self.current, tried)

    def _try(self, case: Case) -> Verdict | Iterable[Verdict]:
        self.cases += 1
        return self.tried.pattern(case, **in_force(self.tried, case, self.changed))


def verdicts(rule: Rule, case: Case, changed: Mapping[str, Threshold] = NOTHING_CHANGED) -> Iterator[Verdict]:
    """What ``rule`` says by the thresholds ``changed``, else by those in force in the case's jurisdiction."""
    said = rule.pattern(case, **in_force(rule, case, changed))
    yield from said if isinstance(said, Iterable) else (said,)


def in_force(rule: Rule, case: Case, changed: Mapping[str, Threshold] = NOTHING_CHANGED) -> dict[str, Threshold]:
    """A whole number where the rule wants a decimal is one."""
    given = {**case.policy.thresholds.get(rule.code, {}), **changed}
    return {name: type(default)(given.get(name, default)) for name, default in rule.thresholds.items()}
