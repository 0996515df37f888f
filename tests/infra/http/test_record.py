"""Record sheets: for those who may see the record, with a code that anybody can check."""

import html
import re
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import segno

from domain.access import Actor, Role
from infra.http.session import SESSION_COOKIE
from infra.web.record import Stamp
from tests.approval_builders import accepted, approved
from tests.infra.http.served import ACTORS, FOREIGN, Answer, Served
from tests.infra.http.test_approvals import a_case_of


def page(server: Served, path: str, actor: Actor | None) -> Answer:
    if actor is None:
        return server.request("GET", path)
    session = server.running.access.open_session(server.token(actor), longest=timedelta(hours=1))
    return server.request("GET", path, headers={"Cookie": f"{SESSION_COOKIE}={session.cookie}"})


def link_on(answer: Answer) -> str:
    found = re.search(r'href="([^"]+/verify\?[^"]+)"', answer.body.decode())
    assert found is not None
    return html.unescape(found[1])


@pytest.fixture(scope="module")
def clue_id(server: Served) -> str:
    return server.a_suspicious_opening().clue_id


def test_a_sheet_shows_the_clue_and_a_code(server: Served, clue_id: str) -> None:
    sheet = page(server, f"/clues/{clue_id}/record", ACTORS[Role.SUPERVISOR])
    text = sheet.body.decode()
    assert sheet.status == 200
    assert clue_id in text
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in text or "<svg " in text
    said = parse_qs(urlsplit(link_on(sheet)).query)
    assert set(said) == {"record", "index", "size", "leaf"}
    proof = server.request("GET", f"/api/v1/log/proof/inclusion?position={int(said['index'][0]) + 1}").json()
    assert said["leaf"] == [proof["leaf_hash"]]
    assert link_on(sheet).startswith(f"{server.url}/verify?")


def test_the_code_leads_to_a_page_for_everybody_that_says_the_log_holds_it(server: Served, clue_id: str) -> None:
    link = link_on(page(server, f"/clues/{clue_id}/record", ACTORS[Role.SUPERVISOR])).removeprefix(server.url)
    shown = page(server, f"{link}&lang=en", None)
    assert shown.status == 200
    assert "The log holds this entry" in shown.body.decode()


def test_a_forged_code_is_told(server: Served, clue_id: str) -> None:
    link = link_on(page(server, f"/clues/{clue_id}/record", ACTORS[Role.SUPERVISOR])).removeprefix(server.url)
    for forged in (
        re.sub(r"leaf=.", "leaf=" + ("1" if "leaf=0" in link else "0"), link),
        re.sub(r"index=\d+", "index=0", link),
        re.sub(r"record=[^&]+", "record=AP-7", link),
        re.sub(r"size=\d+", "size=99999", link),
    ):
        assert "no such entry" in page(server, f"{forged}&lang=en", None).body.decode()
    assert page(server, "/verify?record=x&index=1&size=2&leaf=zz", None).status == 400


def test_only_those_who_may_see_a_clue_get_its_sheet(server: Served, clue_id: str) -> None:
    assert page(server, f"/clues/{clue_id}/record", FOREIGN[Role.SUPERVISOR]).status == 404
    assert page(server, f"/clues/{clue_id}/record", None).status == 401
    assert page(server, "/clues/nothing/record", ACTORS[Role.SUPERVISOR]).status == 404


def test_an_approval_case_has_a_sheet_with_its_events(server: Served) -> None:
    case_id = a_case_of(server, (accepted, "03-02", {"limit": 5}), (approved, "03-20", {}))
    path = f"/approvals/{quote(case_id, safe='')}/record"
    sheet = page(server, path, ACTORS[Role.SUPERVISOR])
    assert sheet.status == 200, sheet.body
    assert case_id in sheet.body.decode()
    link = link_on(sheet).removeprefix(server.url)
    assert "The log holds this entry" in page(server, f"{link}&lang=en", None).body.decode()
    assert page(server, path, FOREIGN[Role.SUPERVISOR]).status == 404


def test_the_code_is_small_enough_for_paper() -> None:
    """Version 26 and above are too dense to be read from a printed sheet."""
    stamp = Stamp("0" * 36, 10**9, 10**9, "f" * 64, "https://monitor.construction.example.gov.cn")
    assert int(segno.make(stamp.link, error="m", micro=False).version) < 16
