"""Clues in the order that is asked for."""

from domain.access import Role
from domain.rule import Severity
from tests.infra.http.served import ACTORS, Served

SUPERVISOR = ACTORS[Role.SUPERVISOR]


def test_clues_are_listed_gravest_first_where_that_is_asked_for(server: Served) -> None:
    """Page by page; a cursor of one order is refused in another, where it would pass clues over."""
    for severity, candidate in ((Severity.HIGH, False), (Severity.MEDIUM, True), (Severity.LOW, False)):
        server.a_clue_about("appointments", severity=severity, candidate=candidate)
    first = server.get("/api/v1/clues?sort=gravest&limit=2", Role.SUPERVISOR)
    rest = server.get(f"/api/v1/clues?sort=gravest&cursor={first['next']}", Role.SUPERVISOR)
    found = [(clue["candidate"], Severity(clue["severity"]).rank) for clue in first["items"] + rest["items"]]
    assert found == sorted(found, reverse=True)
    assert {(True, Severity.MEDIUM.rank), (False, Severity.HIGH.rank)} <= set(found)
    answer = server.request("GET", f"/api/v1/clues?cursor={first['next']}", SUPERVISOR)
    assert (answer.status, answer.json()["errors"][0]["code"]) == (400, "cursor")
