"""The thresholds of a policy, checked against the rulebook."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from domain.policy import Policy, PolicyBook, Threshold

if TYPE_CHECKING:
    from domain.rule import Rule


def known_thresholds(policies: PolicyBook) -> PolicyBook:
    """``policies`` unchanged; raises PydanticCustomError that names every threshold no rule has."""
    complaints = [
        f"{code or 'default'}: {complaint}"
        for code, policy in (("", policies.default), *policies.jurisdictions.items())
        for complaint in _complaints(policy)
    ]
    if complaints:
        raise PydanticCustomError("threshold", "{complaints}", {"complaints": "; ".join(complaints)})
    return policies


def _complaints(policy: Policy) -> Iterator[str]:
    if not policy.thresholds:
        return
    from domain.rule import RULEBOOK  # Every command reads settings, and hardly any needs the rules.

    for code, given in policy.thresholds.items():
        rule = RULEBOOK.get(code)
        if rule is None:
            yield f"there is no rule {code}"
        else:
            yield from _of_rule(rule, given)


def _of_rule(rule: "Rule", given: Mapping[str, Threshold]) -> Iterator[str]:
    for name, value in given.items():
        if name not in rule.thresholds:
            yield f"{rule.code} has no threshold {name} (it has {', '.join(rule.thresholds) or 'none'})"
        elif isinstance(rule.thresholds[name], int) and isinstance(value, Decimal):
            yield f"{rule.code}: {name} is a whole number"
