"""Clues in the order that is asked for."""

from domain.access import Role
from domain.rule import Severity
from tests.infra.http.served import ACTORS, Served

SUPERVISOR = ACTORS[Role.SUPERVISOR]


def test_clues_are_listed_gravest_first_where_that_is_asked_for(server: Served) -> None:
    """Page by page; a cursor of one order is refused in another, where it would pass clues over."""
    for severity, candidate in ((Severity.HIGH, False), (Severity.MEDIUM, True), (Severity.LOW, False)):
        server.a_clue_about("appointments", severity=severity, candidate=candidate)
    found, cursor = [], ""
    while cursor is not None:
        page = server.get(f"/api/v1/clues?sort=gravest&limit=2{cursor and f'&cursor={cursor}'}", Role.SUPERVISOR)
        found += [(clue["candidate"], Severity(clue["severity"]).rank) for clue in page["items"]]
        cursor = page["next"]
        if cursor:
            last = cursor
    assert found == sorted(found, reverse=True)
    assert {(True, Severity.MEDIUM.rank), (False, Severity.HIGH.rank)} <= set(found)
    answer = server.request("GET", f"/api/v1/clues?cursor={last}", SUPERVISOR)
    assert (answer.status, answer.json()["errors"][0]["code"]) == (400, "cursor")
