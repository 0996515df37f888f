"""What notices say."""

import re
from dataclasses import replace

import pytest

from alerts.content import Content
from alerts.notices import TEMPLATES, write
from alerts.recipients import Occasion
from domain.access import Role
from domain.clues.changed_by_history import LoadSummary
from domain.rule import RULEBOOK, Severity
from tests.builders import BIDDER
from tests.clue_builders import CONTEXTS, OPENING, PROJECT, a_clue

CONTENT = Content.of(a_clue())
ABOUT_CLUES = [occasion for occasion in Occasion if occasion is not Occasion.HISTORY_LOADED]
RECIPIENTS = [Role.SUPERVISOR, Role.BIDDER, Role.TENDERER]
VERDICTS = re.compile(r"fraud|guilty|violat|illegal|违法|违规|欺诈|舞弊|有罪|挂证", re.IGNORECASE)


def test_every_occasion_has_its_words() -> None:
    assert set(TEMPLATES) == set(Occasion)


@pytest.mark.parametrize("occasion", ABOUT_CLUES)
@pytest.mark.parametrize("role", RECIPIENTS)
def test_a_notice_names_rule_bidder_and_lot_in_both_languages(occasion: Occasion, role: Role) -> None:
    words = write(occasion, role, CONTENT)
    rule = RULEBOOK["E101"]

    assert rule.title_zh in words.zh.subject
    assert rule.title in words.en.subject
    for text in words:
        assert BIDDER.name in text.body
        assert CONTENT.title in text.body
        assert "T-2025-001 / 1" in text.body
        assert not re.search(r"[{}]", text.subject + text.body)


@pytest.mark.parametrize("occasion", ABOUT_CLUES)
@pytest.mark.parametrize("role", RECIPIENTS)
def test_a_notice_speaks_of_a_suspicion(occasion: Occasion, role: Role) -> None:
    for text in write(occasion, role, CONTENT):
        assert not VERDICTS.search(text.subject + text.body)


def test_the_masked_name_is_filled_in_only_for_who_may_see_it() -> None:
    shown = write(Occasion.RAISED, Role.SUPERVISOR, CONTENT, person="张＊ 4401…12")
    hidden = write(Occasion.RAISED, Role.BIDDER, CONTENT)

    assert all("张＊ 4401…12" in text.body for text in shown)
    assert not any("（）" in text.body or "()" in text.body for text in hidden)


def test_braces_in_a_title_are_just_characters() -> None:
    content = replace(CONTENT, title="{bidder} 标段{0}")

    assert "{bidder} 标段{0}" in write(Occasion.RAISED, Role.BIDDER, content).zh.body


def test_a_rule_that_is_gone_from_the_rulebook_is_told_by_its_code() -> None:
    content = replace(CONTENT, rule="E999")

    assert write(Occasion.WITHDRAWN, Role.BIDDER, content).en.subject == "Clue withdrawn: E999"


def test_only_the_bidder_is_invited_to_explain() -> None:
    assert "explanation" in write(Occasion.RAISED, Role.BIDDER, CONTENT).en.body
    assert "explanation" not in write(Occasion.RAISED, Role.SUPERVISOR, CONTENT).en.body
    assert "explanation" not in write(Occasion.CANDIDATE, Role.TENDERER, CONTENT).en.body


@pytest.mark.parametrize("case_kind", list(CONTEXTS))
@pytest.mark.parametrize("occasion", ABOUT_CLUES)
def test_a_notice_says_what_it_is_about_and_names_nothing_that_is_not_there(case_kind: str, occasion: Occasion) -> None:
    content = Content.of(a_clue(context=CONTEXTS[case_kind]))
    for text in write(occasion, Role.SUPERVISOR, content, person="张＊"):
        assert content.title in text.body
        assert (content.case_id or "") in text.body
        assert "None" not in text.body
        assert not re.search(r"[{}]", text.subject + text.body)
        assert not VERDICTS.search(text.subject + text.body)


@pytest.mark.parametrize("case_kind", sorted(CONTEXTS.keys() - {"appointments"}))
def test_only_clues_about_leads_of_bids_speak_of_the_opening(case_kind: str) -> None:
    content = Content.of(a_clue(context=CONTEXTS[case_kind]))
    words = write(Occasion.RAISED, Role.SUPERVISOR, content)
    assert "开标" not in words.zh.body
    assert "bid opening" not in words.en.body


def test_a_site_whose_title_is_its_project_code_is_named_once() -> None:
    content = Content.of(a_clue(context=replace(CONTEXTS["sites"], title=PROJECT)))
    for text in write(Occasion.RAISED, Role.SUPERVISOR, content):
        assert text.body.count(PROJECT) == 1


def test_who_is_in_charge_now_is_named_to_the_supervisor_who_was() -> None:
    content = replace(CONTENT, jurisdiction="440300")
    assert "现由广东省深圳市主管部门办理" in write(Occasion.HANDED_OVER, Role.SUPERVISOR, content).zh.body
    assert "深圳" not in write(Occasion.HANDED_OVER, Role.TENDERER, content).zh.body


def test_a_bidder_whose_clue_was_confirmed_learns_where_to_object() -> None:
    words = write(Occasion.CONFIRMED, Role.BIDDER, CONTENT)
    assert "可向广东省广州市主管部门提出陈述、申辩" in words.zh.body
    assert "state your case" in words.en.body


def test_a_kind_of_case_without_words_of_its_own_is_told_by_its_title() -> None:
    content = replace(CONTENT, case_kind="visits")
    assert CONTENT.title in write(Occasion.RAISED, Role.SUPERVISOR, content).en.body


def test_the_summary_of_a_load_counts_by_rule_and_severity_the_worst_first() -> None:
    summary = LoadSummary("440100", OPENING, (("E101", Severity.HIGH, 3), ("E105", Severity.LOW, 2)))
    words = write(Occasion.HISTORY_LOADED, Role.SUPERVISOR, Content.of_load(summary))

    assert "新增或更新线索5条：社保缴纳单位与投标人不一致（高）3条；" in words.zh.body
    assert "广东省广州市" in words.zh.body
    assert words.en.body.index("(high): 3") < words.en.body.index("(low): 2")
    assert not re.search(r"[{}]|None", str(words))


def test_the_content_of_a_summary_is_read_back_as_it_was_written() -> None:
    content = Content.of_load(LoadSummary("440100", OPENING, (("E101", Severity.HIGH, 3),)))

    assert Content.read(content.text()) == content


def test_a_lead_who_was_not_identified_is_asked_for_and_not_explained() -> None:
    asked = replace(CONTENT, rule="D904", person_id=None, case_kind="lots")
    for occasion in (Occasion.RAISED, Occasion.REOPENED):
        bidder, supervisor = (write(occasion, role, asked) for role in (Role.BIDDER, Role.SUPERVISOR))
        assert "请核对投标文件所载项目负责人的姓名和证件号码" in bidder.zh.body
        assert "correct them" in bidder.en.body
        assert "说明" not in bidder.zh.body
        assert "请督促投标人核对、更正" in supervisor.zh.body
    assert "核对" not in write(Occasion.WITHDRAWN, Role.BIDDER, asked).zh.body
