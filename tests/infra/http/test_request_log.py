"""What is logged of a request: everything under its id, and nothing that it carried."""

import json

from domain.access import Role
from tests.infra.http.served import ACTORS, Served
from tests.logged import logged
from tests.outsized import a_person

SUPERVISOR = ACTORS[Role.SUPERVISOR]
PERSON = {**a_person(1), "name": "诸葛青云"}


def test_a_refused_event_is_logged_under_the_id_that_the_caller_gets(server: Served) -> None:
    with logged() as log:
        answer = server.send(json.dumps({"id": "1", "data": {"person": PERSON}}).encode())
    (refused,) = log.named("message_refused")
    (answered,) = log.named("request_answered")
    assert refused["request_id"] == answered["request_id"] == answer.headers["X-Request-Id"]
    assert refused["quarantine_id"] == answer.json()["rejected"][0]["quarantine_id"]
    assert (answered["method"], answered["route"], answered["status"]) == ("POST", "/api/v1/events", 400)
    assert (answered["role"], answered["level"]) == ("source", "info")
    assert PERSON["name"] not in log.text
    assert PERSON["id_number"] not in log.text


def test_a_command_and_what_it_did_are_logged_under_the_id_of_its_request(server: Served) -> None:
    opening = server.a_suspicious_opening()
    with logged() as log:
        answer = server.command(opening.clue_id, "investigate", SUPERVISOR, "张三没有来")
        refused = server.command(opening.clue_id, "acknowledge", SUPERVISOR)
    assert (answer.status, refused.status) == (200, 409)
    ours = [line for line in log.lines if line.get("request_id") == answer.headers["X-Request-Id"]]
    decided, read = (
        ["batch_committed", "clue_investigation_opened", "command_done"],
        ["batch_committed", "command_done"],
    )
    assert [line["event"] for line in ours] == [*decided, *read, "request_answered"]
    done = ours[2]
    assert (done["command"], done["verb"], done["role"]) == ("decide_clue", "investigate", "supervisor")
    (declined,) = log.named("command_refused")
    assert (declined["error"], declined["request_id"]) == ("NotAllowed", refused.headers["X-Request-Id"])
    assert "张三" not in log.text


def test_a_reading_that_succeeds_is_logged_at_debug_level_by_its_route(server: Served) -> None:
    opening = server.a_suspicious_opening()
    with logged() as log:
        server.request("GET", f"/api/v1/clues/{opening.clue_id}", SUPERVISOR)
        server.request("GET", f"/api/v1/clues/{opening.clue_id}")
    found, unauthenticated = log.named("request_answered")
    assert (found["route"], found["level"], found["status"]) == ("/api/v1/clues/{clue_id}", "debug", 200)
    assert (unauthenticated["level"], unauthenticated["status"], unauthenticated["role"]) == ("info", 401, None)
    assert opening.clue_id not in log.text


def test_the_line_of_a_refused_sign_in_says_that_it_was_one(server: Served) -> None:
    with logged() as log:
        server.request("POST", "/session", body=b'{"code": "no-such-code"}')
    recorded = [line for line in log.named("command_done") if line["command"] == "record_access"]
    assert [line["what"] for line in recorded] == ["refused"]
    assert "no-such-code" not in log.text
