"""GET /api/v1/rules: the rulebook, for everyone."""

from domain.rule import RULEBOOK
from tests.infra.http.served import Served


def test_the_rulebook_is_open_to_everyone(server: Served) -> None:
    answer = server.request("GET", "/api/v1/rules")
    assert answer.status == 200
    items = answer.json()["items"]
    assert [rule["code"] for rule in items] == list(RULEBOOK)
    (moves,) = (rule for rule in items if rule["code"] == "E107")
    assert moves.keys() >= {"code", "version", "title", "title_zh", "clause", "severity", "thresholds", "docstring"}
    assert moves["thresholds"] == {"fewest_moves": "3", "window_months": "12"}
    assert moves["docstring"].startswith("The registration was transferred")
    assert moves["docstring_zh"].startswith("截至开标日的12个月内")
    assert moves["outcomes"] == {"suspect": ["low"]}
    assert moves["data"] == ["bid-opened", "registration-recorded", "registration-cancelled"]


def test_a_rule_is_explained_to_everybody_in_both_languages(server: Served) -> None:
    chinese, english = (server.request("GET", f"/public/rules/E107?lang={language}") for language in ("zh", "en"))
    assert "注册单位频繁变更" in chinese.body.decode()
    assert "Registration moves often" in english.body.decode()
    assert server.request("GET", "/public/rules/X999").status == 404


def test_the_list_of_rules_leads_to_every_rule(server: Served) -> None:
    shown = server.request("GET", "/public/rules").body.decode()
    assert all(f'href="/public/rules/{code}"' in shown for code in RULEBOOK)
