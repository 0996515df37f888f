"""The rulebook in a browser: from a clue to its rule, without signing in, in both languages, on a phone."""

from playwright.sync_api import Browser, expect

from domain.access import Role
from domain.rule import RULEBOOK
from tests.infra.http.served import ACTORS, Served
from tests.web.conftest import SignIn

PHONE = {"width": 390, "height": 844}


def test_a_clue_leads_to_the_page_of_its_rule(server: Served, sign_in: SignIn) -> None:
    opening = server.a_suspicious_opening()
    page = sign_in(server, ACTORS[Role.SUPERVISOR])
    page.goto(f"/clues/{opening.clue_id}")
    page.get_by_role("link", name="查看规则：E101 社保缴纳单位与投标人不一致").click()
    expect(page.get_by_role("heading", name="E101 社保缴纳单位与投标人不一致")).to_be_visible()
    expect(page.get_by_role("heading", name="为何重要")).to_be_visible()


def test_everybody_reads_the_rules_in_both_languages_on_a_phone(server: Served, browser: Browser) -> None:
    page = browser.new_page(base_url=server.url, viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
    page.goto("/public/rules")
    expect(page.get_by_role("listitem")).to_have_count(len(RULEBOOK))
    page.get_by_role("link", name="E107 注册单位频繁变更").click()
    expect(page.get_by_role("heading", name="版本沿革")).to_be_visible()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="E107 Registration moves often")).to_be_visible()
    page.get_by_role("link", name="← All rules").click()
    expect(page.get_by_role("heading", name="The rulebook")).to_be_visible()
    for path in ("/public/rules", *(f"/public/rules/{code}" for code in RULEBOOK)):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
    page.context.close()


def test_a_rule_that_is_not_there_is_told_in_words(server: Served, browser: Browser) -> None:
    page = browser.new_page(base_url=server.url, locale="zh-CN")
    page.goto("/public/rules/X999")
    expect(page.get_by_text("没有这个页面，或您无权查看")).to_be_visible()
    page.context.close()
