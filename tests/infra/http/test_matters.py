"""Matters over HTTP and on their pages."""

import csv
import io
import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from domain.access import Role
from infra.http.session import SESSION_COOKIE
from tests.builders import BIDDER
from tests.infra.http.served import ACTORS, FOREIGN, Answer, Opening, Served


@pytest.fixture(scope="module")
def opening(server: Served) -> Opening:
    return server.a_suspicious_opening()


def page(server: Served, path: str, role: Role, *, actors: object = None) -> Answer:
    actor = (FOREIGN if actors is FOREIGN else ACTORS)[role]
    session = server.running.access.open_session(server.token(actor), longest=timedelta(hours=1))
    return server.request("GET", path, headers={"Cookie": f"{SESSION_COOKIE}={session.cookie}"})


def test_the_list_has_one_matter_for_all_clues_of_a_lead(server: Served, opening: Opening) -> None:
    found = server.get(f"/api/v1/matters?tender_id={opening.tender_id}", Role.SUPERVISOR)
    (matter,) = found["items"]
    assert found["count"] == 1
    assert (matter["kind"], matter["status"], matter["bidder"]["uscc"]) == ("lead", "raised", BIDDER.uscc)
    assert matter["rules"] == sorted({clue["rule"] for clue in matter["clues"]})
    assert opening.clue_id in {clue["clue_id"] for clue in matter["clues"]}


def test_one_matter_has_its_clues_their_evidence_history_and_who_was_told(server: Served, opening: Opening) -> None:
    matter = server.get(f"/api/v1/matters/{opening.matter_id}", Role.SUPERVISOR)
    assert matter["evidence"]["months"]
    assert {step["what"] for step in matter["history"]} == {"raised"}
    assert {notice["recipient"]["role"] for notice in matter["notices"]} == {"supervisor", "bidder"}
    assert matter["clues"][0]["facts"]


def test_a_party_reads_in_a_matter_nothing_of_its_rivals(server: Served, opening: Opening) -> None:
    whole = json.dumps(server.get(f"/api/v1/matters/{opening.matter_id}", Role.BIDDER), ensure_ascii=False)
    assert "泰和" not in whole
    assert server.request("GET", f"/api/v1/matters/{opening.matter_id}", FOREIGN[Role.BIDDER]).status == 404


def test_searching_for_somebody_is_on_record_and_listing_is_not(server: Served, opening: Opening) -> None:
    def readings() -> int:
        found = server.get(f"/api/v1/readings?person_id={opening.person_id}", Role.AUDITOR)["items"]
        return sum(each["reader"] == ACTORS[Role.INVESTIGATOR].name for each in found)

    server.get("/api/v1/matters", Role.INVESTIGATOR)
    before = readings()
    server.get(f"/api/v1/matters?person={opening.person_id}", Role.INVESTIGATOR)
    assert (before, readings()) == (0, 1)


def test_the_list_is_given_as_csv(server: Served, opening: Opening) -> None:
    asked = f"/api/v1/matters?tender_id={opening.tender_id}&format=csv"
    answer = server.request("GET", asked, ACTORS[Role.SUPERVISOR])
    (row,) = csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig")))
    assert (row["matter_id"], row["bidder"]) == (opening.matter_id, BIDDER.name)


@pytest.mark.parametrize(
    "query", [{"cursor": "raised.1.x"}, {"cursor": f"raised.1.{'0' * 36}"}, {"status": "x"}, {"colour": "red"}]
)
def test_what_is_no_filter_is_refused(server: Served, query: dict[str, str]) -> None:
    assert server.request("GET", f"/api/v1/matters?{urlencode(query)}", ACTORS[Role.AUDITOR]).status == 400


@pytest.mark.parametrize(("language", "words"), [("zh", "拟派项目负责人"), ("en", "Lead of a bid")])
def test_the_pages_show_list_and_matter_in_both_languages(
    server: Served, opening: Opening, language: str, words: str
) -> None:
    listed = page(server, f"/matters?tender_id={opening.tender_id}&rule=&lang={language}", Role.SUPERVISOR)
    assert listed.status == 200
    assert f"/matters/{opening.matter_id}" in listed.body.decode()
    shown = page(server, f"/matters/{opening.matter_id}?lang={language}", Role.SUPERVISOR)
    assert words in shown.body.decode()
    assert opening.clue_id in shown.body.decode()


def test_whoever_opens_the_page_of_a_matter_has_read_its_notices(server: Served) -> None:
    opening = server.a_suspicious_opening()
    page(server, f"/matters/{opening.matter_id}", Role.SUPERVISOR)
    notices = server.get(f"/api/v1/matters/{opening.matter_id}", Role.SUPERVISOR)["notices"]
    assert {notice["recipient"]["role"] for notice in notices if notice["read_at"]} == {"supervisor"}


def test_the_page_of_anothers_matter_is_not_found(server: Served, opening: Opening) -> None:
    path = f"/matters/{opening.matter_id}"
    assert page(server, path, Role.BIDDER, actors=FOREIGN).status == 404
    assert page(server, path, Role.SOURCE).status == 404
    assert server.request("GET", path).status == 401
    assert page(server, "/matters", Role.SECURITY_OFFICER).status == 404
