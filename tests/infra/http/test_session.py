import json
import re
from http.cookies import SimpleCookie

import pytest

from domain.access import Role
from tests.infra.http.served import ACTORS, Answer, Served

SUPERVISOR = ACTORS[Role.SUPERVISOR]


def sign_in(server: Served, token: str, **headers: str) -> Answer:
    body = json.dumps({"token": token}).encode()
    return server.request("POST", "/session", body=body, headers={"Content-Type": "application/json", **headers})


def sign_in_by(server: Served, **given: object) -> Answer:
    body = json.dumps(given).encode()
    return server.request("POST", "/session", body=body, headers={"Content-Type": "application/json"})


def made_link(server: Served, **given: object) -> Answer:
    body, headers = json.dumps(given).encode(), {"Content-Type": "application/json"}
    return server.request("POST", "/sign-in-links", SUPERVISOR, body=body, headers=headers)


@pytest.fixture
def signed_in(server: Served) -> dict[str, str]:
    """Headers of a browser that is signed in: cookie and form token."""
    answer = sign_in(server, server.token(SUPERVISOR))
    cookie = SimpleCookie(answer.headers["Set-Cookie"])["session"].value
    return {"Cookie": f"session={cookie}", "X-CSRF-Token": answer.json()["csrf"]}


def test_a_token_is_exchanged_for_a_cookie_no_script_and_no_other_site_can_use(server: Served) -> None:
    answer = sign_in(server, server.token(SUPERVISOR))
    assert answer.status == 201
    cookie = SimpleCookie(answer.headers["Set-Cookie"])["session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/"
    assert int(cookie["max-age"]) <= 3600


def test_a_bad_token_opens_no_session(server: Served) -> None:
    answer = sign_in(server, "x.y.z")
    assert answer.status == 401
    assert "Set-Cookie" not in answer.headers


def test_a_link_made_from_a_token_signs_its_bearer_in_once(server: Served) -> None:
    link = made_link(server).json()["link"]
    assert re.fullmatch(rf"{server.url}/sign-in#code=[\w-]{{22}}", link)
    code = link.rpartition("=")[2]
    answer = sign_in_by(server, code=code)
    assert answer.status == 201
    cookie = SimpleCookie(answer.headers["Set-Cookie"])["session"].value
    assert server.request("GET", "/api/v1/clues", headers={"Cookie": f"session={cookie}"}).status == 200
    again = sign_in_by(server, code=code)
    assert (again.status, again.json()["code"], "Set-Cookie" in again.headers) == (401, "unauthenticated", False)


def test_a_session_cannot_make_links(server: Served, signed_in: dict[str, str]) -> None:
    """A link made from a session would outlive it."""
    headers = {**signed_in, "Content-Type": "application/json"}
    answer = server.request("POST", "/sign-in-links", headers=headers)
    assert (answer.status, answer.json()["code"]) == (403, "token_needed")


@pytest.mark.parametrize("seconds", [0, 59, 8 * 86_400, "long"])
def test_a_link_waits_a_minute_to_a_week(server: Served, seconds: object) -> None:
    assert made_link(server, seconds=seconds).status == 400
    assert made_link(server, seconds=60).status == 201


@pytest.mark.parametrize("given", [{}, {"token": "x", "code": "y"}, {"code": None}, {"code": 1}])
def test_a_sign_in_names_either_a_token_or_a_code(server: Served, given: dict[str, object]) -> None:
    assert sign_in_by(server, **given).status == 400


@pytest.mark.parametrize("body", [b"", b"{}", b"[" * 50_000, b'{"token": NaN}', b"\xff", b'{"token": "x", "more": 1}'])
def test_a_sign_in_that_cannot_be_read_is_refused(server: Served, body: bytes) -> None:
    answer = server.request("POST", "/session", body=body, headers={"Content-Type": "application/json"})
    assert answer.status == 400


def test_another_site_cannot_sign_a_visitor_in_or_out(server: Served) -> None:
    assert sign_in(server, server.token(SUPERVISOR), **{"Sec-Fetch-Site": "cross-site"}).status == 403
    assert server.request("POST", "/session/close", headers={"Sec-Fetch-Site": "cross-site"}).status == 403


def test_a_cookie_reads_without_a_form_token_and_changes_nothing_without_one(
    server: Served, signed_in: dict[str, str]
) -> None:
    opening = server.a_suspicious_opening()
    cookie = {"Cookie": signed_in["Cookie"], "Content-Type": "application/json"}
    assert server.request("GET", f"/api/v1/clues/{opening.clue_id}", headers=cookie).status == 200
    path = f"/api/v1/clues/{opening.clue_id}/acknowledge"
    assert server.request("POST", path, headers=cookie).json()["code"] == "csrf"
    assert server.request("POST", path, headers=cookie | {"X-CSRF-Token": "guessed"}).status == 403
    assert server.request("POST", path, headers=cookie | signed_in).json()["status"] == "acknowledged"


def test_signing_out_takes_the_cookie_away(server: Served, signed_in: dict[str, str]) -> None:
    answer = server.request("POST", "/session/close", headers=signed_in)
    assert answer.status == 204
    assert SimpleCookie(answer.headers["Set-Cookie"])["session"].value == ""


def test_a_bearer_token_in_the_cookie_is_no_session(server: Served) -> None:
    headers = {"Cookie": f"session={server.token(SUPERVISOR)}"}
    assert server.request("GET", "/api/v1/clues", headers=headers).status == 401


def test_a_page_is_chinese_first_and_remembers_english(server: Served, signed_in: dict[str, str]) -> None:
    first = server.request("GET", "/", headers=signed_in)
    assert '<html lang="zh-CN">' in first.body.decode()
    chosen = server.request("GET", "/?lang=en", headers=signed_in)
    assert '<html lang="en">' in chosen.body.decode()
    remembered = signed_in["Cookie"] + "; lang=en"
    assert '<html lang="en">' in server.request("GET", "/", headers={"Cookie": remembered}).body.decode()


def test_what_a_source_wrote_is_shown_as_text_and_never_as_markup(server: Served, signed_in: dict[str, str]) -> None:
    opening = server.a_suspicious_opening()
    server.command(opening.clue_id, "investigate", SUPERVISOR, "<script>alert(1)</script>")
    page = server.request("GET", f"/clues/{opening.clue_id}", headers=signed_in).body.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("clue_id", ["x", "00000000-0000-0000-0000-000000000000"])
def test_the_page_of_no_clue_says_so(server: Served, signed_in: dict[str, str], clue_id: str) -> None:
    assert server.request("GET", f"/clues/{clue_id}", headers=signed_in).status == 404
