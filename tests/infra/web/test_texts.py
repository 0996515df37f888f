"""Every word that the pages ask for is there, in Chinese and English."""

import re
from pathlib import Path

import pytest

from alerts.recipients import Occasion
from domain.access import Role
from domain.clues.clue import BY_RULES, by_rule
from domain.clues.context import ClueStatus
from domain.facts.messages import MESSAGES
from domain.rule import RULEBOOK
from infra.texts.codes import CODES
from infra.texts.deliveries import FIELDS
from infra.texts.language import Language
from infra.web.pages import TEMPLATES
from infra.web.presentation import by_rules, for_role, kind_of
from infra.web.texts import PARTS, TEXTS, text
from streams.importers.known_headers import KNOWN_TABLES

CHINESE = re.compile(r"[一-鿿]")


@pytest.mark.parametrize("template", sorted(TEMPLATES.iterdir()), ids=lambda path: str(path.name))
def test_a_template_asks_only_for_words_that_are_there(template: Path) -> None:
    asked = re.findall(r"\bt\([\"']([\w-]+)[\"'][,)]", template.read_text(encoding="utf-8"))
    assert not set(asked) - set(TEXTS)


def test_no_text_stands_in_the_place_of_another() -> None:
    assert len(TEXTS) == sum(map(len, PARTS))


def test_english_texts_are_english() -> None:
    """Only the name of the other language is written in that language."""
    assert [key for key, (_, english) in TEXTS.items() if CHINESE.search(english)] == ["language"]


@pytest.mark.parametrize("code", [code for code in RULEBOOK if not code.startswith("R")])
def test_every_number_that_clues_are_judged_by_has_a_name(code: str) -> None:
    """The published indicators (R…) raise no clues."""
    assert not {f"threshold_{name}" for name in RULEBOOK[code].thresholds} - set(TEXTS)


def test_a_step_names_the_version_of_the_rule_by_which_a_clue_was_judged_anew() -> None:
    assert by_rules(by_rule("E101", 2), Language.ZH) == "按规则E101第2版重新比对"
    assert by_rules(BY_RULES, Language.EN) == "judged anew by the rules and policies in force"


@pytest.mark.parametrize("status", [str(status) for status in ClueStatus])
def test_only_a_supervisor_is_asked_to_acknowledge(status: str) -> None:
    for role in (Role.BIDDER, Role.TENDERER):
        assert text(for_role(f"status_{status}", role), Language.ZH) != "待签收"


@pytest.mark.parametrize("message", sorted(MESSAGES))
def test_every_kind_of_fact_has_a_name(message: str) -> None:
    assert kind_of(message) in CODES


@pytest.mark.parametrize("occasion", [str(occasion) for occasion in Occasion])
def test_every_occasion_of_a_notice_has_a_name(occasion: str) -> None:
    assert f"event_{occasion}" in CODES


def test_every_field_of_a_known_table_has_words() -> None:
    assert {field for table in KNOWN_TABLES.values() for field in table.fields} == set(FIELDS)
