"""Every route × {no token, expired, wrong audience, no signature, shared secret} × role × foreign jurisdiction."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from domain.access import Role
from infra.http.route import Route
from infra.identity.access import Access
from infra.serving.application import ROUTES
from tests.builders import BIDDER
from tests.infra.http.served import ACTORS, FOREIGN, Opening, Served

GUARDED = [route for route in ROUTES if route.roles is not None]
PUBLIC = [route for route in ROUTES if route.roles is None]


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture(scope="module")
def opening(server: Served) -> Opening:
    return server.a_suspicious_opening()


def path_of(route: Route, opening: Opening) -> str:
    values = {
        "clue_id": opening.clue_id,
        "tender_id": opening.tender_id,
        "lot_id": opening.lot_id,
        "person_id": opening.person_id,
        "uscc": str(BIDDER.uscc),
        "notice_id": "1",
        "case_id": "AP-1",
        "code": "E101",
        "position": "1",
        "shard": "0",
        "tile": "0/000.p/1",
        "quarantine_id": "00000000-0000-0000-0000-000000000000",
    }
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], route.path)


def bad_tokens(server: Served) -> dict[str, str]:
    actor = ACTORS[Role.SUPERVISOR]
    installation = server.running.installation
    key, settings = installation.keys.tokens, installation.settings.access
    now = datetime.now(UTC)
    claims = {
        "iss": settings.issuer,
        "aud": settings.audience,
        "exp": int(now.timestamp()) + 600,
        "role": "operator",
        "name": "x",
    }
    header = {"alg": "none"}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]
    past = Access(key, issuer=settings.issuer, audience=settings.audience, clock=lambda: now - timedelta(days=2))
    elsewhere = Access(key, issuer=settings.issuer, audience="elsewhere")
    session = server.running.access.open_session(server.token(actor), longest=timedelta(hours=1))
    return {
        "no token": "",
        "expired": past.issue_token(actor, expires=timedelta(days=1)),
        "wrong audience": elsewhere.issue_token(actor, expires=timedelta(days=1)),
        "no signature": ".".join(parts) + ".",
        "shared secret": jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key), algorithms=["HS256"]),
        "session as bearer": session.cookie,
        "not a token": "x",
    }


@pytest.mark.parametrize("route", GUARDED, ids=named)
def test_a_guarded_route_answers_401_to_every_bad_token(server: Served, opening: Opening, route: Route) -> None:
    for kind, token in bad_tokens(server).items():
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = server.request(route.method, path_of(route, opening), headers=headers)
        assert answer.status == 401, kind
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert not token or token not in answer.body.decode()


@pytest.mark.parametrize("route", GUARDED, ids=named)
def test_a_role_outside_the_table_is_forbidden(server: Served, opening: Opening, route: Route) -> None:
    assert route.roles is not None
    for role in Role:
        if role not in route.roles:
            answer = server.request(route.method, path_of(route, opening), ACTORS[role])
            assert answer.status == 403, role


@pytest.mark.parametrize("route", GUARDED, ids=named)
def test_a_role_in_the_table_gets_past_the_gate(server: Served, opening: Opening, route: Route) -> None:
    assert route.roles is not None
    if route.path.endswith("/stream"):
        return
    for role in route.roles:
        answer = server.request(route.method, path_of(route, opening), ACTORS[role])
        assert answer.status not in (401, 403, 500), (role, answer.body)


@pytest.mark.parametrize("route", GUARDED, ids=named)
def test_what_is_foreign_looks_as_if_it_did_not_exist(server: Served, opening: Opening, route: Route) -> None:
    assert route.roles is not None
    if "{" not in route.path or route.path.startswith("/api/v1/quarantine"):
        return
    for role in route.roles:
        answer = server.request(route.method, path_of(route, opening), FOREIGN[role])
        assert answer.status == 404, (role, answer.body)


@pytest.mark.parametrize("role", Role)
def test_lists_hold_nothing_foreign(server: Served, opening: Opening, role: Role) -> None:
    for route in GUARDED:
        assert route.roles is not None
        if route.method == "GET" and "{" not in route.path and role in route.roles and route.query is not None:
            answer = server.request("GET", route.path, FOREIGN[role])
            assert answer.status == 200
            assert role is Role.OPERATOR or _holds_nothing(route, answer.json()), route.path
            assert opening.clue_id not in answer.body.decode()


def _holds_nothing(route: Route, answer: dict[str, Any]) -> bool:
    """An area where nothing was ever delivered is shown to whom it concerns: there, the grid is not empty."""
    if route.path != "/api/v1/coverage":
        return answer == {"items": [], "next": None}
    foreign = {item["area"] for item in answer["items"]} | {
        area["area"] for rule in answer["rules"] for area in rule["areas"]
    }
    return "440100" not in foreign


@pytest.mark.parametrize("route", PUBLIC, ids=named)
def test_a_public_route_says_nothing_about_anybody(server: Served, opening: Opening, route: Route) -> None:
    answer = server.request(route.method, path_of(route, opening))
    assert answer.status < 500
    for value in (opening.person_id, "广州宏图"):
        assert value.encode() not in answer.body


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/nowhere", "/static/page.js", "/static/../page.js", "/api/v1/clues"]
)
def test_every_answer_carries_the_security_headers_and_names_no_software(server: Served, path: str) -> None:
    headers = server.request("GET", path).headers
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "Server" not in headers


def test_an_unknown_path_and_a_wrong_method_are_problems(server: Served) -> None:
    unknown = server.request("GET", "/api/v1/nothing")
    assert (unknown.status, unknown.json()["code"]) == (404, "not_found")
    wrong = server.request("DELETE", "/api/v1/clues", ACTORS[Role.SUPERVISOR])
    assert wrong.status == 405
    assert "GET" in wrong.headers["Allow"]
    assert wrong.json()["status"] == 405


def test_a_misspelt_filter_is_refused_without_repeating_it(server: Served) -> None:
    answer = server.request("GET", "/api/v1/clues?statsu=110105194912310021", ACTORS[Role.SUPERVISOR])
    assert answer.status == 400
    answer = server.request("GET", "/api/v1/clues?since=110105194912310021", ACTORS[Role.SUPERVISOR])
    assert answer.json()["errors"][0]["field"] == "since"
    assert "110105194912310021" not in answer.body.decode()
