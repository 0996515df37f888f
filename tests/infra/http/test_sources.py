"""Sources over HTTP: what is missing is told to the operator, and to the feed itself."""

import pytest

from domain.access import Actor, Role
from domain.facts.sources import SourceHeartbeat
from tests.builders import a_message, a_payment
from tests.infra.http.served import ACTORS, Served

PLATFORM = Actor(Role.SOURCE, "platform", source="urn:test:platform")


@pytest.fixture(scope="module", autouse=True)
def numbered(server: Served) -> None:
    source = str(PLATFORM.source)
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
    assert server.request("GET", "/api/v1/sources", ACTORS[Role.SOURCE]).json() == {"items": []}
    assert len(server.request("GET", "/api/v1/sources", PLATFORM).json()["items"]) == 1


def test_what_is_missing_is_a_metric(server: Served) -> None:
    text = server.request("GET", "/metrics").body.decode()
    assert 'tender_monitor_source_missing_messages{source="urn:test:platform"} 3.0' in text
    assert "tender_monitor_log_entries 4.0" in text
