"""What docs/privacy.md says of each role holds on every page and in every answer."""

import json
from collections.abc import Iterator
from dataclasses import astuple
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.access import WHO_SEES_WHAT, Actor, Role, Shown
from domain.rule import RULEBOOK
from infra.http.session import SESSION_COOKIE
from tests.builders import BIDDER, RIVAL, THIRD, a_bid_opening, a_message, a_registration, payments
from tests.infra.http.served import ACTORS, BATCH, JURISDICTION, SOURCE, Served

PAGE = Path(__file__).parents[3] / "docs" / "privacy.md"
NAME, ID_NUMBER, MASKED = "欧阳小明", "11010519491231002X", "欧阳＊ 1101…2X"
TENDER = "W-1"
NAMING = (Shown.NAMED, Shown.NAMED_IN_INTEGRITY_FILES)


def table_of_the_page() -> list[list[str]]:
    """The rows of the one under "Who sees what", the names of roles first."""
    text = PAGE.read_text(encoding="utf-8").split("## Who sees what", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return rows[1:]


def test_the_page_about_privacy_holds_the_table_of_the_code() -> None:
    assert table_of_the_page() == [
        [str(role), *(str(shown) for shown in astuple(sight))] for role, sight in WHO_SEES_WHAT.items()
    ]


def test_the_table_has_a_row_for_every_role() -> None:
    assert set(WHO_SEES_WHAT) == set(Role)


@pytest.fixture(scope="module")
def clue_id(server: Served) -> str:
    """A winning candidate's lead, whom one rival insures and another one has registered."""
    person = {"person": {"name": NAME, "id_number": ID_NUMBER}}
    facts = [
        *(with_person(payment, person, f"pay-{payment.month}") for payment in payments(RIVAL)),
        with_person(a_registration(employer=THIRD), person, "registration"),
        opening(person),
        candidates(),
    ]
    answer = server.send(*facts)
    assert answer.json()["accepted"] == len(facts), answer.body
    found = server.get(f"/api/v1/clues?tender_id={TENDER}&rule=E101", Role.SUPERVISOR)["items"]
    return str(found[0]["clue_id"])


def with_person(data: Any, person: dict[str, Any], id: str) -> dict[str, Any]:
    message = a_message(data, source=SOURCE, id=id)
    message["data"] |= person
    return message


def opening(person: dict[str, Any], tender: str = TENDER) -> dict[str, Any]:
    data = a_bid_opening(tender_id=tender, jurisdiction=JURISDICTION)
    message = a_message(data, source=SOURCE, id=f"opening-{tender}")
    message["data"]["bids"][0]["lead"] |= person
    return message


def candidates() -> dict[str, Any]:
    announced = "2025-06-25T10:00:00+08:00"
    bidder = {"name": BIDDER.name, "uscc": BIDDER.uscc}
    data = {
        "tender_id": TENDER,
        "lot_id": "1",
        "announced_at": announced,
        "candidates": [{"rank": 1, "bidder": bidder}],
    }
    kind = "tender-integrity.candidates-announced.v1"
    return {"specversion": "1.0", "id": "candidates", "source": SOURCE, "type": kind, "time": announced, "data": data}


def answers(server: Served, actor: Actor, clue_id: str, person_id: str) -> Iterator[tuple[str, str]]:
    """Everything that may speak of the person and that the role may open, as text."""
    calls = (
        f"/clues?tender_id={TENDER}",
        f"/clues/{clue_id}",
        f"/tenders/{TENDER}/findings",
        f"/tenders/{TENDER}/lots/1/comparison",
        f"/bidders/{BIDDER.uscc}/findings",
        f"/people/{person_id}/findings",
        f"/people/{person_id}/dossier",
        f"/people/{person_id}/integrity-file",
        "/notices",
    )
    for path in calls:
        answer = server.request("GET", f"/api/v1{path}", actor)
        if answer.status == 200:
            yield path, json.dumps(answer.json(), ensure_ascii=False)
    session = server.running.access.open_session(server.token(actor), longest=timedelta(hours=1))
    for path in ("/", f"/clues/{clue_id}", f"/fragments/clues/{clue_id}", f"/clues/{clue_id}/record"):
        answer = server.request("GET", path, headers={"Cookie": f"{SESSION_COOKIE}={session.cookie}"})
        if answer.status == 200:
            yield path, answer.body.decode()


@pytest.mark.parametrize("role", list(Role))
def test_each_role_sees_of_people_and_firms_what_the_table_says(server: Served, clue_id: str, role: Role) -> None:
    sight = WHO_SEES_WHAT[role]
    person_id = server.get(f"/api/v1/clues/{clue_id}", Role.SUPERVISOR)["person_id"]
    found = dict(answers(server, ACTORS[role], clue_id, person_id))
    said = "\n".join(found.values())
    assert not [path for path, text in found.items() if NAME in text or ID_NUMBER in text]
    assert (MASKED in said) == (sight.person is Shown.MASKED)
    assert (RIVAL.name in said or str(RIVAL.uscc) in said) == (sight.payer is Shown.NAMED)
    assert (THIRD.name in said or str(THIRD.uscc) in said) == (sight.employer in NAMING)
    assert ("与投标人不一致" in said and RIVAL.name in said) == (sight.explanation is Shown.WHOLE)


@pytest.mark.parametrize("role", [role for role in Role if WHO_SEES_WHAT[role].person is Shown.MASKED])
def test_whoever_sees_masked_names_sees_them_wherever_the_person_is_shown(
    server: Served, clue_id: str, role: Role
) -> None:
    person_id = server.get(f"/api/v1/clues/{clue_id}", Role.SUPERVISOR)["person_id"]
    for path, text in answers(server, ACTORS[role], clue_id, person_id):
        if person_id in text or "项目负责人</dt>" in text:
            assert MASKED in text, path


@pytest.mark.parametrize("role", [Role.BIDDER, Role.TENDERER])
def test_a_party_still_reads_that_and_when_payer_and_employer_differ(server: Served, clue_id: str, role: Role) -> None:
    evidence = server.get(f"/api/v1/clues/{clue_id}", role)["evidence"]
    payers = [payer for month in evidence["months"] for payer in month["payers"]]
    assert len(payers) == 3
    assert {payer["match"]["outcome"] for payer in payers} == {"different"}
    assert all(payer["paid_on"] and payer["payer"] is None and payer["fact"] is None for payer in payers)
    assert [(row["employer"], row["match"]["outcome"]) for row in evidence["registrations"]] == [(None, "different")]


def test_the_answer_to_an_opening_names_no_payer_to_its_source(server: Served) -> None:
    person = {"person": {"name": "司马相如", "id_number": "440106198801010105"}}
    paid = [with_person(each, person, f"answered-{each.month}") for each in payments(RIVAL)]
    found = server.send(*paid, opening(person, "W-2"), form=BATCH).json()
    assert [verdict["verdict"] for verdict in found["verdicts"]] == ["mismatch"]
    assert RIVAL.name not in str(found)
    assert str(RIVAL.uscc) not in str(found)
    explained = {each["rule"]: each["explanation"]["zh"] for each in found["findings"]}
    assert explained["E101"] == RULEBOOK["E101"].title_zh
