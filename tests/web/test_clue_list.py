"""The lists: what is gravest first, counted truly, and page by page."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from domain.access import Role
from domain.rule import Severity
from tests.clue_builders import OPENING
from tests.infra.http.served import ACTORS, Served, served
from tests.web.conftest import SignIn

SLIGHT = 128
SUPERVISOR = ACTORS[Role.SUPERVISOR]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two grave clues, one about a winning candidate, and more than a hundred slight ones raised after them."""
    with served(Path(tmp_path_factory.mktemp("data"))) as found:
        for severity, candidate in ((Severity.HIGH, False), (Severity.MEDIUM, True)):
            found.a_clue_about("appointments", severity=severity, candidate=candidate)
        later = OPENING + timedelta(days=9)
        found.clues_about("appointments", SLIGHT, severity=Severity.LOW, candidate=False, at=later)
        yield found


def act(page: Page, clue_id: str, verb: str) -> None:
    found = page.locator(f"#clue-{clue_id}")
    found.get_by_text("查看证据").click()
    found.get_by_role("button", name=verb).click()


def test_clues_about_winning_candidates_then_the_gravest_come_first(server: Served, sign_in: SignIn) -> None:
    """However many newer ones there are."""
    page = sign_in(server, SUPERVISOR)
    heads = page.locator("#needs_you .clue > header")
    assert [heads.nth(place).locator(".severity").inner_text().split()[-1] for place in range(3)] == ["中", "高", "低"]
    expect(heads.nth(0).locator(".candidate")).to_have_text("中标候选人")
    expect(heads.nth(1).locator(".candidate")).to_have_count(0)


def test_counts_are_those_of_all_pages(server: Served, sign_in: SignIn) -> None:
    page = sign_in(server, SUPERVISOR)
    expect(page.locator(".count.needs_you")).to_have_text(f"{SLIGHT + 2} 待签收 其中中标候选人 1")
    expect(page.locator(".count.closed")).to_have_text("0 已办结或撤回")


def test_every_clue_is_on_one_of_the_pages(server: Served, sign_in: SignIn) -> None:
    page = sign_in(server, SUPERVISOR)
    page.get_by_role("link", name=f"查看全部 {SLIGHT + 2} 条").click()
    found = [page.locator(".clue").evaluate_all("all => all.map(one => one.id)")]
    while page.get_by_role("link", name="下一页").count():
        page.get_by_role("link", name="下一页").click()
        page.wait_for_load_state()
        found.append(page.locator(".clue").evaluate_all("all => all.map(one => one.id)"))
    assert [len(each) for each in found] == [50, 50, 30]
    assert len({each for ids in found for each in ids}) == SLIGHT + 2
    page.get_by_role("link", name="第一页").click()
    expect(page.locator(".clue .candidate")).to_have_count(1)


def test_a_page_of_one_group_is_brought_up_to_date_as_the_first_is(server: Served, sign_in: SignIn) -> None:
    page = sign_in(server, SUPERVISOR)
    page.goto("/clues?group=needs_you")
    expect(page.locator("[data-connection]")).to_have_text("实时")
    clue_id = server.a_clue_about("appointments", severity=Severity.HIGH, candidate=True)
    expect(page.locator(f"#clue-{clue_id}")).to_be_visible()
    expect(page.locator("#announcement")).to_have_text("新线索：1")
    act(page, clue_id, "启动核查")
    expect(page.locator(f"#clue-{clue_id}")).to_have_count(0)


def test_a_clue_that_only_moves_up_is_not_announced_as_new(server: Served, sign_in: SignIn) -> None:
    page = sign_in(server, SUPERVISOR)
    before = set(page.locator("#needs_you .clue").evaluate_all("all => all.map(one => one.id)"))
    first = page.locator("#needs_you .clue").first.get_attribute("data-clue")
    act(page, str(first), "签收")
    expect(page.locator("#acknowledged").locator(f"#clue-{first}")).to_be_visible()
    assert set(page.locator("#needs_you .clue").evaluate_all("all => all.map(one => one.id)")) - before
    expect(page.locator("#announcement")).to_have_text("")


@pytest.mark.parametrize("address", ["/clues?cursor=1.2.x", "/clues?group=other", "/clues?group=closed&cursor=x"])
def test_an_address_that_is_no_page_says_so(
    server: Served, sign_in: SignIn, complaints: list[str], address: str
) -> None:
    page = sign_in(server, SUPERVISOR)
    page.goto(address)
    expect(page.get_by_text("格式不正确")).to_be_visible()
    complaints.clear()
