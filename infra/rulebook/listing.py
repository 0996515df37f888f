"""The rulebook as it is published: over HTTP, on the command line and as pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.policy import PolicyBook
from domain.rule import RULEBOOK, Rule
from domain.rule_text import docstrings, rule_description

EVERYWHERE: Final = "*"


@dataclass(frozen=True, slots=True)
class PublishedRule:
    """``thresholds`` are the rule's own; ``set_otherwise`` are those a jurisdiction set.

    Of the latter the key is the jurisdiction, or :data:`EVERYWHERE`. ``supervisors_only``: parties
    to a bid are told nothing of its clues. ``outcomes`` are the results that make clues, with their
    severities; ``data``, ``also_reads`` and ``coverage`` are those of :class:`domain.rule_text.RuleDescription`.
    """

    code: str
    version: int
    name: str
    title: str
    title_zh: str
    clause: str
    severity: str
    supervisors_only: bool
    thresholds: Mapping[str, str]
    set_otherwise: Mapping[str, Mapping[str, str]]
    docstring: str
    docstring_zh: str
    outcomes: Mapping[str, tuple[str, ...]]
    data: tuple[str, ...]
    also_reads: tuple[str, ...]
    coverage: tuple[str, ...]


def published_rules(policies: PolicyBook) -> tuple[PublishedRule, ...]:
    """Every rule, by code."""
    return tuple(_published(rule, policies) for rule in RULEBOOK.values())


def _published(rule: Rule, policies: PolicyBook) -> PublishedRule:
    set_in = {EVERYWHERE: policies.default, **policies.jurisdictions}
    otherwise = {place: _texts(policy.thresholds.get(rule.code, {})) for place, policy in set_in.items()}
    (docstring, docstring_zh), description = docstrings(rule), rule_description(rule)
    return PublishedRule(
        code=rule.code,
        version=rule.version,
        name=rule.name,
        title=rule.title,
        title_zh=rule.title_zh,
        clause=rule.clause,
        severity=str(rule.severity),
        supervisors_only=rule.supervisors_only,
        thresholds=_texts(rule.thresholds),
        set_otherwise={place: thresholds for place, thresholds in otherwise.items() if thresholds},
        docstring=docstring,
        docstring_zh=docstring_zh,
        outcomes={str(outcome): tuple(map(str, levels)) for outcome, levels in description.outcomes.items()},
        data=description.data,
        also_reads=description.also_reads,
        coverage=description.coverage,
    )


def _texts(thresholds: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in thresholds.items()}
