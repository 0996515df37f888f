import re
import socket
from pathlib import Path
from shutil import copytree, rmtree

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from domain.access import Role
from tests.builders import BIDDER, RIVAL
from tests.clue_builders import CONTEXTS
from tests.infra.http.served import ACTORS, FOREIGN, Opening, Served, served
from tests.web.conftest import SignIn

SUPERVISOR = ACTORS[Role.SUPERVISOR]


def article(page: Page, opening: Opening) -> Locator:
    return page.locator(f"#clue-{opening.clue_id}")


def with_evidence(page: Page, opening: Opening) -> Locator:
    """The clue's article, its evidence unfolded."""
    found = article(page, opening)
    found.get_by_text("查看证据").click()
    expect(found.get_by_role("table")).to_be_visible()
    return found


def live(page: Page) -> Page:
    expect(page.locator("[data-connection]")).to_have_text("实时")
    return page


@pytest.fixture
def opening(server: Served) -> Opening:
    return server.a_suspicious_opening()


def test_the_sign_in_link_opens_the_clues_and_leaves_no_token_behind(server: Served, sign_in: SignIn) -> None:
    page = sign_in(server, SUPERVISOR)
    expect(page.get_by_text("监管部门")).to_be_visible()
    assert page.url == f"{server.url}/"
    assert page.evaluate("document.cookie") == ""
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    page.go_back()
    assert "token" not in page.url


def test_a_token_that_is_no_longer_good_is_told_so(server: Served, browser: Browser) -> None:
    page = browser.new_page(base_url=server.url, locale="zh-CN")
    page.goto("/sign-in#token=x.y.z")
    expect(page.get_by_role("alert")).to_have_text(re.compile("令牌无效或已过期"))
    page.context.close()


def test_whoever_is_not_signed_in_is_told_how(server: Served, browser: Browser) -> None:
    page = browser.new_page(base_url=server.url, locale="zh-CN")
    page.goto("/")
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    page.context.close()


def test_a_new_clue_appears_by_itself_and_is_announced(server: Served, sign_in: SignIn) -> None:
    page = live(sign_in(server, SUPERVISOR))
    opening = server.a_suspicious_opening()
    expect(article(page, opening)).to_be_visible()
    expect(article(page, opening)).to_contain_text("社保缴纳单位与投标人不一致")
    expect(article(page, opening)).to_contain_text(BIDDER.name)
    expect(page.locator("#announcement")).to_contain_text("新线索")


def test_the_evidence_is_laid_out_by_month(server: Served, sign_in: SignIn, opening: Opening) -> None:
    page = sign_in(server, SUPERVISOR)
    strip = with_evidence(page, opening).get_by_role("table")
    assert strip.get_by_role("columnheader").all_inner_texts() == [
        "月份", "2025-03", "2025-04", "2025-05", "开标日\n2025-06-18",
    ]  # fmt: skip
    payers = strip.get_by_role("row", name="社保缴纳单位").get_by_role("cell")
    for month in range(3):
        expect(payers.nth(month)).to_contain_text(f"不一致 {RIVAL.name}")
    expect(strip.get_by_role("row", name="注册单位")).to_contain_text("无有效注册")
    expect(strip.get_by_role("row", name="投标人")).to_contain_text(BIDDER.name)
    expect(article(page, opening)).to_contain_text("发现线索")


def test_a_supervisor_takes_a_clue_to_its_end(server: Served, sign_in: SignIn, opening: Opening) -> None:
    page = live(sign_in(server, SUPERVISOR))
    for button, status in (("签收", "已签收"), ("启动核查", "核查中")):
        with_evidence(page, opening).get_by_role("button", name=button).click()
        expect(article(page, opening).locator(".status")).to_have_text(status)
        page.reload()
    found = with_evidence(page, opening)
    found.get_by_role("button", name="认定疑点排除").click()
    expect(found.get_by_label("理由")).to_be_focused()
    expect(found.locator(".status")).to_have_text("核查中")
    found.get_by_label("理由").fill("社保由母公司统一缴纳，已核实。")
    found.get_by_role("button", name="认定疑点排除").click()
    expect(page.locator("#closed").locator(f"#clue-{opening.clue_id}")).to_contain_text("疑点已排除")


def test_who_comes_too_late_is_told_and_shown_how_the_clue_stands(
    server: Served, sign_in: SignIn, opening: Opening, complaints: list[str]
) -> None:
    page = sign_in(server, SUPERVISOR)
    found = with_evidence(page, opening)
    server.command(opening.clue_id, "investigate", SUPERVISOR)
    found.get_by_role("button", name="签收").click()
    expect(page.get_by_role("alert").first).to_have_text("线索状态已有变化，现按最新状态显示。")
    expect(article(page, opening).locator(".status")).to_have_text("核查中")
    assert [text for text in complaints if "409" not in text] == []
    complaints.clear()


def test_a_half_written_reason_survives_what_arrives_meanwhile(
    server: Served, sign_in: SignIn, opening: Opening
) -> None:
    server.command(opening.clue_id, "investigate", SUPERVISOR)
    page = live(sign_in(server, SUPERVISOR))
    reason = with_evidence(page, opening).get_by_label("理由")
    reason.fill("尚未写完")
    another = server.a_suspicious_opening()
    expect(article(page, another)).to_be_visible()
    expect(reason).to_have_value("尚未写完")
    expect(article(page, opening).get_by_role("table")).to_be_visible()


def test_a_changed_clue_is_shown_as_it_is_now(server: Served, sign_in: SignIn, opening: Opening) -> None:
    page = live(sign_in(server, ACTORS[Role.BIDDER]))
    expect(article(page, opening).locator(".status")).to_have_text("可提交说明")
    server.command(opening.clue_id, "investigate", SUPERVISOR)
    expect(article(page, opening).locator(".status")).to_have_text("核查中")


def test_a_bidder_can_explain_and_nothing_else(server: Served, sign_in: SignIn, opening: Opening) -> None:
    page = sign_in(server, ACTORS[Role.BIDDER])
    found = with_evidence(page, opening)
    assert found.get_by_role("button").all_inner_texts() == ["提交说明"]
    found.get_by_label("情况说明").fill("五月起由分公司代缴。")
    found.get_by_role("button", name="提交说明").click()
    expect(found.locator(".history")).to_contain_text("五月起由分公司代缴。")


def test_another_jurisdiction_sees_nothing(server: Served, sign_in: SignIn, opening: Opening) -> None:
    page = sign_in(server, FOREIGN[Role.SUPERVISOR])
    expect(page.get_by_text("暂无线索")).to_be_visible()
    assert opening.clue_id not in page.content()


def test_the_page_speaks_english_when_asked(server: Served, sign_in: SignIn, opening: Opening) -> None:
    page = sign_in(server, SUPERVISOR)
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(article(page, opening)).to_contain_text("Payer differs from bidder", ignore_case=True)
    page.goto("/")
    expect(page.get_by_role("link", name="中文")).to_be_visible()


def test_synthetic_data_are_called_so_in_both_languages(server: Served, sign_in: SignIn) -> None:
    page = sign_in(server, SUPERVISOR)
    expect(page.get_by_role("note")).to_contain_text("合成数据 Synthetic data")


def test_a_clue_has_a_page_of_its_own_that_prints_without_buttons(
    server: Served, sign_in: SignIn, opening: Opening
) -> None:
    page = sign_in(server, SUPERVISOR)
    page.goto(f"/clues/{opening.clue_id}")
    expect(page.get_by_role("table")).to_be_visible()
    expect(page.get_by_role("button", name="签收")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("table")).to_be_visible()
    expect(page.get_by_role("note")).to_be_visible()
    expect(page.get_by_role("button", name="签收")).to_be_hidden()


def test_the_page_works_by_keyboard_alone(server: Served, sign_in: SignIn, opening: Opening) -> None:
    page = sign_in(server, SUPERVISOR)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    found = article(page, opening)
    found.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(found.get_by_role("table")).to_be_visible()
    found.get_by_role("button", name="签收").focus()
    page.keyboard.press("Enter")
    expect(article(page, opening).locator(".status")).to_have_text("已签收")


def test_a_narrow_screen_scrolls_the_strip_and_never_the_page(
    server: Served, sign_in: SignIn, opening: Opening
) -> None:
    page = sign_in(server, SUPERVISOR)
    page.set_viewport_size({"width": 380, "height": 800})
    with_evidence(page, opening)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_signing_out_ends_the_session(server: Served, sign_in: SignIn) -> None:
    page = sign_in(server, SUPERVISOR)
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()


def test_a_page_that_lost_the_server_catches_up_when_it_is_back(
    tmp_path: Path, sign_in: SignIn, complaints: list[str]
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with served(tmp_path / "data", http={"port": port}) as server:
        page = live(sign_in(server, SUPERVISOR))
    expect(page.locator("[data-connection]")).to_have_text(re.compile("连接中断"))
    with served(tmp_path / "data", http={"port": port}) as server:
        opening = server.a_suspicious_opening()
        expect(article(page, opening)).to_be_visible(timeout=15_000)
        page.context.close()
    complaints.clear()


def test_a_page_shows_what_is_there_once_a_backup_was_restored(
    tmp_path: Path, sign_in: SignIn, complaints: list[str]
) -> None:
    """It has heard of notices that there are no longer, so that none of the new ones has a number it waits for."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with served(tmp_path / "data") as server:
        kept = server.a_suspicious_opening()
    copytree(tmp_path / "data", tmp_path / "backup")
    with served(tmp_path / "data", http={"port": port}) as server:
        page = live(sign_in(server, SUPERVISOR))
        server.number()
        lost = server.a_suspicious_opening()
        expect(article(page, lost)).to_be_visible()
    rmtree(tmp_path / "data")
    copytree(tmp_path / "backup", tmp_path / "data")
    with served(tmp_path / "data", http={"port": port}):
        expect(article(page, lost)).to_have_count(0, timeout=15_000)
        expect(article(page, kept)).to_be_visible()
        page.context.close()
    complaints.clear()


def test_the_interface_page_needs_nothing_from_elsewhere(server: Served, sign_in: SignIn) -> None:
    page = sign_in(server, SUPERVISOR)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/docs")
    expect(page.get_by_text("/api/v1/events", exact=True)).to_be_visible()
    expect(page.get_by_text("tender-integrity.bid-opened.v1", exact=True)).to_be_visible()
    assert all(url.startswith(server.url) for url in asked)


ABOUT = {"lots": "标段", "sites": "工程", "approvals": "审批件", "payers": "缴纳单位", "departments": "审批部门"}


@pytest.mark.parametrize("case_kind", list(ABOUT))
def test_a_clue_that_is_not_about_a_lead_reads_as_well(server: Served, sign_in: SignIn, case_kind: str) -> None:
    """Says what it is about, on which facts and thresholds it rests, and nothing of what it has not."""
    clue_id = server.a_clue_about(case_kind, thresholds=(("fewest_bids", "4"),))
    page, about = sign_in(server, SUPERVISOR), CONTEXTS[case_kind]
    page.goto(f"/clues/{clue_id}")
    found = page.locator(f"#clue-{clue_id}")
    expect(found.locator("dl")).to_contain_text(ABOUT[case_kind])
    for text in filter(None, (about.title, about.tender_id, about.project_code, about.case_id)):
        expect(found.locator("dl")).to_contain_text(text)
    expect(found.locator(".rests-on")).to_contain_text("社保缴纳")
    expect(found).to_contain_text("投标报价不少于（个）：4")
    expect(found.get_by_role("table")).to_have_count(0)
    assert "None" not in found.inner_text()
    assert ("人员" in found.inner_text()) == (about.person_id is not None)
    page.goto("/?lang=en")
    expect(page.locator(f"#clue-{clue_id}")).to_contain_text(about.title)
