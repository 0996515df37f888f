"""What a rule is, what it says, and the rulebook of all rules in :mod:`domain.rules`."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Final, Protocol, TypeVar, get_type_hints

from domain.errors import MonitorError
from domain.evidence.recorded import FactRef, RecordedFact
from domain.finding import Explanation, Finding, FindingOutcome, Severity, Verdict
from domain.policy import Policy, Threshold

__all__ = [
    "RULEBOOK",
    "Case",
    "Explanation",
    "Finding",
    "FindingOutcome",
    "Rule",
    "RuleError",
    "Rulebook",
    "Severity",
    "Verdict",
    "judge",
    "rule",
    "trial",
]


class Case(Protocol):
    """What rules judge: frozen evidence about one subject, and the policy in force there."""

    @property
    def subject(self) -> str: ...

    @property
    def policy(self) -> Policy: ...


Pattern = Callable[..., Verdict | Iterable[Verdict]]
"""A pure function of one case; its keyword-only parameters are the rule's thresholds."""
P = TypeVar("P", bound=Pattern)


class RuleError(MonitorError):
    """A rule module that cannot be part of the rulebook."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


@dataclass(frozen=True)
class Rule:
    """A registered rule; ``severity`` is the highest it gives, ``case_type`` what it judges.

    ``supervisors_only``: parties to the bid are told nothing of its clues, which speak of rivals
    or of offices.
    """

    code: str
    version: int
    title: str
    title_zh: str
    clause: str
    severity: Severity
    pattern: Pattern = field(repr=False)
    case_type: type
    supervisors_only: bool = False

    @property
    def name(self) -> str:
        """The pattern, as its module and its test are called."""
        return self.pattern.__module__.rpartition(".")[2]

    @property
    def description(self) -> str:
        """What auditors read on the rulebook page."""
        return (self.pattern.__doc__ or "").strip()

    @cached_property
    def thresholds(self) -> Mapping[str, Threshold]:
        """The defaults by name, in the order of the signature: inclusive, the unit in the name.

        Raises :class:`RuleError` for a parameter that is no number.
        """
        parameters = inspect.signature(self.pattern).parameters.values()
        found = {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY}
        for name, default in found.items():
            if type(default) not in (int, Decimal):
                raise RuleError(self.name, f"the threshold {name} needs a default that is an int or a Decimal")
        return found

    def _in_force(self, policy: Policy) -> dict[str, Threshold]:
        """A whole number where the rule wants a decimal is one."""
        given = policy.thresholds.get(self.code, {})
        return {name: type(default)(given.get(name, default)) for name, default in self.thresholds.items()}

    def findings(self, case: Case) -> Iterator[Finding]:
        """What the rule says by the thresholds of the case's policy, else by its own."""
        in_force = self._in_force(case.policy)
        judged_by = tuple((name, str(value)) for name, value in in_force.items())
        said = self.pattern(case, **in_force)
        for verdict in (said,) if isinstance(said, Verdict) else said:
            yield Finding(
                rule=self.code,
                rule_version=self.version,
                subject=case.subject,
                outcome=verdict.outcome,
                severity=verdict.severity if verdict.outcome.makes_clue else None,
                facts=_references(verdict.facts),
                explanation=verdict.explanation,
                employer_match=verdict.employer_match,
                discriminator=verdict.discriminator,
                thresholds=judged_by,
            )


def _references(facts: Iterable[RecordedFact]) -> tuple[FactRef, ...]:
    by_identity = {fact.identity: fact for fact in facts}
    return tuple(by_identity[identity].ref for identity in sorted(by_identity))


class Rulebook(Mapping[str, Rule]):
    """All rules by code; the modules of a package are imported when first asked for."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._registered: dict[str, Rule] = {}

    def register(self, rule: Rule) -> None:
        """Raises :class:`RuleError` where the code is taken."""
        taken = self._registered.get(rule.code)
        if taken is not None and taken.pattern.__module__ != rule.pattern.__module__:
            raise RuleError(rule.name, f"the code {rule.code} belongs to {taken.name}")
        self._registered[rule.code] = rule

    def __getitem__(self, code: str) -> Rule:
        return self._rules[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def judge(self, case: Case) -> tuple[Finding, ...]:
        """What every rule for this type of case says, by code; in a :func:`trial` only the rules on trial."""
        on_trial = _ON_TRIAL.get()
        known = self._by_case_type if on_trial is None else on_trial
        rules = known.get(type(case), ())
        return tuple(finding for rule in rules for finding in rule.findings(case))

    @cached_property
    def _rules(self) -> dict[str, Rule]:
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(package.__path__, f"{self._package}."):
            importlib.import_module(module.name)
            if all(rule.pattern.__module__ != module.name for rule in self._registered.values()):
                raise RuleError(module.name, "the module registers no rule")
        return dict(sorted(self._registered.items()))

    @cached_property
    def _by_case_type(self) -> dict[type, tuple[Rule, ...]]:
        types = {rule.case_type for rule in self._rules.values()}
        return {case: tuple(rule for rule in self._rules.values() if rule.case_type is case) for case in types}


_ON_TRIAL: ContextVar[Mapping[type, tuple[Rule, ...]] | None] = ContextVar("on_trial", default=None)
_DRAFTS: ContextVar[list[Rule] | None] = ContextVar("drafts", default=None)

RULEBOOK: Final = Rulebook("domain.rules")
judge: Final = RULEBOOK.judge


@contextmanager
def trial(rules: Iterable[Rule]) -> Iterator[None]:
    """Inside, cases are judged by these rules and no others."""
    tried = tuple(rules)
    by_case_type = {rule.case_type: tuple(each for each in tried if each.case_type is rule.case_type) for rule in tried}
    token = _ON_TRIAL.set(by_case_type)
    try:
        yield
    finally:
        _ON_TRIAL.reset(token)


@contextmanager
def drafting() -> Iterator[list[Rule]]:
    """Rules registered inside are drafts: they are collected and stay out of the rulebook."""
    drafts: list[Rule] = []
    token = _DRAFTS.set(drafts)
    try:
        yield drafts
    finally:
        _DRAFTS.reset(token)


def rule(
    *,
    code: str,
    version: int,
    title: str,
    title_zh: str,
    clause: str,
    severity: Severity,
    supervisors_only: bool = False,
) -> Callable[[P], P]:
    """Register a pure function from a case to its verdict; its first annotation says which case.

    Its keyword-only parameters with defaults are the thresholds a policy may set otherwise.
    """

    def register(pattern: P) -> P:
        case_type = next(iter(get_type_hints(pattern).values()))
        registered = Rule(code, version, title, title_zh, clause, severity, pattern, case_type, supervisors_only)
        drafts = _DRAFTS.get()
        if drafts is None:
            RULEBOOK.register(registered)
        else:
            drafts.append(registered)
        return pattern

    return register
