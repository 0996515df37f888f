"""What a rule is, how it is registered, and the rulebook of all rules in :mod:`domain.rules`."""

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
    """What rules read: frozen evidence about one subject, and the policy in force there."""

    @property
    def subject(self) -> str: ...

    @property
    def policy(self) -> Policy: ...


Pattern = Callable[..., Verdict | Iterable[Verdict]]
"""A pure function of one case; its keyword-only parameters are the rule's thresholds."""
P = TypeVar("P", bound=Pattern)

NOTHING_CHANGED: Final[Mapping[str, Threshold]] = {}


class RuleError(MonitorError):
    """A rule module cannot be part of the rulebook; ``name`` is the rule and ``reason`` says why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


@dataclass(frozen=True)
class Rule:
    """A registered rule.

    ``severity`` is the highest that its findings have. ``case_type`` is the type of case it judges.
    Where ``supervisors_only`` is True, the parties to a bid get no notice of its clues, because
    those tell about rivals or about public offices.
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
        """The name of the pattern: that of its module, and of its test without ``test_``."""
        return self.pattern.__module__.rpartition(".")[2]

    @property
    def description(self) -> str:
        """The docstring of the pattern, which auditors read on the rulebook page."""
        return (self.pattern.__doc__ or "").strip()

    @property
    def title_alone(self) -> Explanation:
        """What parties and sources read instead of an explanation, which may name another firm."""
        return Explanation(self.title_zh, self.title)

    @cached_property
    def thresholds(self) -> Mapping[str, Threshold]:
        """The default thresholds by name, in the order of the signature; inclusive, the unit in the name.

        Raises :class:`RuleError` for a parameter whose default is not an int or a Decimal.
        """
        parameters = inspect.signature(self.pattern).parameters.values()
        defaults = {
            parameter.name: parameter.default for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY
        }
        for name, default in defaults.items():
            if type(default) not in (int, Decimal):
                raise RuleError(self.name, f"the threshold {name} needs a default that is an int or a Decimal")
        return defaults

    def in_force(self, case: Case, changed: Mapping[str, Threshold] = NOTHING_CHANGED) -> dict[str, Threshold]:
        """The thresholds for ``case``: ``changed``, else the case's policy, else the defaults.

        A whole number becomes a Decimal where the default is one.
        """
        given = {**case.policy.thresholds.get(self.code, {}), **changed}
        return {name: type(default)(given.get(name, default)) for name, default in self.thresholds.items()}

    def findings(self, case: Case) -> Iterator[Finding]:
        """The findings of the rule about ``case``, by the thresholds of the case's policy."""
        in_force = self.in_force(case)
        thresholds = tuple((name, str(value)) for name, value in in_force.items())
        returned = self.pattern(case, **in_force)
        for verdict in (returned,) if isinstance(returned, Verdict) else returned:
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
                thresholds=thresholds,
            )


def _references(facts: Iterable[RecordedFact]) -> tuple[FactRef, ...]:
    by_identity = {fact.identity: fact for fact in facts}
    return tuple(by_identity[identity].ref for identity in sorted(by_identity))


def _place(pattern: Pattern) -> tuple[str, str]:
    """The module of a pattern without its package, and its name there."""
    return pattern.__module__.rpartition(".")[2], getattr(pattern, "__qualname__", "")


class Rulebook(Mapping[str, Rule]):
    """All rules by code; the modules of ``package`` are imported when a rule is first asked for."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._registered: dict[str, Rule] = {}

    def register(self, rule: Rule) -> None:
        """Add a rule; raises :class:`RuleError` where another pattern has the code, also one of the same module."""
        taken = self._registered.get(rule.code)
        # A module that is imported a second time registers its pattern again; that is no conflict.
        if taken is not None and _place(taken.pattern) != _place(rule.pattern):
            raise RuleError(rule.name, f"the code {rule.code} belongs to {'.'.join(_place(taken.pattern))}")
        self._registered[rule.code] = rule

    def __getitem__(self, code: str) -> Rule:
        return self._rules[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def judge(self, case: Case) -> tuple[Finding, ...]:
        """The findings of every rule for this type of case, by code; in a :func:`trial`, of the rules on trial."""
        on_trial = _ON_TRIAL.get()
        by_case_type = self._by_case_type if on_trial is None else on_trial
        rules = by_case_type.get(type(case), ())
        return tuple(finding for rule in rules for finding in rule.findings(case))

    @cached_property
    def _rules(self) -> dict[str, Rule]:
        # Importing a module of the package runs its ``@rule``, which registers. So a new rule needs
        # no list of modules; a module that registers nothing is a mistake and must not pass unseen.
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


# Context variables and not module state: a trial in one thread or task must not change what is
# judged live in another.
_ON_TRIAL: ContextVar[Mapping[type, tuple[Rule, ...]] | None] = ContextVar("on_trial", default=None)
_DRAFTS: ContextVar[list[Rule] | None] = ContextVar("drafts", default=None)

RULEBOOK: Final = Rulebook("domain.rules")
judge: Final = RULEBOOK.judge


@contextmanager
def trial(rules: Iterable[Rule]) -> Iterator[None]:
    """Within the context, :func:`judge` applies ``rules`` and no others."""
    by_case_type: dict[type, tuple[Rule, ...]] = {}
    for tried in rules:
        by_case_type[tried.case_type] = (*by_case_type.get(tried.case_type, ()), tried)
    token = _ON_TRIAL.set(by_case_type)
    try:
        yield
    finally:
        _ON_TRIAL.reset(token)


@contextmanager
def drafting() -> Iterator[list[Rule]]:
    """Within the context, registered rules are drafts: they are collected in the list given, not in the rulebook."""
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
    """Register a pure function from a case to its verdict or verdicts.

    The annotation of its first parameter says which type of case it judges. Its keyword-only
    parameters with defaults are the thresholds, which a policy may change.
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
