"""The rulebook as it is published: over HTTP, on the command line and as pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any

from domain.policy import PolicyBook
from domain.rule import RULEBOOK, Rule


@dataclass(frozen=True, slots=True)
class PublishedRule:
    """``thresholds`` are the rule's own; ``set_otherwise`` are those a jurisdiction set.

    Of the latter the key is the jurisdiction, ``*`` for everywhere. ``supervisors_only``: parties
    to a bid are told nothing of its clues.
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


def published_rules(policies: PolicyBook) -> tuple[PublishedRule, ...]:
    """Every rule, by code."""
    return tuple(_published(rule, policies) for rule in RULEBOOK.values())


def _published(rule: Rule, policies: PolicyBook) -> PublishedRule:
    set_in = {"*": policies.default, **policies.jurisdictions}
    otherwise = {place: _texts(policy.thresholds.get(rule.code, {})) for place, policy in set_in.items()}
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
        docstring=cleandoc(rule.description),
    )


def _texts(thresholds: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in thresholds.items()}
