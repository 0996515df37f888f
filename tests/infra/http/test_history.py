"""Quiet history over HTTP: whichever form it comes in, no stream tells of it but with the summary of the load."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.access import Role
from domain.policy import Policy, PolicyBook
from tests.builders import RIVAL, a_bid, a_bid_opening, a_message, payments
from tests.infra.http.served import ACTORS, BATCH, EVENT, NDJSON, SOURCE, Served, served

POLICY = PolicyBook(default=Policy(oldest_notice_days=36_500, history_settling_seconds=1))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that calls a load finished after a second."""
    folder: Path = tmp_path_factory.mktemp("data")
    with served(folder, policy=POLICY) as found:
        yield found


def a_load(server: Served) -> list[dict[str, Any]]:
    """A lead who is insured by a rival, as history."""
    number = server.number()
    person = {"person_id": f"{number:064x}"}
    opening = a_bid_opening(tender_id=f"T-{number}", jurisdiction="440106", bids=(a_bid(person=person),))
    facts = [opening, *payments(RIVAL, person=person)]
    return [a_message(data, source=SOURCE, id=f"{number}-{place}", history="true") for place, data in enumerate(facts)]


def send(server: Served, load: list[dict[str, Any]], form: str) -> None:
    if form == "binary":
        for event in load:
            headers = {f"ce-{name}": value for name, value in event.items() if name != "data"}
            body = json.dumps(event["data"]).encode()
            headers |= {"Content-Type": "application/json"}
            answer = server.request("POST", "/api/v1/events", ACTORS[Role.SOURCE], body=body, headers=headers)
            assert answer.status == 202
    elif form == EVENT:
        assert all(server.send(event, form=form).status == 202 for event in load)
    else:
        assert server.send(*load, form=form).status == 202


@pytest.mark.parametrize("form", [EVENT, BATCH, NDJSON, "binary"])
def test_a_stream_tells_of_a_load_once_and_of_none_of_its_clues(server: Served, form: str) -> None:
    with server.stream(ACTORS[Role.SUPERVISOR]) as stream:
        send(server, a_load(server), form)
        summary = stream.next()
    assert (summary["occasion"], summary["clue_id"], summary["rule"]) == ("history-loaded", None, None)
    assert {count["rule"] for count in summary["load"]["counts"]} >= {"E101"}
    assert "E101" in str(server.get(summary["load"]["list"].replace("+", "%2B"), Role.SUPERVISOR))
    assert server.get("/api/v1/notices", Role.BIDDER)["items"] == []


def test_the_summary_is_read_like_any_notice(server: Served) -> None:
    with server.stream(ACTORS[Role.SUPERVISOR]) as stream:
        send(server, a_load(server), NDJSON)
        summary = stream.next()
    path = f"/api/v1/notices/{summary['notice_id']}/read"
    assert server.request("POST", path, ACTORS[Role.SUPERVISOR]).status == 204


def test_the_summary_stands_above_the_list_of_the_supervisor_alone(server: Served) -> None:
    with server.stream(ACTORS[Role.SUPERVISOR]) as stream:
        send(server, a_load(server), NDJSON)
        summary = stream.next()
    listed = {
        role: server.request("GET", "/fragments/clues", ACTORS[role]).body.decode()
        for role in (Role.SUPERVISOR, Role.BIDDER)
    }
    assert summary["body"]["zh"] in listed[Role.SUPERVISOR]
    assert "历史数据" not in listed[Role.BIDDER]
