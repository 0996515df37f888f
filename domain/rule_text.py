"""What a rule says of itself, part by part: the docstring of its pattern, read by its paragraphs."""

from dataclasses import dataclass
from inspect import cleandoc
from typing import Final

from domain.rule import Rule, RuleError

_PARTS: Final = {"example": "Example: ", "why": "Why: ", "excluded": "Excluded: "}


@dataclass(frozen=True, slots=True)
class RuleText:
    """``says`` is the docstring up to the first labelled paragraph; its first line is the gist.

    Every paragraph is one line.
    """

    says: tuple[str, ...]
    example: str
    why: str
    excluded: str


def rule_text(rule: Rule) -> RuleText:
    """Raises :class:`RuleError` where the docstring lacks a part."""
    paragraphs = [" ".join(each.split()) for each in cleandoc(rule.description).split("\n\n")]
    labelled = {
        part: each.removeprefix(label)
        for part, label in _PARTS.items()
        for each in paragraphs
        if each.startswith(label)
    }
    says = tuple(each for each in paragraphs if not each.startswith(tuple(_PARTS.values())))
    missing = [label.strip() for part, label in _PARTS.items() if part not in labelled]
    if missing or not says:
        raise RuleError(rule.name, f"the docstring has no paragraph {', '.join(missing) or 'at all'}")
    return RuleText(says, **labelled)


def gist(rule: Rule) -> str:
    """The first sentence of what the rule says; there always is one."""
    return " ".join(rule.description.partition("\n\n")[0].split())
