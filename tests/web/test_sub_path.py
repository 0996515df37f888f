"""The pages work where a proxy gives them a path of their own."""

import re
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Browser, Request, expect

from bench.ports import free_port
from domain.access import Role
from tests.infra.http.served import ACTORS, served
from tests.web.sub_path_proxy import sub_path_proxy

SUPERVISOR = ACTORS[Role.SUPERVISOR]


def test_everything_a_page_asks_for_lies_under_the_path_of_the_public_address(browser: Browser, tmp_path: Path) -> None:
    """Signing in by link, the live list, evidence, a decision and signing out."""
    port = free_port()
    public = f"http://127.0.0.1:{port}/monitor"
    asked: list[str] = []
    with (
        served(tmp_path / "data", http={"port": 0, "public_url": public}) as server,
        sub_path_proxy(port, "/monitor", server.url),
    ):
        opening = server.a_suspicious_opening()
        context = browser.new_context(locale="en-GB")
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", lambda request: _note(asked, request))
        page.goto(f"{public}/clues/{opening.clue_id}")
        link = server.running.sign_in_link(SUPERVISOR, lasts=timedelta(minutes=5), token_lasts=timedelta(hours=1))
        assert link.startswith(f"{public}/sign-in#")
        page.goto(link)
        page.wait_for_url(f"{public}/clues/{opening.clue_id}")
        page.get_by_role("link", name="All clues").click()
        expect(page.locator("[data-connection]")).to_have_attribute("data-connection", "live")
        page.locator(f"#clue-{opening.clue_id} summary").click()
        page.get_by_role("button", name="Acknowledge").click()
        expect(page.locator(f"#clue-{opening.clue_id}.acknowledged")).to_be_visible()
        page.get_by_role("link", name="中文").click()
        page.wait_for_url(re.compile(f"^{re.escape(public)}/.*lang=zh"))
        assert {cookie["path"] for cookie in context.cookies()} == {"/monitor/"}
        page.get_by_role("button", name="退出").click()
        page.wait_for_url(f"{public}/")
        context.close()
    assert [address for address in asked if not address.startswith(f"{public}/")] == []


def _note(asked: list[str], request: Request) -> None:
    asked.append(request.url)
