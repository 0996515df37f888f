"""The docstring of a rule, split into its parts: what it says, example, why, excluded."""

from dataclasses import dataclass
from inspect import cleandoc
from typing import Final

from domain.rule import Rule, RuleError

_PARTS: Final = {"example": "Example: ", "why": "Why: ", "excluded": "Excluded: "}


@dataclass(frozen=True, slots=True)
class RuleText:
    """The parts of a rule's docstring, each paragraph on one line.

    ``says`` are the paragraphs without a label; the first of them is the gist.
    """

    says: tuple[str, ...]
    example: str
    why: str
    excluded: str


def rule_text(rule: Rule) -> RuleText:
    """The parts of the docstring of ``rule``; raises :class:`RuleError` where one is missing."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in cleandoc(rule.description).split("\n\n")]
    labelled = {
        part: paragraph.removeprefix(label)
        for part, label in _PARTS.items()
        for paragraph in paragraphs
        if paragraph.startswith(label)
    }
    says = tuple(paragraph for paragraph in paragraphs if not paragraph.startswith(tuple(_PARTS.values())))
    missing = [label.strip() for part, label in _PARTS.items() if part not in labelled]
    if missing or not says:
        raise RuleError(rule.name, f"the docstring has no paragraph {', '.join(missing) or 'at all'}")
    return RuleText(says, **labelled)


def gist(rule: Rule) -> str:
    """The first paragraph of the docstring on one line; empty where there is no docstring."""
    return " ".join(rule.description.partition("\n\n")[0].split())
