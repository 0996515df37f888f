"""The docstring of a rule, split into its parts, in English and, below the line 中文, in Chinese."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from inspect import cleandoc
from itertools import pairwise
from typing import Final
from unicodedata import east_asian_width

from domain.finding import FindingOutcome, Severity
from domain.rule import Rule, RuleError

NONE: Final = "none"
_CHINESE: Final = "中文"
_LABELS: Final = {
    "example": ("Example: ", "示例："),
    "why": ("Why: ", "原因："),
    "excluded": ("Excluded: ", "除外："),
}
_VERSIONS: Final = (re.compile(r"Version \d+ "), re.compile(r"第\d+版"))
_OUTCOME, _DATA, _COVERAGE = "Outcome: ", "Data: ", "Coverage: "
_ALSO: Final = "; also "


@dataclass(frozen=True, slots=True)
class RuleText:
    """What a rule says of itself in one language, each paragraph on one line.

    ``says`` are the paragraphs without a label; the first of them is the gist. ``history`` tells what
    each later version changed, the oldest first.
    """

    says: tuple[str, ...]
    example: str
    why: str
    excluded: str
    history: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleDescription:
    """Both texts, and what stands in the docstring once because it is the same in every language.

    ``outcomes`` are the results that make clues, each with its severities. ``data`` are the kinds of facts
    without which the rule says nothing, ``also_reads`` those that it takes into account. ``coverage`` are the
    kinds of data that must be complete before the rule concludes something from their absence; empty where it
    concludes nothing from absence.
    """

    en: RuleText
    zh: RuleText
    outcomes: Mapping[FindingOutcome, tuple[Severity, ...]]
    data: tuple[str, ...]
    also_reads: tuple[str, ...]
    coverage: tuple[str, ...]


@cache
def rule_description(rule: Rule) -> RuleDescription:
    """The parts of the docstring of ``rule``; raises :class:`RuleError` where one is missing."""
    english, chinese = _halves(rule)
    paragraphs = list(_paragraphs(english))
    stated = {label: _taken(rule, paragraphs, label) for label in (_OUTCOME, _DATA, _COVERAGE)}
    needed, _, also = stated[_DATA].partition(_ALSO)
    return RuleDescription(
        _text(rule, paragraphs, 0),
        _text(rule, list(_paragraphs(chinese)), 1),
        dict(_outcome(rule, part) for part in stated[_OUTCOME].split("; ")),
        tuple(needed.split(", ")),
        tuple(also.split(", ")) if also else (),
        tuple(kind for kind in stated[_COVERAGE].split(", ") if kind != NONE),
    )


def docstrings(rule: Rule) -> tuple[str, str]:
    """The docstring in English, as it is written, and in Chinese, each paragraph on one line."""
    english, chinese = _halves(rule)
    return english.rstrip(), "\n\n".join(_paragraphs(chinese))


def _halves(rule: Rule) -> tuple[str, str]:
    english, _, chinese = cleandoc(rule.description).partition(f"\n{_CHINESE}\n")
    return english, chinese


def _text(rule: Rule, paragraphs: list[str], language: int) -> RuleText:
    labelled = {part: _taken(rule, paragraphs, labels[language]) for part, labels in _LABELS.items()}
    history = tuple(paragraph for paragraph in paragraphs if _VERSIONS[language].match(paragraph))
    says = tuple(paragraph for paragraph in paragraphs if paragraph not in history)
    if not says:
        raise RuleError(rule.name, f"the docstring says nothing in {('English', 'Chinese')[language]}")
    return RuleText(says, **labelled, history=history)


def _taken(rule: Rule, paragraphs: list[str], label: str) -> str:
    """The paragraph with this label, taken out of the list, without the label."""
    found = next((paragraph for paragraph in paragraphs if paragraph.startswith(label)), None)
    if found is None:
        raise RuleError(rule.name, f"the docstring has no paragraph {label.strip()}")
    paragraphs.remove(found)
    said = found.removeprefix(label)
    return said.rstrip(".") if label in (_OUTCOME, _DATA, _COVERAGE) else said


def _outcome(rule: Rule, part: str) -> tuple[FindingOutcome, tuple[Severity, ...]]:
    outcome, _, severities = part.partition(" ")
    try:
        return FindingOutcome(outcome), tuple(Severity(severity) for severity in severities.split(", "))
    except ValueError as error:
        raise RuleError(rule.name, f"“{part}” is no outcome with its severities") from error


def _paragraphs(text: str) -> Iterator[str]:
    """Each on one line. A line that begins with Outcome, Data or Coverage begins a paragraph."""
    for label in (_DATA, _COVERAGE):
        text = text.replace(f"\n{label}", f"\n\n{label}")
    for paragraph in text.split("\n\n"):
        if paragraph.strip():
            yield _joined([line.strip() for line in paragraph.strip().splitlines()])


def _joined(lines: list[str]) -> str:
    """Chinese is written without spaces: between two lines of it there is none."""
    ends = ["" if _is_chinese(left[-1]) and _is_chinese(right[0]) else " " for left, right in pairwise(lines)]
    return "".join(line + end for line, end in zip(lines, [*ends, ""], strict=True))


def _is_chinese(character: str) -> bool:
    """Punctuation included."""
    return east_asian_width(character) in "WF" or character in "“”‘’…—"
