"""A rule as it is shown to people in one language: on the command line, on a page, in the documents."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from domain.finding import FindingOutcome, Severity
from domain.rule import RULEBOOK, Rule
from domain.rule_text import RuleDescription, rule_description
from infra.texts.codes import CODES, word
from infra.texts.language import Language
from infra.texts.rulebook import GROUPS, RULEBOOK_TEXTS

_D: Final = re.compile(r"\bD\b")


@dataclass(frozen=True, slots=True)
class ShownThreshold:
    """``says`` is empty where the number has no words of its own."""

    name: str
    says: str
    value: str


@dataclass(frozen=True, slots=True)
class RuleSheet:
    """``facts`` are labels with their values, ``sections`` headings with their texts.

    ``history`` tells what each later version changed, the oldest first. ``note`` says what D stands for,
    where the text has it.
    """

    code: str
    title: str
    facts: tuple[tuple[str, str], ...]
    says: tuple[str, ...]
    sections: tuple[tuple[str, str], ...]
    thresholds: tuple[ShownThreshold, ...]
    history: tuple[str, ...]
    note: str


def rule_sheet(rule: Rule, language: Language) -> RuleSheet:
    """Raises :class:`domain.rule.RuleError` where the docstring lacks a part."""
    description = rule_description(rule)
    said = description.zh if language.is_chinese else description.en
    sections = {"rule_example": said.example, "rule_why": said.why, "rule_excluded": said.excluded}
    return RuleSheet(
        code=rule.code,
        title=title_in(rule, language),
        facts=tuple((heading(key, language), value) for key, value in _facts(rule, description, language)),
        says=said.says,
        sections=tuple((heading(key, language), _capitalised(part)) for key, part in sections.items()),
        thresholds=tuple(_threshold(rule, name, language) for name in rule.thresholds),
        history=said.history,
        note=heading("rule_day", language) if _D.search(" ".join((*said.says, *sections.values()))) else "",
    )


def grouped() -> dict[str, list[Rule]]:
    """The rules by the key of the heading they stand under."""
    found: dict[str, list[Rule]] = {key: [] for key in GROUPS.values()}
    for rule in RULEBOOK.values():
        found[GROUPS[rule.code[0]]].append(rule)
    return found


def heading(key: str, language: Language) -> str:
    return language.of(RULEBOOK_TEXTS[key])


def title_in(rule: Rule, language: Language) -> str:
    return language.of((rule.title_zh, rule.title))


def outcome_words(description: RuleDescription, language: Language) -> str:
    """Mismatch (high); suspect (medium, low)."""
    return language.of(("；", "; ")).join(
        _outcome(outcome, severities, language) for outcome, severities in description.outcomes.items()
    )


def kind_words(kinds: Iterable[str], language: Language) -> str:
    """The kinds of facts or certificates, in words."""
    return language.of(("、", ", ")).join(word(kind, language) for kind in kinds)


def data_words(description: RuleDescription, language: Language) -> str:
    needed = kind_words(description.data, language)
    if not description.also_reads:
        return needed
    return needed + language.of(("；一并考虑：", "; also ")) + kind_words(description.also_reads, language)


def coverage_words(description: RuleDescription, language: Language) -> str:
    return kind_words(description.coverage, language) or heading("rule_no_coverage", language)


def _facts(rule: Rule, description: RuleDescription, language: Language) -> Iterable[tuple[str, str]]:
    yield "rule_clause", rule.clause
    yield "rule_outcome", outcome_words(description, language)
    yield "rule_version", str(rule.version)
    yield "rule_told", heading(_told(rule), language)
    yield "rule_data", data_words(description, language)
    yield "rule_coverage", coverage_words(description, language)


def _told(rule: Rule) -> str:
    if GROUPS[rule.code[0]] == "rules_indicators":
        return "told_nobody"
    return "told_supervisors" if rule.supervisors_only else "told_parties"


def _outcome(outcome: FindingOutcome, severities: Iterable[Severity], language: Language) -> str:
    levels = language.of(("、", ", ")).join(word(severity, language) for severity in severities)
    return language.of((f"{word(outcome, language)}（{levels}）", f"{word(outcome, language)} ({levels.lower()})"))


def _threshold(rule: Rule, name: str, language: Language) -> ShownThreshold:
    keys = (f"threshold_{rule.code}_{name}", f"threshold_{name}")
    says = next((word(key, language) for key in keys if key in CODES), "")
    return ShownThreshold(name, says, str(rule.thresholds[name]))


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
