import asyncio
import gzip
import json
import resource
import socket
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cloudevents.core.bindings import http as sdk
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from domain.access import Actor, Role
from tests.builders import LEAD, a_bid_opening, a_message, a_payment
from tests.infra.http.served import ACTORS, BATCH, EVENT, NDJSON, SOURCE, Answer, Served, served

SPEAKER = ACTORS[Role.SOURCE]


def a_fact(server: Served, **given: Any) -> dict[str, Any]:
    """A valid message of the trading system under an id of its own."""
    return a_message(a_payment(), **{"source": SOURCE, "id": f"fact-{server.number()}", **given})


def a_door_person(server: Served, id_number: str, **given: Any) -> dict[str, Any]:
    message = a_fact(server, **given)
    message["data"]["person"] = {"name": "王小明", "id_number": id_number}
    return message


def post(server: Served, body: Any, content_type: str, **headers: str) -> Answer:
    return server.request(
        "POST", "/api/v1/events", SPEAKER, body=body, headers={"Content-Type": content_type, **headers}
    )


@pytest.mark.parametrize("form", [EVENT, BATCH, NDJSON])
def test_an_event_is_accepted_once_and_a_duplicate_ever_after(server: Served, form: str) -> None:
    event = a_fact(server)
    first, again = server.send(event, form=form), server.send(event, form=form)
    assert (first.status, first.json()) == (202, {"accepted": 1, "duplicates": 0, "rejected": [], "findings": []})
    assert (again.status, again.json()) == (202, {"accepted": 0, "duplicates": 1, "rejected": [], "findings": []})


def test_the_same_event_is_a_duplicate_in_whatever_form_it_comes(server: Served) -> None:
    event = a_fact(server, datacontenttype="application/json")
    assert server.send(event, form=EVENT).json()["accepted"] == 1
    headers = {f"ce-{name}": str(value) for name, value in event.items() if name not in ("data", "datacontenttype")}
    binary = post(server, json.dumps(event["data"]).encode(), "application/json", **headers)
    assert binary.json()["duplicates"] == 1, binary.body


@pytest.mark.parametrize("write", [sdk.to_structured, sdk.to_binary])
def test_the_official_sdk_is_understood(server: Served, write: Any) -> None:
    event = a_fact(server)
    data = event.pop("data")
    attributes = {**event, "datacontenttype": "application/json", "subject": "广州 市"}
    attributes["time"] = datetime.fromisoformat(attributes["time"])
    message = write(CloudEvent(attributes=attributes, data=data), JSONFormat())
    answer = server.request("POST", "/api/v1/events", SPEAKER, body=message.body, headers=dict(message.headers))
    assert answer.json()["accepted"] == 1, answer.body


def test_a_gzipped_stream_of_lines_is_recorded_whole(server: Served) -> None:
    lines = b"\n".join(json.dumps(a_fact(server)).encode() for _ in range(4_500))
    half = len(lines) // 2
    members = gzip.compress(lines[:half]) + gzip.compress(lines[half:])
    answer = post(server, members, NDJSON, **{"Content-Encoding": "gzip"})
    assert (answer.status, answer.json()["accepted"]) == (202, 4_500)


def test_a_rejected_line_is_told_by_its_place_in_the_whole_call(server: Served) -> None:
    events: list[Any] = [a_fact(server) for _ in range(2_300)]
    events[2_100] = a_fact(server, type="tender-integrity.unheard-of.v1", id="bad")
    answer = server.send(*events)
    assert answer.json()["accepted"] == 2_299
    assert [(one["index"], one["id"]) for one in answer.json()["rejected"]] == [(2_100, "bad")]


def test_errors_name_field_and_code_and_never_the_value(server: Served) -> None:
    answer = server.send(a_door_person(server, "110105194912310021"), a_fact(server))
    assert answer.status == 202
    [rejected] = answer.json()["rejected"]
    assert rejected["errors"] == [
        {"field": "data.person.id_number", "code": "check_digit", "message": rejected["errors"][0]["message"]}
    ]
    assert rejected["quarantine_id"]
    assert "110105194912310021" not in answer.body.decode()
    assert "王小明" not in answer.body.decode()


def test_a_call_of_which_every_event_is_rejected_is_a_problem_that_says_so(server: Served) -> None:
    answer = server.send(a_door_person(server, "110105194912310021"), form=EVENT)
    assert answer.status == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json()["code"] == "all_rejected"
    assert answer.json()["rejected"][0]["errors"][0]["code"] == "check_digit"
    assert "110105194912310021" not in answer.body.decode()


def test_no_source_speaks_for_another(server: Served) -> None:
    answer = server.send(a_fact(server, source="urn:test:other"), a_fact(server))
    assert answer.json()["accepted"] == 1
    assert answer.json()["rejected"][0]["errors"][0]["field"] == "source"


def test_an_operator_speaks_for_no_source_and_is_registered_to_speak_for_itself(server: Served) -> None:
    operator = ACTORS[Role.OPERATOR]

    def refused(source: str) -> str:
        (rejected,) = server.send(a_fact(server, source=source), actor=operator).json()["rejected"]
        return str(rejected["errors"][0]["code"])

    assert [refused(SOURCE), refused("operator:operator")] == ["foreign_source", "not_permitted"]
    server.register("operator:operator")
    assert server.send(a_fact(server, source="operator:operator"), actor=operator).json()["accepted"] == 1


def test_each_row_names_who_handed_it_in(server: Served) -> None:
    fact = a_fact(server)
    assert server.send(fact).json()["accepted"] == 1
    with server.running.installation.database.read() as connection:
        rows = server.running.installation.recorder.scan(connection, after=0, limit=10_000)
    (row,) = (row for row in map(json.loads, (state for _, _, state in rows)) if row.get("id") == fact["id"])
    assert row["submittedby"] == "source:trading system"
    assert server.send(fact).json()["duplicates"] == 1


def test_a_token_of_an_unregistered_source_raises_nothing_about_anybody(server: Served) -> None:
    stranger = Actor(Role.SOURCE, "x", source="urn:test:stranger")
    answer = server.send(a_fact(server, source="urn:test:stranger"), actor=stranger)
    assert answer.status == 400
    (error,) = answer.json()["rejected"][0]["errors"]
    assert (error["field"], error["code"]) == ("source", "not_permitted")


@pytest.mark.parametrize(
    "broken",
    [
        b"{",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"specversion": "1.0", "id": NaN}',
        b"\xff\xfe",
        b"null",
        b'"text"',
        b"9" * 5_000,
    ],
    ids=range(8),
)
def test_what_is_no_event_is_refused_and_kept(server: Served, broken: bytes) -> None:
    answer = server.send(broken, form=EVENT)
    assert answer.status == 400, answer.body
    assert answer.json()["rejected"][0]["quarantine_id"]
    among = server.send(a_fact(server), broken)
    assert (among.status, among.json()["accepted"]) == (202, 1)
    assert among.json()["rejected"][0]["index"] == 1


def test_a_number_that_is_none_is_refused(server: Served) -> None:
    event = json.dumps(a_fact(server)).replace('"pension"', "NaN").encode()
    assert server.send(event, form=EVENT).status == 400
    headers = {f"ce-{name}": value for name, value in a_fact(server).items() if name != "data"}
    assert post(server, b'{"month": NaN}', "application/json", **headers).status == 400


@pytest.mark.parametrize("body", [b"", b"{}", b"[" * 100_000, b"[{]"])
def test_a_batch_whose_events_cannot_be_told_apart_is_unreadable(server: Served, body: bytes) -> None:
    answer = post(server, body, BATCH)
    assert (answer.status, answer.json()["code"]) == (400, "unreadable")


@pytest.mark.parametrize("form", [EVENT, BATCH, NDJSON])
def test_an_empty_call_is_told_so(server: Served, form: str) -> None:
    body = b"[]" if form == BATCH else b"\n\n" if form == NDJSON else b""
    answer = post(server, body, form)
    assert (answer.status, answer.json()["code"]) == (400, "empty")


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [
        ("text/plain", "identity"),
        ("application/json", "identity"),
        ("application/cloudevents+json; charset=gbk", "identity"),
        ("application/cloudevents+avro", "identity"),
        (EVENT, "br"),
        (EVENT, "deflate"),
    ],
)
def test_a_form_nobody_knows_is_unsupported(server: Served, content_type: str, encoding: str) -> None:
    answer = post(server, b"{}", content_type, **{"Content-Encoding": encoding})
    assert answer.status == 415


@pytest.mark.parametrize("damage", [lambda body: body[:-9], lambda body: b"x" + body, lambda body: body + b"x"])
def test_a_damaged_gzip_body_is_refused_and_what_came_before_is_kept(server: Served, damage: Any) -> None:
    body = gzip.compress(json.dumps(a_fact(server)).encode())
    answer = post(server, damage(body), EVENT, **{"Content-Encoding": "gzip"})
    assert (answer.status, answer.json()["code"]) == (400, "unreadable")


@pytest.mark.parametrize("form", [EVENT, BATCH, NDJSON])
def test_a_gzip_bomb_is_refused_before_it_fills_the_memory(server: Served, form: str) -> None:
    bomb = zlib.compressobj(wbits=31)
    body = b"".join(bomb.compress(b"a" * 1_000_000) for _ in range(300)) + bomb.flush()
    before = peak_memory_bytes()
    answer = post(server, body, form, **{"Content-Encoding": "gzip"})
    assert answer.status == 413
    assert peak_memory_bytes() - before < 100_000_000


def peak_memory_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def test_the_limits_are_those_of_the_settings(fresh_folder: Path) -> None:
    with served(fresh_folder, limits={"batch_events": 3, "event_bytes": 2_000, "body_bytes": 5_000}) as server:
        assert server.send(*[a_fact(server) for _ in range(3)], form=BATCH).status == 202
        assert server.send(*[a_fact(server) for _ in range(4)], form=BATCH).json()["code"] == "too_many"
        long = a_fact(server, subject="x" * 2_000)
        assert [server.send(long, form=form).status for form in (EVENT, BATCH, NDJSON)] == [413, 413, 413]
        assert server.send(*[a_fact(server, subject="x" * 1_500) for _ in range(4)], form=BATCH).status == 413


def test_a_stream_that_breaks_off_says_what_was_recorded(fresh_folder: Path) -> None:
    with served(fresh_folder, limits={"event_bytes": 2_000}) as server:
        events = [a_fact(server) for _ in range(2_000)]
        answer = server.send(*events, a_fact(server), a_fact(server, subject="x" * 3_000))
        assert (answer.status, answer.json()["accepted"], answer.json()["continue_at"]) == (413, 2_000, 2_000)
        assert server.send(*events).json()["duplicates"] == 2_000


def test_a_stream_over_which_the_database_fails_says_where_to_continue(fresh_folder: Path) -> None:
    with served(fresh_folder) as server:
        events = [a_fact(server) for _ in range(3_500)]
        events[5] = a_fact(server, type="tender-integrity.unheard-of.v1")
        lines = [json.dumps(event).encode() + b"\n" for event in events]

        def sent() -> Iterator[bytes]:
            yield b"".join(lines[:2_000])
            yield lines[2_000]
            _wait_until(lambda: _recorded(server) == 2_000)  # The registration of the source is one of them.
            _rename_table(server, "batches", "batches_away")
            yield b"".join(lines[2_001:])

        answer = post(server, sent(), NDJSON)
        _rename_table(server, "batches_away", "batches")
        assert answer.status == 503
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert int(answer.headers["Retry-After"]) >= 1
        problem = answer.json()
        assert (problem["code"], problem["accepted"], problem["continue_at"]) == ("not_recorded", 1_999, 2_000)
        assert [one["index"] for one in problem["rejected"]] == [5]
        rest = server.send(*events[problem["continue_at"] :])
        assert (rest.status, rest.json()["accepted"]) == (202, 1_500)


def _recorded(server: Served) -> int:
    installation = server.running.installation
    with installation.database.read() as connection:
        return installation.recorder.last_position(connection)


def _rename_table(server: Served, name: str, to: str) -> None:
    with server.running.installation.database.transaction() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {name} RENAME TO {to}")


def _wait_until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < deadline, "never reached"
        time.sleep(0.02)


def test_what_came_before_the_sender_hung_up_is_recorded_and_a_duplicate_when_it_is_sent_again(server: Served) -> None:
    events = [a_fact(server) for _ in range(2_500)]
    body = b"\n".join(json.dumps(event).encode() for event in events)
    head = f"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: {NDJSON}\r\nContent-Length: {2 * len(body)}\r\n"
    before = _recorded(server)
    host, port = urlsplit(server.url).netloc.split(":")
    with socket.create_connection((host, int(port))) as sender:
        sender.sendall(f"{head}Authorization: Bearer {server.token(SPEAKER)}\r\n\r\n".encode() + body)
        _wait_until(lambda: _recorded(server) >= before + 2_000)
    answer = server.send(*events)
    assert (answer.json()["duplicates"], answer.json()["accepted"]) == (2_000, 500)


def test_a_call_that_fails_at_once_says_that_nothing_is_in(fresh_folder: Path) -> None:
    with served(fresh_folder) as server:
        _rename_table(server, "batches", "batches_away")
        answer = server.send(a_fact(server), form=EVENT)
        _rename_table(server, "batches_away", "batches")
        assert (answer.status, answer.json()["continue_at"]) == (503, 0)


def test_a_stream_is_answered_although_its_sender_trickles(server: Served) -> None:
    def lines() -> Iterator[bytes]:
        for _ in range(5):
            text = json.dumps(a_fact(server)).encode() + b"\n"
            yield text[:20]
            yield text[20:]

    answer = server.request("POST", "/api/v1/events", SPEAKER, body=lines(), headers={"Content-Type": NDJSON})
    assert answer.json()["accepted"] == 5


def test_bulk_is_sent_away_while_too_much_waits_and_an_opening_is_not(fresh_folder: Path) -> None:
    with served(fresh_folder, limits={"waiting_messages": 1_000}) as server, ThreadPoolExecutor(4) as senders:
        going = threading.Event()
        node, loop = server.running.node, server.loop
        held = asyncio.run_coroutine_threadsafe(node.with_shard(lambda _: going.wait(30)), loop)
        waiting = senders.submit(server.send, *[a_fact(server) for _ in range(1_500)])
        while node.waiting < 1_500:
            time.sleep(0.01)
        answer = server.send(*[a_fact(server) for _ in range(100)])
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) >= 1
        opening = a_message(a_bid_opening(tender_id="T-urgent"), source=SOURCE, id="urgent")
        urgent = senders.submit(server.send, opening, form=EVENT)
        going.set()
        assert urgent.result().json()["accepted"] == 1
        assert waiting.result().json()["accepted"] == 1_500
        held.result(10)


def test_an_opening_is_answered_with_what_it_raised_at_once(server: Served) -> None:
    opening = server.a_suspicious_opening()
    [clue] = [
        one
        for one in server.get(f"/api/v1/clues?tender_id={opening.tender_id}", Role.SUPERVISOR)["items"]
        if one["rule"] == "E101"
    ]
    assert clue["clue_id"] == opening.clue_id
    assert (clue["outcome"], clue["severity"], clue["status"]) == ("mismatch", "high", "raised")


def test_a_sender_that_asks_first_is_let_in(server: Served) -> None:
    body = json.dumps(a_fact(server)).encode()
    answer = post(server, body, EVENT, Expect="100-continue")
    assert answer.status == 202


def test_a_token_of_another_feed_sees_only_its_own_quarantine(server: Served) -> None:
    server.send(a_fact(server, type="x"), form=EVENT)
    own = server.get("/api/v1/quarantine", Role.SOURCE)["items"]
    assert own
    other = server.request("GET", "/api/v1/quarantine", Actor(Role.SOURCE, "x", source="urn:test:none"))
    assert other.json()["items"] == []
    path = f"/api/v1/quarantine/{own[0]['quarantine_id']}/resubmit"
    assert server.request("POST", path, Actor(Role.SOURCE, "x", source="urn:test:none")).status == 404


def test_a_rejected_event_can_be_resubmitted_corrected(server: Served) -> None:
    event = a_door_person(server, "110105194912310021")
    quarantine_id = server.send(event, form=EVENT).json()["rejected"][0]["quarantine_id"]
    path = f"/api/v1/quarantine/{quarantine_id}/resubmit"
    assert server.request("POST", path, SPEAKER).status == 400
    event["data"]["person"]["id_number"] = "11010519491231002X"
    answer = server.request("POST", path, SPEAKER, body=json.dumps(event).encode(), headers={"Content-Type": EVENT})
    assert (answer.status, answer.json()["accepted"]) == (202, 1)
    [entry] = [
        one
        for one in server.get("/api/v1/quarantine?status=resolved", Role.SOURCE)["items"]
        if one["quarantine_id"] == quarantine_id
    ]
    assert entry["id"] == event["id"]
    assert "王小明" not in json.dumps(entry, ensure_ascii=False)
    assert LEAD.person_id not in json.dumps(entry)
