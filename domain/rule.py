"""What a rule is, what it says, and the rulebook of all rules in :mod:`domain.rules`."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, Protocol, TypeVar, get_type_hints

from domain.employers import EmployerMatch
from domain.errors import MonitorError
from domain.evidence.recorded import FactRef, RecordedFact


class FindingOutcome(StrEnum):
    """What one rule says about one subject; only the first two become clues."""

    MISMATCH = "mismatch"
    SUSPECT = "suspect"
    NO_EVIDENCE = "no_evidence"
    EXEMPT = "exempt"
    CONSISTENT = "consistent"

    @property
    def makes_clue(self) -> bool:
        return self in (FindingOutcome.MISMATCH, FindingOutcome.SUSPECT)


class Severity(StrEnum):
    """How urgent a clue is; ``rank`` orders them, info lowest."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS: Final = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One sentence with the values, in Chinese and in English; never a person's name."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule returns: a finding without the name of the rule and of its subject.

    ``facts`` are those it rests on, in any order. A rule that says several things about one
    subject tells them apart by ``discriminator``.
    """

    outcome: FindingOutcome
    explanation: Explanation
    facts: tuple[RecordedFact, ...]
    severity: Severity | None = None
    employer_match: EmployerMatch | None = None
    discriminator: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding 比对结果: what one rule says about one subject on the facts known now.

    ``severity`` is None where the outcome makes no clue; ``facts`` are sorted by source and id.
    """

    rule: str
    rule_version: int
    subject: str
    outcome: FindingOutcome
    severity: Severity | None
    facts: tuple[FactRef, ...]
    explanation: Explanation
    employer_match: EmployerMatch | None = None
    discriminator: str = ""


class Case(Protocol):
    """What rules judge: frozen evidence about one subject."""

    @property
    def subject(self) -> str: ...


C = TypeVar("C", bound=Case)
Pattern = Callable[[C], Verdict | Iterable[Verdict]]


class RuleError(MonitorError):
    """A rule module that cannot be part of the rulebook."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


@dataclass(frozen=True)
class Rule:
    """A registered rule; ``severity`` is the highest it gives, ``case_type`` what it judges."""

    code: str
    version: int
    title: str
    title_zh: str
    clause: str
    severity: Severity
    pattern: Pattern[Any] = field(repr=False)
    case_type: type

    @property
    def name(self) -> str:
        """The pattern, as its module and its test are called."""
        return self.pattern.__module__.rpartition(".")[2]

    @property
    def description(self) -> str:
        """What auditors read on the rulebook page."""
        return (self.pattern.__doc__ or "").strip()

    def findings(self, case: Case) -> Iterator[Finding]:
        said = self.pattern(case)
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
        """What every rule for this type of case says, by code."""
        rules = self._by_case_type.get(type(case), ())
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


RULEBOOK: Final = Rulebook("domain.rules")
judge: Final = RULEBOOK.judge


def rule(
    *, code: str, version: int, title: str, title_zh: str, clause: str, severity: Severity
) -> Callable[[Pattern[C]], Pattern[C]]:
    """Register a pure function from a case to its verdict; its first annotation says which case."""

    def register(pattern: Pattern[C]) -> Pattern[C]:
        case_type = next(iter(get_type_hints(pattern).values()))
        RULEBOOK.register(Rule(code, version, title, title_zh, clause, severity, pattern, case_type))
        return pattern

    return register
