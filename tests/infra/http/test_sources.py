"""Sources over HTTP: what is missing is told to the operator, and to the feed itself."""

import json
from collections.abc import Mapping

import pytest

from domain.access import Actor, Role
from domain.facts.sources import SourceHeartbeat
from tests.builders import a_message, a_payment
from tests.infra.http.served import ACTORS, Answer, Served

PLATFORM = Actor(Role.SOURCE, "platform", source="urn:test:platform")


@pytest.fixture(scope="module", autouse=True)
def numbered(server: Served) -> None:
    source = str(PLATFORM.source)
    server.register(source)
    messages = [
        {**a_message(a_payment(), source=source, id=f"n{number}"), "sequence": str(number)} for number in (1, 2, 5)
    ]
    beat = a_message(SourceHeartbeat(sequence=6, interval_seconds=60), source=source, id="beat")
    answer = server.send(*messages, beat, actor=PLATFORM)
    assert answer.status == 202, answer.body


def test_the_operator_sees_what_is_missing_and_what_the_rules_say(server: Served) -> None:
    (found,) = server.get("/api/v1/sources", Role.OPERATOR)["items"]
    assert (found["source"], found["missing_count"]) == ("urn:test:platform", 3)
    assert found["missing"] == [[3, 4], [6, 6]]
    assert (found["numbers"], found["interval_seconds"]) == ({"first": 1, "last": 5}, 60)
    (finding,) = found["findings"]
    assert (finding["rule"], finding["outcome"], finding["subject"]) == ("D901", "suspect", "source:urn:test:platform")


def test_a_feed_sees_itself_only(server: Served) -> None:
    assert server.request("GET", "/api/v1/sources", ACTORS[Role.SOURCE]).json()["items"] == []
    assert len(server.request("GET", "/api/v1/sources", PLATFORM).json()["items"]) == 1


def test_what_is_missing_is_a_metric(server: Served) -> None:
    text = server.request("GET", "/metrics").body.decode()
    assert 'tender_monitor_source_missing_messages{source="urn:test:platform"} 3.0' in text
    assert "tender_monitor_log_entries 6.0" in text


def test_an_operator_registers_changes_and_ends_a_source(server: Served) -> None:
    wanted = {"source": "urn:test:bureau", "owner": "社保局", "types": ["insurance-paid"], "areas": ["4401"]}
    said = posted(server, "", wanted).json()
    assert (said["types"], said["areas"], said["granted_by"]) == (["insurance-paid"], ["4401"], "operator")
    assert posted(server, "", {**wanted, "areas": ["*"]}).json()["areas"] == ["*"]
    ended = posted(server, "/end", {"source": "urn:test:bureau", "reason": "停用"}).json()
    assert ended["end_reason"] == "停用"
    listed = server.get("/api/v1/sources", Role.OPERATOR)["registered"]
    assert ended in listed
    assert posted(server, "/end", {"source": "urn:test:bureau", "reason": "停用"}).status == 409


def test_a_feed_sees_no_other_registration(server: Served) -> None:
    listed = server.request("GET", "/api/v1/sources", PLATFORM).json()["registered"]
    assert {one["source"] for one in listed} <= {PLATFORM.source}


@pytest.mark.parametrize(
    ("field", "wrong"), [("types", ["insurance"]), ("types", []), ("areas", ["99"]), ("source", "urn:tender-monitor:x")]
)
def test_what_cannot_be_granted_is_refused_with_its_field(server: Served, field: str, wrong: object) -> None:
    wanted = {"source": "urn:test:bureau", "owner": "社保局", "types": ["*"], "areas": ["*"], field: wrong}
    answer = posted(server, "", wanted)
    assert answer.status == 400
    assert answer.json()["errors"][0]["field"].startswith(field)


def test_a_first_use_registers_nothing_once_somebody_has_decided(server: Served) -> None:
    wanted = {"source": "urn:test:used", "owner": "x", "types": ["*"], "areas": ["*"], "first_use": True}
    assert posted(server, "", wanted).status == 409
    listed = server.get("/api/v1/sources", Role.OPERATOR)["registered"]
    assert "urn:test:used" not in {one["source"] for one in listed}


def posted(server: Served, path: str, body: Mapping[str, object]) -> Answer:
    headers = {"Content-Type": "application/json"}
    content = json.dumps(body).encode()
    return server.request("POST", f"/api/v1/sources{path}", ACTORS[Role.OPERATOR], body=content, headers=headers)
