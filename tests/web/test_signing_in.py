"""Signing in leads to the page that was asked for, and nowhere outside."""

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from domain.access import Role
from tests.infra.http.served import ACTORS, Opening, Served

SUPERVISOR = ACTORS[Role.SUPERVISOR]


@pytest.fixture
def page(server: Served, browser: Browser) -> Iterator[Page]:
    """A browser that has never been here."""
    context = browser.new_context(base_url=server.url, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


@pytest.fixture
def opening(server: Served) -> Opening:
    return server.a_suspicious_opening()


def test_a_pasted_token_leads_to_the_page_that_was_asked_for(server: Served, page: Page, opening: Opening) -> None:
    page.goto(f"/clues/{opening.clue_id}?lang=zh")
    page.get_by_text("或粘贴令牌").click()
    page.get_by_label("令牌", exact=True).fill(server.token(SUPERVISOR))
    page.get_by_role("button", name="用令牌登录").click()
    expect(page.locator(f"#clue-{opening.clue_id}")).to_be_visible()
    assert page.url == f"{server.url}/clues/{opening.clue_id}?lang=zh"


def test_a_sign_in_link_leads_to_the_page_asked_for_before(server: Served, page: Page, opening: Opening) -> None:
    page.goto(f"/clues/{opening.clue_id}")
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    page.goto(f"/sign-in#token={server.token(SUPERVISOR)}")
    expect(page.locator(f"#clue-{opening.clue_id}")).to_be_visible()
    assert page.url == f"{server.url}/clues/{opening.clue_id}"


def link(server: Served) -> str:
    return server.running.sign_in_link(SUPERVISOR, lasts=timedelta(minutes=5), token_lasts=timedelta(hours=1))


def test_a_short_link_signs_in_and_leaves_no_code_behind(server: Served, page: Page, opening: Opening) -> None:
    address = link(server)
    assert len(address) <= len(server.url) + len("/sign-in#code=") + 22
    page.goto(f"/clues/{opening.clue_id}")
    page.goto(address)
    expect(page.locator(f"#clue-{opening.clue_id}")).to_be_visible()
    page.go_back()
    assert "code" not in page.url


def test_a_link_that_was_used_says_so_and_lets_whoever_is_signed_in_go_on(server: Served, page: Page) -> None:
    address = link(server)
    page.goto(address)
    page.wait_for_url(f"{server.url}/")
    page.goto(address)
    expect(page.get_by_role("alert")).to_have_text("这个登录链接已使用过或已过期，请向管理员索取新的链接。")
    page.get_by_role("link", name="本浏览器已登录，继续查看").click()
    expect(page.get_by_role("button", name="退出")).to_be_visible()


def test_a_link_that_was_used_signs_nobody_else_in(server: Served, page: Page, browser: Browser) -> None:
    address = link(server)
    page.goto(address)
    page.wait_for_url(f"{server.url}/")
    stranger = browser.new_page(base_url=server.url, locale="zh-CN")
    stranger.goto(address)
    expect(stranger.get_by_role("alert")).to_contain_text("已使用过或已过期")
    expect(stranger.get_by_role("link", name="本浏览器已登录，继续查看")).to_be_hidden()
    stranger.context.close()


def test_a_page_is_asked_for_once(server: Served, page: Page, opening: Opening) -> None:
    test_a_sign_in_link_leads_to_the_page_asked_for_before(server, page, opening)
    page.goto(f"/sign-in#token={server.token(SUPERVISOR)}")
    page.wait_for_url(f"{server.url}/")


@pytest.mark.parametrize(
    "elsewhere", ["//example.org/", "/\\example.org", "https://example.org", "/\t/example.org", "x", "/%0d/..//e", ""]
)
def test_no_cookie_leads_to_another_site(server: Served, page: Page, elsewhere: str) -> None:
    page.context.add_cookies([{"name": "asked", "value": quote(elsewhere, safe=""), "url": server.url}])
    page.goto(f"/sign-in#token={server.token(SUPERVISOR)}")
    page.wait_for_url(re.compile(f"^{re.escape(server.url)}/"))
    expect(page.get_by_role("button", name="退出")).to_be_visible()


def test_another_sites_link_opens_the_page_for_who_is_signed_in(server: Served, page: Page, opening: Opening) -> None:
    """Such a request comes without the session cookie; the page finds out and loads itself again."""
    page.goto(f"/sign-in#token={server.token(SUPERVISOR)}")
    page.wait_for_url(f"{server.url}/")
    page.goto(f"data:text/html,<a href='{server.url}/clues/{opening.clue_id}'>mail</a>")
    page.get_by_role("link", name="mail").click()
    expect(page.locator(f"#clue-{opening.clue_id}")).to_be_visible()


def test_another_sites_link_shows_a_stranger_how_to_sign_in(server: Served, page: Page, opening: Opening) -> None:
    page.goto(f"data:text/html,<a href='{server.url}/clues/{opening.clue_id}'>mail</a>")
    page.get_by_role("link", name="mail").click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
