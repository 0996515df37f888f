"""The pages of matters in a browser: found by a filter, opened, decided; on a desktop and on a phone."""

from playwright.sync_api import Page, ViewportSize, expect

from domain.access import Role
from tests.infra.http.served import ACTORS, Served
from tests.web.conftest import SignIn

PHONE: ViewportSize = {"width": 360, "height": 740}
_WIDER_THAN_THE_SCREEN = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def fits(page: Page) -> bool:
    return not page.evaluate(_WIDER_THAN_THE_SCREEN)


def test_a_supervisor_finds_a_matter_opens_it_and_acknowledges_a_clue(server: Served, sign_in: SignIn) -> None:
    opening = server.a_suspicious_opening()
    page = sign_in(server, ACTORS[Role.SUPERVISOR])
    page.get_by_role("link", name="事项").click()
    page.get_by_label("名称或编号").fill(opening.tender_id)
    page.get_by_role("button", name="筛选").click()
    row = page.locator(f"#matter-{opening.matter_id}")
    expect(row).to_contain_text("E101")
    page.set_viewport_size(PHONE)
    assert fits(page)
    row.get_by_role("link").click()
    assert fits(page)
    clue = page.locator(f"#clue-{opening.clue_id}")
    clue.get_by_text("查看证据").click()
    clue.get_by_role("button", name="签收").click()
    expect(page.locator(f"#clue-{opening.clue_id} .status")).to_have_text("已签收")
