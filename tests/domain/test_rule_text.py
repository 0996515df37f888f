"""What a rule says of itself: complete, in Chinese and English, and true to its code."""

import re
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from domain.facts.messages import MESSAGES
from domain.rule import RULEBOOK, Rule, RuleError, Verdict
from domain.rule_text import docstrings, rule_description

EVERY_RULE = pytest.mark.parametrize("code", sorted(RULEBOOK))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
KINDS = {kind.removeprefix("tender-integrity.").rpartition(".")[0] for kind in MESSAGES}
CERTIFICATES = {"safety-production-licence", "safety-assessment-b", "special-operations"}


@EVERY_RULE
def test_every_rule_says_what_an_example_why_and_what_is_excluded_in_both_languages(code: str) -> None:
    description = rule_description(RULEBOOK[code])
    for text in (description.en, description.zh):
        assert all((text.says, text.example, text.why, text.excluded))
    assert all(CHINESE.search(paragraph) for paragraph in description.zh.says)
    assert len(description.zh.history) == len(description.en.history)


@EVERY_RULE
def test_every_later_version_says_what_changed(code: str) -> None:
    rule = RULEBOOK[code]
    versions = [re.findall(r"\d+", paragraph)[0] for paragraph in rule_description(rule).en.history]
    versions_zh = [re.findall(r"\d+", paragraph)[0] for paragraph in rule_description(rule).zh.history]
    assert versions == versions_zh == [str(version) for version in range(2, rule.version + 1)]


@EVERY_RULE
def test_the_highest_severity_of_a_rule_is_that_of_its_outcomes(code: str) -> None:
    rule = RULEBOOK[code]
    severities = [level for levels in rule_description(rule).outcomes.values() for level in levels]
    assert max(severities, key=lambda level: level.rank) is rule.severity


@EVERY_RULE
def test_the_data_a_rule_names_are_kinds_of_messages(code: str) -> None:
    description = rule_description(RULEBOOK[code])
    assert set(description.also_reads) <= KINDS
    assert set(description.data) <= KINDS | {"any message"}
    assert set(description.coverage) <= KINDS | CERTIFICATES


@EVERY_RULE
def test_the_module_of_a_rule_bears_its_titles(code: str) -> None:
    """So a reader of the file and a reader of the page call the rule by one name."""
    rule = RULEBOOK[code]
    assert sys.modules[rule.pattern.__module__].__doc__ == f"{rule.title} {rule.title_zh}."


@EVERY_RULE
def test_both_languages_give_the_same_numbers_in_their_examples(code: str) -> None:
    """Numbers written as words in one language are not compared."""
    description = rule_description(RULEBOOK[code])
    english, chinese = (_numbers(text.example) for text in (description.en, description.zh))
    assert english - OTHERWISE_IN_CHINESE.get(code, set()) <= chinese


OTHERWISE_IN_CHINESE = {"C303": {"1", "2"}, "T405": {"10.00", "10.15", "10.30", "10.45", "10.60"}}
"""Levels are written 一级 and 二级; millions are written in units of ten thousand."""


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,:]\d+)*", text))


def says_little() -> Iterator[Verdict]:
    """Says little.

    Why: because.
    """
    yield from ()


def lacks_chinese() -> Iterator[Verdict]:
    """Says enough.

    Example: one.

    Why: because.

    Excluded: nothing.

    Outcome: suspect low.
    Data: bid-opened, insurance-paid.
    Coverage: none.
    """
    yield from ()


def broken_over_lines() -> Iterator[Verdict]:
    """Says enough.

    Example: one.

    Why: because.

    Excluded: nothing.

    Outcome: mismatch high, medium; suspect low.
    Data: bid-opened, insurance-paid; also employer-renamed.
    Coverage: insurance-paid.

    Version 2 (2026-11-30): says more,
    and better.

    中文

    第一行
    第二行，见E101
    和E102。

    示例：一。

    原因：二。

    除外：三。

    第2版（2026-11-30）：四。
    """
    yield from ()


def a_rule(pattern: object) -> Rule:
    return replace(RULEBOOK["E101"], pattern=pattern)  # type: ignore[arg-type]


def test_a_docstring_without_a_part_is_refused() -> None:
    with pytest.raises(RuleError, match="no paragraph Outcome:"):
        rule_description(a_rule(says_little))


def test_a_docstring_without_chinese_is_refused() -> None:
    with pytest.raises(RuleError, match="no paragraph 示例："):
        rule_description(a_rule(lacks_chinese))


def test_a_line_break_within_chinese_leaves_no_space() -> None:
    description = rule_description(a_rule(broken_over_lines))
    assert description.zh.says == ("第一行第二行，见E101 和E102。",)
    assert description.en.history == ("Version 2 (2026-11-30): says more, and better.",)


def test_outcomes_data_and_coverage_are_read_from_the_docstring() -> None:
    description = rule_description(a_rule(broken_over_lines))
    assert {str(outcome): [*map(str, levels)] for outcome, levels in description.outcomes.items()} == {
        "mismatch": ["high", "medium"],
        "suspect": ["low"],
    }
    assert description.data == ("bid-opened", "insurance-paid")
    assert description.also_reads == ("employer-renamed",)
    assert description.coverage == ("insurance-paid",)


def test_the_english_docstring_ends_where_the_chinese_begins() -> None:
    english, chinese = docstrings(a_rule(broken_over_lines))
    assert english.endswith("and better.")
    assert chinese.startswith("第一行")
