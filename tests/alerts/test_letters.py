"""Templates of the program and of operators."""

from pathlib import Path

import pytest

from alerts.letters import LANGUAGES, UnreadableRow, Wording
from alerts.outgoing import Telling
from domain.errors import Unusable

CONTENT = (
    '{"rule": "E110", "severity": "high", "lot_id": "L1", "jurisdiction": "4401",'
    ' "link": "https://x/1", "name": "张三"}'
)


def replaced(folder: Path, text: str) -> Wording:
    (folder / "zh").mkdir()
    (folder / "zh" / "raised.txt").write_text(text, encoding="utf-8")
    return Wording(folder)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("occasion", Telling)
def test_every_occasion_has_words_in_both_languages_and_shows_no_field_it_does_not_know(
    occasion: Telling, language: str
) -> None:
    subject, text = Wording().words(occasion, language, CONTENT)
    assert subject
    assert "张三" not in subject + text
    assert "{" not in subject + text


def test_a_clue_is_told_with_the_words_that_go_with_its_codes() -> None:
    _, text = Wording().words("raised", "zh", CONTENT)
    assert "程度：高" in text
    assert "广东省广州市" in text


def test_an_operator_replaces_a_text_and_keeps_the_others(tmp_path: Path) -> None:
    wording = replaced(tmp_path, "本市自己的标题\n标段 {{ lot_id }}")
    assert wording.words("raised", "zh", CONTENT) == ("本市自己的标题", "标段 L1")
    assert wording.words("raised", "en", CONTENT)[0].startswith("[Tender integrity]")


@pytest.mark.parametrize(
    "text", ["{{ 1/0 }}", "{{ ''.__class__.__mro__ }}", "{% include '../../etc/passwd' %}", "{% if %}", ""]
)
def test_a_text_that_cannot_be_used_is_refused_at_the_start(tmp_path: Path, text: str) -> None:
    with pytest.raises(Unusable):
        replaced(tmp_path, text)


def test_content_that_is_no_content_is_unreadable() -> None:
    for content in ("", "[]", "{", '{"items": [1]}'):
        with pytest.raises(UnreadableRow):
            Wording().words("digest", "zh", content)
