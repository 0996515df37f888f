"""Deciding about a clue: nothing is suggested, and what is missing or refused is said."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from domain.access import Role
from tests.infra.http.served import ACTORS, Opening, Served
from tests.web.conftest import SignIn

SUPERVISOR, BIDDER = ACTORS[Role.SUPERVISOR], ACTORS[Role.BIDDER]
ID_NUMBER = "11010519491231002X"


@pytest.fixture
def opening(server: Served) -> Opening:
    return server.a_suspicious_opening()


@pytest.fixture
def page(server: Served, sign_in: SignIn, opening: Opening) -> Page:
    """A clue under investigation, on its own page."""
    server.command(opening.clue_id, "investigate", SUPERVISOR)
    page = sign_in(server, SUPERVISOR)
    page.goto(f"/clues/{opening.clue_id}")
    return page


def form(page: Page) -> Locator:
    return page.locator("form.decide")


def test_of_two_conclusions_the_page_suggests_neither(page: Page) -> None:
    buttons = form(page).get_by_role("button")
    assert buttons.all_inner_texts() == ["认定疑点排除", "认定属实"]
    looks = {buttons.nth(place).evaluate("one => getComputedStyle(one).backgroundColor") for place in range(2)}
    assert len(looks) == 1
    expect(form(page)).to_contain_text("结论作出后不可撤销")


def test_the_next_step_stands_out(server: Served, sign_in: SignIn, opening: Opening) -> None:
    page = sign_in(server, SUPERVISOR)
    page.goto(f"/clues/{opening.clue_id}")
    expect(form(page).locator("button.first")).to_have_text("签收")


@pytest.mark.parametrize("verb", ["认定疑点排除", "认定属实"])
def test_a_conclusion_without_a_reason_says_what_is_missing(page: Page, verb: str) -> None:
    form(page).get_by_role("button", name=verb).click()
    expect(form(page).get_by_role("alert")).to_have_text("请先填写理由。没有理由，不能作出结论。")
    reason = form(page).get_by_label("理由")
    expect(reason).to_be_focused()
    expect(reason).to_have_accessible_description("请先填写理由。没有理由，不能作出结论。")


def test_an_explanation_without_words_says_what_is_missing(server: Served, sign_in: SignIn, opening: Opening) -> None:
    page = sign_in(server, BIDDER)
    page.goto(f"/clues/{opening.clue_id}")
    form(page).get_by_role("button", name="提交说明").click()
    expect(form(page).get_by_role("alert")).to_have_text("请先填写情况说明。")


def test_an_id_number_in_a_reason_is_named_as_what_is_wrong(page: Page, complaints: list[str]) -> None:
    form(page).get_by_label("理由").fill(f"{ID_NUMBER}，已核实")
    form(page).get_by_role("button", name="认定疑点排除").click()
    expect(form(page).get_by_role("alert")).to_have_text(
        "填写的内容中含有身份证号码、手机号码或当事人姓名，请删除后再提交。"
    )
    expect(form(page).get_by_label("理由")).to_have_value(f"{ID_NUMBER}，已核实")
    form(page).get_by_label("理由").fill("已核实")
    form(page).get_by_role("button", name="认定疑点排除").click()
    expect(page.locator(".status")).to_have_text("疑点已排除")
    complaints.clear()


def test_an_ended_session_is_told(page: Page, complaints: list[str]) -> None:
    page.context.clear_cookies()
    form(page).get_by_label("理由").fill("已核实")
    form(page).get_by_role("button", name="认定疑点排除").click()
    expect(form(page).get_by_role("alert")).to_have_text("登录已失效，请重新登录。")
    complaints.clear()


def test_a_server_that_cannot_be_reached_is_told_and_the_buttons_work_again(page: Page, complaints: list[str]) -> None:
    page.context.set_offline(True)
    form(page).get_by_label("理由").fill("已核实")
    form(page).get_by_role("button", name="认定疑点排除").click()
    expect(form(page).get_by_role("alert")).to_contain_text("无法连接服务器")
    page.context.set_offline(False)
    form(page).get_by_role("button", name="认定疑点排除").click()
    expect(page.locator(".status")).to_have_text("疑点已排除")
    complaints.clear()


def test_what_went_wrong_is_said_in_english_to_who_reads_english(page: Page) -> None:
    page.goto(f"{page.url}?lang=en")
    form(page).get_by_role("button", name="Clear").click()
    expect(form(page).get_by_role("alert")).to_have_text(
        "Please give the reason first. Nothing is concluded without one."
    )


@pytest.mark.parametrize(("verb", "status"), [("confirm", "核查属实"), ("clear", "疑点已排除")])
def test_a_decided_clue_is_not_called_a_mere_suspicion(
    server: Served, page: Page, opening: Opening, verb: str, status: str
) -> None:
    """Neither on its page nor on its record sheet."""
    expect(page.locator("body")).to_contain_text("线索只是疑点")
    server.command(opening.clue_id, verb, SUPERVISOR, "已核实")
    for address in (f"/clues/{opening.clue_id}", f"/clues/{opening.clue_id}/record"):
        page.goto(address)
        expect(page.locator("body")).to_contain_text(status)
        expect(page.locator("body")).to_contain_text(f"本线索已由{SUPERVISOR.name}核查，结论见“经过”。")
        expect(page.locator("body")).not_to_contain_text("未经核查")
    page.goto(f"/clues/{opening.clue_id}/record?lang=en")
    expect(page.locator("body")).to_contain_text(re.compile("has investigated this clue; the conclusion"))
