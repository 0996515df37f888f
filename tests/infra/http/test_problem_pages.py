"""What goes wrong is a page for people in a browser and a document for programs."""

import pytest

from domain.access import Role
from tests.infra.http.served import ACTORS, Answer, Served

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def opened(server: Served, path: str, **headers: str) -> Answer:
    """As a browser opens an address."""
    return server.request("GET", path, headers={**BROWSER, **headers})


@pytest.mark.parametrize("path", ["/nothing", "/clues/1/2/3", "/static/none.css", "/api/v1/nothing", "/verify/x"])
def test_an_unknown_address_is_a_page_in_the_readers_language(server: Served, path: str) -> None:
    answer = opened(server, path)
    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "没有这个页面" in answer.body.decode()
    assert "There is no such page" in opened(server, path, Cookie="lang=en").body.decode()


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/problem+json, */*", ""])
def test_a_program_gets_a_problem_document(server: Served, accept: str) -> None:
    answer = server.request("GET", "/nothing", headers={"Accept": accept})
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert (answer.status, answer.json()["code"], answer.headers["Vary"]) == (404, "not_found", "Accept")


def test_who_must_sign_in_first_is_shown_how(server: Served) -> None:
    answer = opened(server, "/api/v1/clues")
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="tender-monitor"')
    assert 'id="sign-in"' in answer.body.decode()


def test_a_role_that_may_not_is_told_so(server: Served) -> None:
    answer = server.request("GET", "/api/v1/quarantine", ACTORS[Role.BIDDER], headers=BROWSER)
    assert answer.status == 403
    assert "当前账号无权办理此事项" in answer.body.decode()


def test_an_address_with_a_wrong_cursor_is_told_so(server: Served) -> None:
    answer = server.request("GET", "/api/v1/clues?cursor=x", ACTORS[Role.SUPERVISOR], headers=BROWSER)
    assert answer.status == 400
    assert "格式不正确" in answer.body.decode()


def test_the_page_of_checking_records_typed_by_hand_asks_for_what_a_sheet_says(server: Served) -> None:
    answer = opened(server, "/verify")
    text = answer.body.decode()
    assert answer.status == 200
    assert 'name="leaf"' in text
    assert "以下各项" not in text


def test_a_field_of_a_record_that_does_not_fit_is_named(server: Served) -> None:
    """And what was entered stays in its place, as text."""
    answer = opened(server, "/verify?record=%3Cb%3E&index=1&size=2&leaf=zz&lang=en")
    text = answer.body.decode()
    assert answer.status == 400
    assert "not in the right form: Leaf hash" in text
    assert 'value="&lt;b&gt;"' in text


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("en-GB,en;q=0.9", "en"),
        ("en_US", "zh-CN"),
        ("EN", "en"),
        ("de, en-AU;q=0.3", "en"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh-Hant-HK", "zh-CN"),
        ("en;q=0.4, zh-Hans-CN;q=0.7", "zh-CN"),
        ("en;q=0, de", "zh-CN"),
        ("fr-FR", "zh-CN"),
        ("*", "zh-CN"),
        (";q=1,,en;q=x,=", "zh-CN"),
        ("", "zh-CN"),
    ],
)
def test_a_page_speaks_the_language_of_the_browser(server: Served, accepted: str, language: str) -> None:
    """Whatever region or script it names; Chinese, simplified, where it asks for neither."""
    answer = opened(server, "/", **{"Accept-Language": accepted})
    assert answer.headers["Content-Language"] == language
    assert f'<html lang="{language}">' in answer.body.decode()
    assert "Accept-Language" in answer.headers["Vary"]


def test_a_chosen_language_counts_more_than_the_browsers(server: Served) -> None:
    assert opened(server, "/?lang=zh", **{"Accept-Language": "en"}).headers["Content-Language"] == "zh-CN"
    assert opened(server, "/", Cookie="lang=en", **{"Accept-Language": "zh"}).headers["Content-Language"] == "en"
