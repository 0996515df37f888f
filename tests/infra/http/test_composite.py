"""All findings about one tender, bidder or person, worst first."""

from decimal import Decimal

import pytest

from domain.access import Role
from domain.facts.ocds import LotImported
from domain.rule import Severity
from infra.http.route import CLUE_READERS
from tests.builders import BIDDER, RIVAL, THIRD, a_bid, a_bid_opening, a_message
from tests.infra.http.served import ACTORS, FOREIGN, JURISDICTION, REGISTER_CLOSED, SOURCE, Opening, Served


@pytest.fixture
def opening(server: Served) -> Opening:
    server.send(REGISTER_CLOSED)
    return server.a_suspicious_opening()


def paths(opening: Opening) -> list[str]:
    subjects = (f"tenders/{opening.tender_id}", f"bidders/{BIDDER.uscc}", f"people/{opening.person_id}")
    return [f"/api/v1/{subject}/findings" for subject in subjects]


def test_findings_come_worst_first_with_their_numbers_and_facts(server: Served, opening: Opening) -> None:
    for path in paths(opening):
        found = server.get(path, Role.SUPERVISOR)
        ranks = [Severity(clue["severity"]).rank for clue in found["items"]]
        assert ranks == sorted(ranks, reverse=True)
        assert opening.clue_id in {clue["clue_id"] for clue in found["items"]}
        assert all(clue["facts"] and clue["explanation"]["zh"] for clue in found["items"])


def test_findings_are_counted_and_not_scored(server: Served, opening: Opening) -> None:
    found = server.get(paths(opening)[0], Role.SUPERVISOR)
    assert sum(found["by_severity"].values()) == len(found["items"]) == sum(found["by_rule"].values())
    assert "score" not in str(found.keys())


def test_a_cleared_finding_comes_last_and_is_not_counted(server: Served, opening: Opening) -> None:
    supervisor = ACTORS[Role.SUPERVISOR]
    for verb, reason in (("acknowledge", None), ("investigate", None), ("clear", "已核实")):
        assert server.command(opening.clue_id, verb, supervisor, reason).status == 200
    found = server.get(paths(opening)[0], Role.SUPERVISOR)
    assert found["items"][-1]["clue_id"] == opening.clue_id
    assert sum(found["by_severity"].values()) == len(found["items"]) - 1


def test_pages_go_on_where_the_last_one_ended(server: Served, opening: Opening) -> None:
    path = paths(opening)[0]
    whole = [clue["clue_id"] for clue in server.get(path, Role.SUPERVISOR)["items"]]
    first = server.get(f"{path}?limit=1", Role.SUPERVISOR)
    rest = server.get(f"{path}?cursor={first['next']}", Role.SUPERVISOR)
    assert [clue["clue_id"] for clue in first["items"] + rest["items"]] == whole
    assert rest["next"] is None


def test_a_bidder_sees_its_own_findings_without_what_they_rest_on(server: Served, opening: Opening) -> None:
    found = server.get(paths(opening)[1], Role.BIDDER)
    assert opening.clue_id in {clue["clue_id"] for clue in found["items"]}
    assert all(clue["facts"] == [] for clue in found["items"])
    assert found["indicators"] == []


@pytest.mark.parametrize("role", sorted(CLUE_READERS))
def test_what_is_none_of_their_business_looks_as_if_it_did_not_exist(
    server: Served, opening: Opening, role: Role
) -> None:
    for path in paths(opening):
        assert server.request("GET", path, FOREIGN[role]).status == 404


def test_an_own_tender_without_findings_has_an_empty_list(server: Served) -> None:
    number = server.number()
    people = [{"person_id": f"{number:063x}{digit}"} for digit in (1, 2)]
    bids = (a_bid(person=people[0], bidder=THIRD), a_bid(person=people[1], bidder=RIVAL))
    data = a_bid_opening(tender_id=f"T-{number}", jurisdiction=JURISDICTION, bids=bids)
    server.send(a_message(data, source=SOURCE, id=f"open-{number}"))
    assert server.get(f"/api/v1/tenders/T-{number}/findings", Role.SUPERVISOR)["indicators"] == []
    assert server.get(f"/api/v1/bidders/{RIVAL.uscc}/findings", Role.INVESTIGATOR)["id"] == RIVAL.uscc


def test_feeds_and_strangers_are_refused(server: Served, opening: Opening) -> None:
    for path in paths(opening):
        assert server.request("GET", path).status == 401
        assert server.request("GET", path, ACTORS[Role.SOURCE]).status == 403


def test_a_tender_shows_what_the_published_indicators_say_of_its_lots(server: Served) -> None:
    number = server.number()
    people = [{"person_id": f"{number:063x}{digit}"} for digit in (1, 2)]
    bids = tuple(
        a_bid(bidder=bidder, person=person, price=Decimal(100))
        for bidder, person in zip((BIDDER, RIVAL), people, strict=True)
    )
    data = a_bid_opening(tender_id=f"T-{number}", jurisdiction=JURISDICTION, bids=bids)
    assert server.send(a_message(data, source=SOURCE, id=f"open-{number}")).status == 202
    found = server.get(f"/api/v1/tenders/T-{number}/findings", Role.SUPERVISOR)
    assert {finding["rule"] for finding in found["indicators"]} == {"R028"}
    assert [fact["id"] for fact in found["indicators"][0]["facts"]] == [f"open-{number}"]
    answer = server.request("GET", f"/api/v1/tenders/T-{number}/findings", ACTORS[Role.BIDDER])
    assert answer.status == 404 or answer.json()["indicators"] == []


def test_a_cancelled_lot_has_no_indicators(server: Served) -> None:
    number = server.number()
    bids = [
        {"bidders": [{"name": each, "ocds_id": each}], "status": "valid", "value": {"amount": "1", "currency": "CNY"}}
        for each in ("A", "B")
    ]
    told = {}
    for status in ("active", "cancelled"):
        tender = f"T-{number}-{status}"
        given = {"tender_id": tender, "lot_id": "1", "release_id": "1", "published_at": "2025-01-01T00:00:00Z"}
        data = LotImported.model_validate({**given, "status": status, "bids": bids})
        assert server.send(a_message(data, source=SOURCE, id=tender)).status == 202
        told[status] = server.get(f"/api/v1/tenders/{tender}/findings", Role.AUDITOR)["indicators"]
    assert {finding["rule"] for finding in told["active"]} == {"R028"}
    assert told["cancelled"] == []
