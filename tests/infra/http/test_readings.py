"""Whoever is shown evidence about a person leaves one entry, with a purpose of the list, that auditors see."""

import http.client
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from domain.access import Actor, Role
from domain.purposes import PURPOSE_HEADER
from infra.http.session import SESSION_COOKIE
from tests.infra.http.served import ACTORS, Opening, Served, served

PAGES = ("/clues/{clue}", "/fragments/clues/{clue}", "/clues/{clue}/record")
CALLS = (
    "/api/v1/clues/{clue}",
    "/api/v1/clues?tender_id={tender}",
    "/api/v1/tenders/{tender}/lots/{lot}/comparison",
    "/api/v1/tenders/{tender}/findings",
    "/api/v1/people/{person}/findings",
    "/api/v1/people/{person}/dossier",
    "/api/v1/people/{person}/integrity-file",
)


@pytest.fixture(scope="module")
def opening(server: Served) -> Opening:
    return server.a_suspicious_opening()


@pytest.fixture
def reader(names: Iterator[int]) -> Actor:
    """An account that has read nothing yet."""
    return Actor(Role.INVESTIGATOR, f"reader {next(names)}")


@pytest.fixture(scope="module")
def names() -> Iterator[int]:
    return iter(range(1_000))


def address(path: str, opening: Opening) -> str:
    return path.format(clue=opening.clue_id, tender=opening.tender_id, lot=opening.lot_id, person=opening.person_id)


def entries(server: Served, reader: Actor) -> list[dict[str, Any]]:
    answer = server.request("GET", f"/api/v1/readings?reader={reader.name.replace(' ', '%20')}", ACTORS[Role.AUDITOR])
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


@pytest.mark.parametrize("path", CALLS)
def test_what_shows_evidence_about_a_person_is_on_record_with_its_purpose(
    server: Served, opening: Opening, reader: Actor, path: str
) -> None:
    answer = server.request("GET", address(path, opening), reader, headers={PURPOSE_HEADER: "complaint"})
    assert answer.status == 200, answer.body
    (entry,) = entries(server, reader)
    assert (entry["person_id"], entry["role"], entry["purpose"]) == (opening.person_id, "investigator", "complaint")


@pytest.mark.parametrize("purpose", ["", "curiosity"])
@pytest.mark.parametrize("path", CALLS)
def test_without_a_purpose_of_the_list_nothing_is_shown(
    server: Served, opening: Opening, reader: Actor, path: str, purpose: str
) -> None:
    answer = server.request("GET", address(path, opening), reader, headers={PURPOSE_HEADER: purpose})
    assert (answer.status, answer.json()["code"]) == (400, "purpose_required")
    assert entries(server, reader) == []


def _read_without_a_purpose(server: Served, opening: Opening, reader: Actor) -> int:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    with closing(connection):
        connection.request(
            "GET", address(CALLS[0], opening), headers={"Authorization": f"Bearer {server.token(reader)}"}
        )
        return connection.getresponse().status


def test_a_call_that_names_no_purpose_is_on_record_with_the_usual_one_of_its_role(
    server: Served, opening: Opening, reader: Actor
) -> None:
    assert _read_without_a_purpose(server, opening, reader) == 200
    assert [entry["purpose"] for entry in entries(server, reader)] == ["investigation"]


def test_where_the_settings_ask_for_a_purpose_nothing_is_shown_without_one(tmp_path: Path, reader: Actor) -> None:
    with served(tmp_path, http={"port": 0, "purpose_required": True}) as server:
        opening = server.a_suspicious_opening()
        assert _read_without_a_purpose(server, opening, reader) == 400
        assert entries(server, reader) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_on_record_with_the_purpose_chosen_there(
    server: Served, opening: Opening, reader: Actor, path: str
) -> None:
    cookie = server.running.access.open_session(server.token(reader), longest=timedelta(hours=1)).cookie
    headers = {"Cookie": f"{SESSION_COOKIE}={cookie}; purpose=complaint", PURPOSE_HEADER: ""}
    assert server.request("GET", address(path, opening), headers=headers).status == 200
    assert [entry["purpose"] for entry in entries(server, reader)] == ["complaint"]


def test_reading_again_leaves_no_second_entry_and_another_account_its_own(
    server: Served, opening: Opening, reader: Actor
) -> None:
    other = Actor(Role.INVESTIGATOR, f"{reader.name} too")
    for who in (reader, reader, other):
        for path in CALLS:
            server.request("GET", address(path, opening), who, headers={PURPOSE_HEADER: "investigation"})
    for who in (reader, other):
        found = entries(server, who)
        assert len(found) == len({entry["quarter"] for entry in found}) > 0


def test_a_list_of_all_clues_is_no_reading_about_anybody(server: Served, reader: Actor) -> None:
    assert server.request("GET", "/api/v1/clues", reader, headers={PURPOSE_HEADER: ""}).status == 200
    assert entries(server, reader) == []


def test_a_purpose_is_never_taken_from_the_address(server: Served, opening: Opening, reader: Actor) -> None:
    path = address("/api/v1/people/{person}/dossier?reason=audit", opening)
    assert server.request("GET", path, reader).status == 400


def test_auditors_alone_see_the_list_as_a_call_and_as_a_page(server: Served, opening: Opening, reader: Actor) -> None:
    server.request("GET", address(CALLS[0], opening), reader)
    for role in Role:
        answer = server.request("GET", "/api/v1/readings", ACTORS[role])
        assert (answer.status == 200) == (role is Role.AUDITOR)
        cookie = server.running.access.open_session(server.token(ACTORS[role]), longest=timedelta(hours=1)).cookie
        page = server.request("GET", "/readings", headers={"Cookie": f"{SESSION_COOKIE}={cookie}"})
        assert (reader.name in page.body.decode()) == (role is Role.AUDITOR)


def test_an_auditor_of_a_place_sees_the_readings_about_people_of_that_place_alone(
    server: Served, opening: Opening, reader: Actor
) -> None:
    server.request("GET", address(CALLS[0], opening), reader)
    for place, seen in (("440106", True), ("440000", True), ("440300", False), ("510000", False)):
        auditor = Actor(Role.AUDITOR, f"auditor of {place}", jurisdiction=place)
        answer = server.request("GET", f"/api/v1/readings?person_id={opening.person_id}", auditor)
        assert any(entry["reader"] == reader.name for entry in answer.json()["items"]) == seen
        cookie = server.running.access.open_session(server.token(auditor), longest=timedelta(hours=1)).cookie
        page = server.request("GET", "/readings", headers={"Cookie": f"{SESSION_COOKIE}={cookie}"})
        assert (page.status, reader.name in page.body.decode()) == (200, seen)
