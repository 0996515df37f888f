"""A rule as people read it: no identifiers, and nothing left in the other language."""

import re

import pytest

from domain.rule import RULEBOOK
from infra.rulebook.sheet import RuleSheet, grouped, rule_sheet
from infra.texts.language import Language

CHINESE = re.compile(r"[\u4e00-\u9fff]")
IDENTIFIER = re.compile(r"[a-z]+-[a-z]+")
EVERY_RULE = pytest.mark.parametrize("code", sorted(RULEBOOK))


def facts(sheet: RuleSheet) -> dict[str, str]:
    return dict(sheet.facts)


@EVERY_RULE
def test_the_chinese_page_names_data_coverage_and_numbers_in_words(code: str) -> None:
    sheet = rule_sheet(RULEBOOK[code], Language.ZH)
    found = facts(sheet)
    assert not IDENTIFIER.search(found["所需数据"] + found["须完整的数据"])
    assert all(CHINESE.search(threshold.says) for threshold in sheet.thresholds)


@EVERY_RULE
def test_the_english_page_is_english_but_for_the_clause(code: str) -> None:
    sheet = rule_sheet(RULEBOOK[code], Language.EN)
    labelled = [value for label, value in sheet.facts if label != "Clause"]
    assert not CHINESE.search(" ".join([*labelled, sheet.title, *(threshold.says for threshold in sheet.thresholds)]))


@EVERY_RULE
def test_a_page_that_speaks_of_the_day_d_says_what_d_is(code: str) -> None:
    sheet = rule_sheet(RULEBOOK[code], Language.EN)
    speaks_of_it = re.search(r"\bD\b", " ".join([*sheet.says, *(text for _, text in sheet.sections)]))
    assert bool(sheet.note) is bool(speaks_of_it)


def test_every_rule_stands_under_one_heading() -> None:
    assert sorted(rule.code for rules in grouped().values() for rule in rules) == sorted(RULEBOOK)


def test_a_rule_that_parties_hear_of_says_so() -> None:
    told = "知悉线索的各方"
    assert facts(rule_sheet(RULEBOOK["E101"], Language.ZH))[told] == "监管部门和相关当事人"
    assert facts(rule_sheet(RULEBOOK["A601"], Language.ZH))[told] == "仅监管部门"
    assert facts(rule_sheet(RULEBOOK["R018"], Language.ZH))[told].startswith("无")
