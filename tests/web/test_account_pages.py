"""Signing in by password, the own account and the administration, in a real Chromium."""

import os
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from domain.access import Role
from tests.infra.http.served import ACTORS, Served
from tests.infra.http.test_accounts import PASSWORD, code_of, granted, next_code, opened, post

PICTURES = os.environ.get("PICTURES")


@pytest.fixture
def page(server: Served, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(base_url=server.url, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


def look_at(page: Page, name: str) -> None:
    """A picture for people, where the variable PICTURES names a folder; nothing may stand out of the page."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width}"
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_person_sets_a_password_by_the_first_link_and_then_signs_in_by_it(
    server: Served, page: Page, language: str
) -> None:
    login = f"page-{server.number()}"
    account_id = opened(server, login=login)
    granted(server, account_id, Role.SUPERVISOR, jurisdiction="440100")
    page.goto(f"/sign-in?lang={language}#code={code_of(server, account_id)}")
    page.get_by_role("link", name="我的账号" if language == "zh" else "My account").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    look_at(page, f"account-{language}")
    secret = page.locator("form[data-call='/account/secrets'] code").inner_text()
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=code]").fill("000000")
    page.get_by_role("button", name="保存" if language == "zh" else "Save").first.click()
    expect(page.locator("form[data-call='/account/secrets'] .problem")).to_be_visible()
    page.locator("input[name=code]").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="保存" if language == "zh" else "Save").first.click()
    expect(page.get_by_text("已设置。" if language == "zh" else "They are set.")).to_be_visible()
    page.get_by_role("button", name="退出" if language == "zh" else "Sign out").click()
    expect(page.locator("input[name=login]")).to_be_visible()
    look_at(page, f"sign-in-{language}")
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill("a wrong password")
    page.locator("input[name=otp]").fill(next_code(secret))
    page.locator("button.first").click()
    expect(page.get_by_role("alert")).to_contain_text("密码" if language == "zh" else "password")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=otp]").fill(next_code(secret))
    page.locator("button.first").click()
    expect(page.locator(".actor")).to_contain_text("欧阳修文")


def test_a_link_of_an_account_with_a_second_factor_asks_for_the_code(server: Served, page: Page) -> None:
    from tests.infra.http.test_accounts import let_in, set_up

    account_id = opened(server)
    granted(server, account_id, Role.INVESTIGATOR)
    secret = set_up(server, let_in(server, account_id))
    page.goto(f"/sign-in?lang=zh#code={code_of(server, account_id)}")
    expect(page.get_by_role("alert")).to_contain_text("动态口令")
    expect(page.locator("input[name=login]")).to_be_hidden()
    page.locator("input[name=otp]").fill(next_code(secret))
    page.locator("button.first").click()
    expect(page.locator(".actor")).to_contain_text("欧阳修文")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_operator_opens_a_security_officer_grants_and_an_operator_invites(
    server: Served, page: Page, browser: Browser, language: str
) -> None:
    """Each on the same page, with what the own duty allows and nothing else."""
    login, zh = f"new-{server.number()}", language == "zh"
    page.goto(f"/sign-in#token={server.token(ACTORS[Role.OPERATOR])}")
    expect(page.locator(".actor")).to_be_visible()
    page.goto(f"/accounts?lang={language}")
    page.get_by_text("开立账号" if zh else "Open an account", exact=True).click()
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=name]").fill("司马迁")
    page.get_by_role("button", name="保存" if zh else "Save").click()
    row = page.locator("li", has_text=login)
    expect(row).to_contain_text("尚未授予角色" if zh else "no role yet")
    assert row.locator("select[name=role]").count() == 0

    officer = browser.new_context(base_url=server.url, locale="zh-CN").new_page()
    officer.goto(f"/sign-in#token={server.token(ACTORS[Role.SECURITY_OFFICER])}")
    expect(officer.locator(".actor")).to_be_visible()
    officer.goto(f"/?lang={language}")
    granting = officer.locator("li", has_text=login)
    granting.get_by_text("变更" if zh else "Change").click()
    granting.locator("select[name=role]").select_option("supervisor")
    granting.locator("form[data-call$='/roles'] button").click()
    expect(granting.locator("form[data-call$='/roles'] .problem")).to_be_visible()
    granting.locator("input[name=jurisdiction]").last.fill("440100")
    look_at(officer, f"granting-{language}")
    granting.locator("form[data-call$='/roles'] button").click()
    expect(officer.locator("li", has_text=login)).to_contain_text("监管部门" if zh else "Supervisor")
    officer.context.close()

    page.reload()
    row.get_by_text("变更" if zh else "Change").click()
    row.get_by_role("button", name="生成一次性登录链接" if zh else "Make a link").click()
    expect(row.locator("output")).to_contain_text("/sign-in#code=")
    look_at(page, f"accounts-{language}")


def test_an_auditor_sees_ids_and_who_signed_in(server: Served, page: Page) -> None:
    account_id = opened(server)
    granted(server, account_id, Role.SUPERVISOR, jurisdiction="440100")
    assert post(server, "/session", {"code": code_of(server, account_id)}).status == 201
    page.goto(f"/sign-in#token={server.token(ACTORS[Role.AUDITOR])}")
    expect(page.locator(".actor")).to_be_visible()
    page.goto("/accounts?lang=zh")
    expect(page.get_by_text(account_id[:22])).to_be_visible()
    assert "欧阳修文" not in page.content()
    assert page.locator("form[data-call]").count() == 0
    look_at(page, "auditor-zh")


def test_who_does_not_administer_finds_no_accounts(server: Served, page: Page) -> None:
    page.goto(f"/sign-in#token={server.token(ACTORS[Role.BIDDER])}")
    expect(page.locator(".actor")).to_be_visible()
    answer = page.goto("/accounts")
    assert answer is not None
    assert answer.status == 404
