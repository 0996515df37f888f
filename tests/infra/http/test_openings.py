"""What a trading system is told of an opening: verdicts of every bid, and what could not be read."""

import json
import re
from typing import Any

import pytest

from domain.access import Role
from tests.builders import (
    BIDDER,
    RIVAL,
    THIRD,
    a_bid,
    a_bid_opening,
    a_licence,
    a_registration,
    a_safety_certificate,
    payments,
)
from tests.builders import a_message as message
from tests.infra.http.served import ACTORS, BATCH, EVENT, NDJSON, SOURCE, Served
from tests.opening_builders import WRONG_NUMBER, an_opening_at_the_door, with_wrong_number

FORMS = pytest.mark.parametrize("form", [EVENT, BATCH, NDJSON])


def a_tender(server: Served) -> dict[str, Any]:
    """An opening of its own tender; its three leads are people by name and number."""
    number = server.number()
    opening = an_opening_at_the_door(f"opening-{number}", source=SOURCE)
    opening["data"]["tender_id"] = f"T-{number}"
    return opening


def verdicts(answer: Any) -> dict[str, tuple[str, list[str]]]:
    """By the name of the bidder."""
    return {each["bidder"]["name"]: (each["verdict"], each["rules"]) for each in answer["verdicts"]}


@FORMS
def test_an_opening_with_a_bad_number_is_taken_and_told_of_by_field_in_every_form(server: Served, form: str) -> None:
    opening = with_wrong_number(a_tender(server))
    answer = server.send(opening, form=form)
    assert answer.status == 202, answer.body
    assert WRONG_NUMBER not in answer.body.decode()
    told = answer.json()
    assert (told["accepted"], told["duplicates"]) == (1, 0)
    (rejected,) = told["rejected"]
    assert (rejected["index"], rejected["id"], rejected["partial"]) == (0, opening["id"], True)
    assert [(each["field"], each["code"]) for each in rejected["errors"]] == [
        ("data.bids[1].lead.person.id_number", "check_digit")
    ]
    assert rejected["quarantine_id"]
    assert "D904" in {finding["rule"] for finding in told["findings"]}
    assert verdicts(told)[RIVAL.name] == ("suspect", ["D904"])


def test_a_binary_event_is_taken_in_part_as_well(server: Served) -> None:
    opening = with_wrong_number(a_tender(server))
    headers = {f"ce-{name}": str(value) for name, value in opening.items() if name != "data"}
    answer = server.request(
        "POST",
        "/api/v1/events",
        ACTORS[Role.SOURCE],
        body=json.dumps(opening["data"]).encode(),
        headers={"Content-Type": "application/json", **headers},
    )
    assert (answer.status, answer.json()["rejected"][0]["partial"]) == (202, True)


def test_the_place_in_the_call_is_told_of_each_opening(server: Served) -> None:
    calls = [
        a_tender(server),
        with_wrong_number(a_tender(server)),
        a_tender(server),
        with_wrong_number(a_tender(server)),
    ]
    told = server.send(*calls).json()
    assert told["accepted"] == 4
    assert [each["index"] for each in told["rejected"]] == [1, 3]
    assert len(told["verdicts"]) == 12


def test_the_whole_message_sent_again_fills_the_lead_in_and_tells_the_verdict(server: Served) -> None:
    opening = a_tender(server)
    sent = with_wrong_number(json.loads(json.dumps(opening)))
    entry = server.send(sent).json()["rejected"][0]["quarantine_id"]
    listed = server.get("/api/v1/quarantine?status=open&limit=500", Role.SOURCE)["items"]
    assert {each["quarantine_id"]: each["partial"] for each in listed}[entry]
    path, headers = f"/api/v1/quarantine/{entry}/resubmit", {"Content-Type": EVENT}
    again = server.request("POST", path, ACTORS[Role.SOURCE], body=json.dumps(sent).encode(), headers=headers)
    assert (again.status, again.json()["rejected"][0]["quarantine_id"]) == (400, entry)
    answer = server.request("POST", path, ACTORS[Role.SOURCE], body=json.dumps(opening).encode(), headers=headers)
    assert (answer.status, answer.json()["accepted"]) == (202, 1)
    rival = next(each for each in answer.json()["verdicts"] if each["bidder"]["name"] == RIVAL.name)
    assert rival["person_id"]
    assert "D904" not in rival["rules"]
    (clue,) = server.get(f"/api/v1/clues?tender_id={opening['data']['tender_id']}&rule=D904", Role.SUPERVISOR)["items"]
    assert clue["status"] == "withdrawn"


def told_of(server: Served, *, payer: Any, number: int) -> dict[str, Any]:
    """A person whom ``payer`` insures and registers, with a safety certificate."""
    person = {"person_id": f"{number:064x}"}
    certificate = a_safety_certificate(holder=person, certificate_no=f"粤建安B-{number}")
    facts = [*payments(payer, person=person), a_registration(person=person, employer=payer), certificate]
    assert server.send(*(message(fact, source=SOURCE) for fact in facts)).status == 202
    return person


def test_each_bid_has_a_verdict_with_the_rules_behind_it(server: Served) -> None:
    number = server.number() * 10
    server.send(message(a_licence(holder=BIDDER), source=SOURCE), message(a_licence(holder=RIVAL), source=SOURCE))
    honest, lent = (told_of(server, payer=BIDDER, number=number + place) for place in range(2))
    bids = (a_bid(person=honest), a_bid(bidder=RIVAL, person=lent))
    opening = message(a_bid_opening(tender_id=f"T-{number}", bids=bids), source=SOURCE, id=f"opening-{number}")
    told = server.send(opening).json()
    found = verdicts(told)
    assert found[BIDDER.name][0] == "consistent"
    assert {"E101", "E102", "E108"} <= set(found[BIDDER.name][1])
    verdict, rules = found[RIVAL.name]
    assert verdict == "mismatch"
    assert {"E101", "E108", "T402"} <= set(rules)
    assert [(each["tender_id"], each["lot_id"]) for each in told["verdicts"]] == [(f"T-{number}", "1")] * 2
    assert {each["person_id"] for each in told["verdicts"]} == {honest["person_id"], lent["person_id"]}
    again = server.send(opening).json()
    assert (again["duplicates"], again["verdicts"]) == (1, told["verdicts"])


def test_a_verdict_says_how_far_its_data_are_complete(server: Served) -> None:
    told = server.send(with_wrong_number(a_tender(server))).json()
    by_bidder = {each["bidder"]["name"]: each["complete_to"] for each in told["verdicts"]}
    assert by_bidder[BIDDER.name].keys() == {"insurance", "registrations"}
    assert by_bidder[RIVAL.name] is None


def test_a_call_without_openings_tells_no_verdicts(server: Served) -> None:
    assert "verdicts" not in server.send(message(payments()[0], source=SOURCE)).json()


def test_a_person_in_two_bids_counts_for_both(server: Served) -> None:
    opening = a_tender(server)
    opening["data"]["bids"][1]["staff"] = [
        {"person": dict(opening["data"]["bids"][0]["lead"]["person"]), "role": "安全员"}
    ]
    found = verdicts(server.send(opening).json())
    assert "T401" in found[BIDDER.name][1]
    assert "T401" in found[RIVAL.name][1]
    assert "T401" not in found[THIRD.name][1]


def _named_by(items: dict[str, Any]) -> str:
    """The schema of the items of a list, which may be missing."""
    found = re.search(r"#/components/schemas/(\w+)", str(items))
    assert found
    return found[1]


def test_openapi_describes_what_is_answered(server: Served) -> None:
    described = server.request("GET", "/api/v1/openapi.json").json()["components"]["schemas"]
    schema = described["EventsAnswer"]["properties"]
    rejection = described[_named_by(schema["rejected"])]
    verdict = described[_named_by(schema["verdicts"])]
    told = server.send(with_wrong_number(a_tender(server))).json()
    assert told.keys() <= schema.keys()
    assert told["rejected"][0].keys() == rejection["properties"].keys()
    assert told["verdicts"][0].keys() == verdict["properties"].keys()
    assert described["BidOpened"]["properties"]["unread"]["readOnly"]
    assert described["Bid"]["properties"]["lead_unidentified"]["readOnly"]


def test_the_clue_about_an_unidentified_lead_says_so_where_it_is_shown(server: Served) -> None:
    opening = with_wrong_number(a_tender(server))
    server.send(opening)
    tender = opening["data"]["tender_id"]
    (clue,) = server.get(f"/api/v1/clues?tender_id={tender}&rule=D904", Role.SUPERVISOR)["items"]
    assert (clue["bidder"]["name"], clue["person_id"], clue["severity"]) == (RIVAL.name, None, "medium")
    assert server.get(f"/api/v1/clues/{clue['clue_id']}", Role.SUPERVISOR)["facts"][0]["id"] == opening["id"]
    compared = server.get(f"/api/v1/tenders/{tender}/lots/1/comparison", Role.SUPERVISOR)["bids"]
    assert {bid["bidder"]: bid["lead_unidentified"] for bid in compared} == {
        BIDDER.name: False,
        RIVAL.name: True,
        THIRD.name: False,
    }
    mine = server.get(f"/api/v1/clues?tender_id={tender}&rule=D904", Role.BIDDER)["items"]
    assert [each["clue_id"] for each in mine] == ([clue["clue_id"]] if ACTORS[Role.BIDDER].uscc == RIVAL.uscc else [])
