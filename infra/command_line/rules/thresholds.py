"""``--threshold``: a rule's number, set otherwise for this once."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import click

from domain.policy import Threshold
from domain.rule import Rule


def threshold_of(rule: Rule, text: str) -> tuple[str, Threshold]:
    """``name=value`` as a threshold of ``rule``; raises a usage error that names what there is."""
    name, _, value = text.partition("=")
    default = rule.thresholds.get(name)
    if default is None:
        known = ", ".join(f"{name}={value}" for name, value in rule.thresholds.items()) or "no thresholds"
        raise click.UsageError(f"{rule.code} has no threshold {name}; it has {known}")
    try:
        return name, int(value) if isinstance(default, int) else _finite(value)
    except (ValueError, InvalidOperation) as error:
        kind = "a whole number" if isinstance(default, int) else "a number"
        raise click.UsageError(f"{rule.code} {name} needs {kind}") from error


def coded(rules: Mapping[str, Rule], text: str) -> tuple[str, str, Threshold]:
    """``CODE.name=value`` as code, name and value; raises a usage error."""
    code, _, setting = text.partition(".")
    if code not in rules:
        raise click.UsageError(f"there is no rule {code} here")
    return code, *threshold_of(rules[code], setting)


def _finite(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite():
        raise InvalidOperation
    return value
