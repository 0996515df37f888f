"""Handing in a file on the page: from an unknown spreadsheet to complete data, at a desk and on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from domain.access import Actor, Role
from tests.delivery_builders import a_file, a_row, rows
from tests.infra.http.served import ACTORS, Served
from tests.web.conftest import SignIn

FEED = Actor(Role.SOURCE, "广州市社保中心", source="urn:test:bureau-page")
HEADER = "序号,姓名,证件号码,单位名称,费款所属期,险种,到账日期"
PHONE = {"width": 360, "height": 740}


@pytest.fixture(autouse=True)
def registered(server: Served) -> None:
    server.register("urn:test:bureau-page")


def unknown_table(*numbers: int) -> bytes:
    """As a bureau writes it, with a title above; nobody has ever said which column is what."""
    lines = ["2025年5月社会保险缴费明细,,,,,,", HEADER]
    for number in numbers:
        _, name, id_number, payer, _, _ = a_row(number)
        lines.append(f"{number},{name},{id_number},{payer},202505,企业职工基本养老保险,2025-05-{number + 1:02}")
    return "\n".join(lines).encode("gb18030")


def hand_in(page: Page, content: bytes, *, snapshot: bool = False) -> None:
    page.goto("/deliveries")
    page.get_by_label("数据文件").set_input_files({"name": "五月.csv", "mimeType": "text/csv", "buffer": content})
    if snapshot:
        page.get_by_label("地区", exact=True).fill("440100")
        page.get_by_label("期间（").fill("2025-05")
        page.get_by_label("已报送完毕").check()
    page.get_by_role("button", name="检查").click()
    page.wait_for_url("**/uploads/*")


def test_an_unknown_spreadsheet_becomes_complete_data(server: Served, sign_in: SignIn) -> None:
    page = sign_in(server, FEED)
    page.get_by_role("link", name="数据报送").click()
    hand_in(page, unknown_table(*range(10)), snapshot=True)
    expect(page.get_by_role("status")).to_contain_text("尚未入账")
    expect(page.locator(".facts")).to_contain_text("首次报送")
    expect(page.get_by_role("row", name="证件号码 证件号码 95%")).to_be_visible()
    assert "440106198501010015" not in page.content()
    page.get_by_role("button", name="入账").click()
    expect(page.get_by_role("status")).to_contain_text("已入账", timeout=60_000)
    page.get_by_role("link", name="月度核对 2025-05").click()
    page.wait_for_url("**/months?month=2025-05")
    cells = server.get("/api/v1/coverage?kind=insurance-paid&from=2025-05&to=2025-05", Role.OPERATOR)["items"]
    assert [(cell["area"], cell["status"], cell["people"]) for cell in cells] == [("440100", "closed", 3)]

    hand_in(page, unknown_table(*range(5)), snapshot=True)
    expect(page.get_by_role("alert").first).to_contain_text("将撤回原有数据的50%")
    page.get_by_role("button", name="放弃").click()
    expect(page.get_by_role("status")).to_contain_text("已放弃")
    page.goto("/deliveries")
    expect(page.locator("table.list tbody tr")).to_have_count(1)


def test_a_month_is_closed_on_a_page_that_says_what_is_lacking(
    server: Served, sign_in: SignIn, complaints: list[str]
) -> None:
    opening = server.a_suspicious_opening()
    assert opening.clue_id
    page = sign_in(server, ACTORS[Role.SUPERVISOR])
    page.get_by_role("link", name="月度核对").click()
    page.goto("/months?month=2025-03")
    expect(page.get_by_role("status")).to_contain_text("尚缺")
    row = page.locator("table.required tbody tr", has_text="440100").filter(has_text="社保缴纳")
    expect(row).to_contain_text(re.compile("未接入|逾期未报"))
    with page.expect_download() as downloading:
        page.get_by_role("link", name="下载待查询名单").click()
    assert downloading.value.suggested_filename == "enquiries.csv"
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for language in ("zh", "en"):
        page.goto(f"/months?month=2025-03&lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page = sign_in(server, ACTORS[Role.BIDDER])
    answer = page.goto("/months")
    assert answer is not None
    assert answer.status == 404
    complaints.clear()


def test_rejected_rows_come_back_in_the_form_of_the_file(server: Served, sign_in: SignIn) -> None:
    page = sign_in(server, FEED)
    wrong = "\n30,测试甲,440106198501010016,某公司,202505,失业保险,2025-05-09"
    hand_in(page, unknown_table(20, 21) + wrong.encode("gb18030"))
    expect(page.get_by_text("身份证号码校验位有误")).to_be_visible()
    page.get_by_role("button", name="仍然入账").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="下载不能识别的行").click(timeout=60_000)
    assert "440106198501010016" in downloading.value.path().read_bytes().decode("gb18030")


def test_the_page_fits_a_phone_in_both_languages(server: Served, sign_in: SignIn) -> None:
    page = sign_in(server, FEED)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    hand_in(page, a_file(rows(1)))
    for address in ("/deliveries?lang=zh", "/deliveries?lang=en", page.url + "?lang=en", page.url + "?lang=zh"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address


def test_whoever_delivers_nothing_finds_no_page(server: Served, sign_in: SignIn, complaints: list[str]) -> None:
    page = sign_in(server, ACTORS[Role.SUPERVISOR])
    expect(page.get_by_role("link", name="数据报送")).to_have_count(0)
    answer = page.goto("/deliveries")
    assert answer is not None
    assert answer.status == 404
    complaints.clear()
