"""What every answer has in common; who may ask for what is in test_access_matrix.py."""

from typing import Any

import pytest

from domain.access import Role
from infra.http.route import Route
from infra.serving.application import ROUTES
from tests.infra.http.served import ACTORS, FOREIGN, Opening, Served

GUARDED = [route for route in ROUTES if route.roles is not None]
PUBLIC = [route for route in ROUTES if route.roles is None]


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture(scope="module")
def opening(server: Served) -> Opening:
    return server.a_suspicious_opening()


@pytest.mark.parametrize("role", Role)
def test_lists_hold_nothing_foreign(server: Served, opening: Opening, role: Role) -> None:
    for route in GUARDED:
        assert route.roles is not None
        if route.method == "GET" and "{" not in route.path and role in route.roles and _is_list(route):
            answer = server.request("GET", route.path, FOREIGN[role])
            assert answer.status == 200
            assert role is Role.OPERATOR or _holds_nothing(route, answer.json()), route.path
            assert opening.clue_id not in answer.body.decode()


def _is_list(route: Route) -> bool:
    return route.query is not None and "application/json" in route.answered.media


def _holds_nothing(route: Route, answer: dict[str, Any]) -> bool:
    """An area where nothing was ever delivered is shown to whom it concerns: there, the grid is not empty."""
    if route.path != "/api/v1/coverage":
        return (answer["items"], answer.get("next")) == ([], None)
    foreign = {item["area"] for item in answer["items"]} | {
        area["area"] for rule in answer["rules"] for area in rule["areas"]
    }
    return "440100" not in foreign


@pytest.mark.parametrize("route", PUBLIC, ids=named)
def test_a_public_route_says_nothing_about_anybody(server: Served, opening: Opening, route: Route) -> None:
    answer = server.request(route.method, opening.path_of(route.path))
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
