"""``rules``: the rulebook."""

from pathlib import Path

import pytest

from domain.rule import RULEBOOK
from tests.infra.command_line.conftest import Run, answer


def test_the_rulebook_is_listed(run: Run, tmp_path: Path) -> None:
    found = answer(run("rules", "--json", "--data", tmp_path))
    assert [rule["code"] for rule in found] == list(RULEBOOK)
    assert "广州市开标比对工作指引" in run("rules", "--data", tmp_path).stdout


def test_the_list_is_in_the_language_of_the_settings(run: Run, tmp_path: Path) -> None:
    chinese = run("rules", "--data", tmp_path, env={"TENDER_MONITOR_LANGUAGE": "zh"}).stdout
    english = run("rules", "--data", tmp_path, env={"TENDER_MONITOR_LANGUAGE": "en"}).stdout
    assert chinese.splitlines()[0].split() == ["编号", "最高风险级别", "规则", "依据"]
    assert "社保缴纳单位与投标人不一致" in chinese
    assert "Payer differs from bidder" not in chinese
    assert english.splitlines()[0].startswith("Code")


def test_one_rule_is_shown_in_full(run: Run, tmp_path: Path) -> None:
    shown = run("rules", "E107", "--data", tmp_path).stdout
    assert ["fewest_moves", "3", "Moves", "at", "least"] in map(str.split, shown.splitlines())
    assert "Why it matters: Certificates that are lent move from bid to bid" in shown


def test_one_rule_is_shown_in_the_language_of_the_settings(run: Run, tmp_path: Path) -> None:
    shown = run("rules", "E107", "--data", tmp_path, env={"TENDER_MONITOR_LANGUAGE": "zh"}).stdout
    assert "注册单位频繁变更" in shown
    assert "为何重要：出借的证书随投标在各单位之间流转" in shown


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "为何重要"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "Why it matters"),
        ({"LANG": "C.UTF-8"}, "Why it matters"),
    ],
)
def test_without_a_setting_the_locale_chooses_the_language(
    run: Run, tmp_path: Path, locale: dict[str, str], said: str
) -> None:
    unset: dict[str, str | None] = dict.fromkeys(("LC_ALL", "LC_MESSAGES", "LANG"))
    assert said in run("rules", "E107", "--data", tmp_path, env={**unset, **locale}).stdout


def test_an_unknown_rule_is_a_usage_error(run: Run, tmp_path: Path) -> None:
    assert run("rules", "X999", "--data", tmp_path).exit_code == 2


def test_thresholds_of_the_settings_are_shown(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[policy.default.thresholds.E107]\nfewest_moves = 5\n", encoding="utf-8")
    shown = run("rules", "E107", "--config", config, "--data", tmp_path).stdout
    assert "fewest_moves  5  in every jurisdiction" in shown
