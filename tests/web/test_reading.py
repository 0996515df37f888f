"""What somebody has opened is read; one's own acts are read from the beginning."""

import re

import pytest
from playwright.sync_api import Page, expect

from domain.access import Role
from tests.infra.http.served import ACTORS, Opening, Served
from tests.web.conftest import SignIn

SUPERVISOR, BIDDER = ACTORS[Role.SUPERVISOR], ACTORS[Role.BIDDER]


@pytest.fixture
def opening(server: Served) -> Opening:
    return server.a_suspicious_opening()


def told(page: Page, opening: Opening) -> list[str]:
    """The notices sent, as the page of a clue lists them: to whom, and whether it was read."""
    page.goto(f"/clues/{opening.clue_id}")
    lines = page.locator(".told li").all_inner_texts()
    return [re.sub(r" · .*(未读|已读).*", r" \1", line) for line in lines]


def test_opening_a_clue_reads_its_notices(server: Served, sign_in: SignIn, opening: Opening) -> None:
    assert sorted(told(sign_in(server, SUPERVISOR), opening)) == ["投标人 未读", "监管部门 已读"]
    assert told(sign_in(server, BIDDER), opening) == ["投标人 已读"]
    assert sorted(told(sign_in(server, SUPERVISOR), opening)) == ["投标人 已读", "监管部门 已读"]


def test_unfolding_the_evidence_in_a_list_reads_the_notices(server: Served, sign_in: SignIn, opening: Opening) -> None:
    page = sign_in(server, SUPERVISOR)
    found = page.locator(f"#clue-{opening.clue_id}")
    found.get_by_text("查看证据").click()
    expect(found.locator(".told")).to_contain_text(re.compile("监管部门.*已读"))


def test_looking_at_a_list_reads_nothing(server: Served, sign_in: SignIn, opening: Opening) -> None:
    expect(sign_in(server, BIDDER).locator(f"#clue-{opening.clue_id}")).to_be_visible()
    assert "投标人 未读" in told(sign_in(server, SUPERVISOR), opening)


def test_ones_own_acts_are_never_unread(server: Served, opening: Opening) -> None:
    for verb in ("acknowledge", "investigate", "clear"):
        server.command(opening.clue_id, verb, SUPERVISOR, "已核实。")
    notices = server.get(f"/api/v1/clues/{opening.clue_id}", Role.SUPERVISOR)["notices"]
    assert all(each["read_at"] for each in notices if each["recipient"]["role"] == "supervisor")


def test_a_bidder_reads_who_decided_and_no_empty_name(server: Served, sign_in: SignIn, opening: Opening) -> None:
    for verb in ("acknowledge", "investigate", "clear"):
        server.command(opening.clue_id, verb, SUPERVISOR, "已核实。")
    page = sign_in(server, BIDDER)
    for address in (f"/clues/{opening.clue_id}", f"/clues/{opening.clue_id}/record"):
        page.goto(address)
        expect(page.locator("body")).to_contain_text("监管部门")
        assert "None" not in page.locator("body").inner_text()
