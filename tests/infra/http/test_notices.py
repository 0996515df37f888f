import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from domain.access import Role
from tests.infra.http.served import ACTORS, FOREIGN, Served, Stream, served

SUPERVISOR, BIDDER = ACTORS[Role.SUPERVISOR], ACTORS[Role.BIDDER]


def test_a_notice_reaches_the_stream_while_it_is_open(server: Served) -> None:
    with server.stream(SUPERVISOR) as stream:
        openings = [server.a_suspicious_opening() for _ in range(2)]
        notices = [stream.next() for _ in openings]
    assert [notice["clue_id"] for notice in notices] == [opening.clue_id for opening in openings]
    assert {notice["occasion"] for notice in notices} == {"raised"}
    assert all(notice["subject"]["zh"] and notice["body"]["en"] for notice in notices)


def test_a_stream_without_a_last_event_holds_only_what_is_new(server: Served) -> None:
    server.a_suspicious_opening()
    with server.stream(BIDDER) as stream:
        later = server.a_suspicious_opening()
        assert stream.next()["tender_id"] == later.tender_id


def test_a_stream_resumes_after_the_last_event(server: Served) -> None:
    for _ in range(3):
        server.a_suspicious_opening()
    listed = server.get("/api/v1/notices?limit=500", Role.SUPERVISOR)["items"]
    numbers = [notice["notice_id"] for notice in listed]
    with server.stream(SUPERVISOR, last_event_id=numbers[-3]) as stream:
        assert [stream.next()["notice_id"] for _ in range(2)] == numbers[-2:]


def test_a_stream_says_at_once_from_where_and_how_soon_to_come_back(server: Served) -> None:
    server.a_suspicious_opening()
    last = server.get("/api/v1/notices?limit=500", Role.SUPERVISOR)["items"][-1]["notice_id"]
    with server.stream(SUPERVISOR) as stream:
        first = stream.next_event()
    assert (first["event"], json.loads(first["data"])) == ("start", {"after": last})
    assert first["id"] == str(last)
    assert 1_000 <= int(first["retry"]) <= 10_000


def test_a_client_that_was_quiet_until_the_server_ended_misses_nothing(fresh_folder: Path) -> None:
    """It was sent no notice, so that it knows the place only from the first event."""
    with served(fresh_folder) as server, server.stream(BIDDER) as stream:
        place = int(stream.next_event()["id"])
    with served(fresh_folder) as server:
        meanwhile = server.a_suspicious_opening()
    with served(fresh_folder) as server, server.stream(BIDDER, last_event_id=place) as stream:
        assert stream.next()["tender_id"] == meanwhile.tender_id


def test_an_id_beyond_the_end_resets_to_the_unread_notices(fresh_folder: Path) -> None:
    """As after a backup was restored: the client has seen numbers that are given once more."""
    with served(fresh_folder) as server:
        openings = [server.a_suspicious_opening() for _ in range(3)]
        listed = server.get("/api/v1/notices?limit=500", Role.BIDDER)["items"]
        read = [notice for notice in listed if notice["tender_id"] != openings[1].tender_id]
        for notice in read:
            path = f"/api/v1/notices/{notice['notice_id']}/read"
            assert server.request("POST", path, BIDDER).status == 204
        unread = [notice["notice_id"] for notice in listed if notice not in read]
        with server.stream(BIDDER, last_event_id=999_999_999) as stream:
            first = stream.next_event()
            assert (first["event"], first["id"]) == ("reset", str(unread[0] - 1))
            assert [stream.next()["notice_id"] for _ in unread] == unread
            later = server.a_suspicious_opening()
            assert stream.next()["tender_id"] == later.tender_id


def test_after_a_reset_without_unread_notices_only_new_ones_come(fresh_folder: Path) -> None:
    with served(fresh_folder) as server, server.stream(BIDDER, last_event_id=7) as stream:
        assert (first := stream.next_event())["event"] == "reset"
        assert first["id"] == "0"
        opening = server.a_suspicious_opening()
        assert stream.next()["tender_id"] == opening.tender_id


def test_the_page_of_a_restored_installation_is_told_by_its_own_address(server: Served) -> None:
    """A browser's first request has no Last-Event-ID; the page puts what it knows into the address."""
    token = server.token(SUPERVISOR)
    path = "/api/v1/notices/stream?last_event_id=999999999"
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    with closing(connection):
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        lines = iter(connection.getresponse().readline, b"\r\n")
        assert b"event: reset\r\n" in list(lines)


def test_a_stream_resumes_after_the_server_came_back(fresh_folder: Path) -> None:
    with served(fresh_folder) as server, server.stream(SUPERVISOR) as stream:
        openings = [server.a_suspicious_opening() for _ in range(2)]
        seen = stream.next()["notice_id"]
    with served(fresh_folder) as server, server.stream(SUPERVISOR, last_event_id=seen) as stream:
        assert stream.next()["tender_id"] == openings[1].tender_id


def test_a_stream_carries_own_notices_only(server: Served) -> None:
    opening = server.a_suspicious_opening()
    for role in (Role.SUPERVISOR, Role.BIDDER, Role.TENDERER):
        assert opening.clue_id not in str(server.request("GET", "/api/v1/notices", FOREIGN[role]).json())
    own = server.get("/api/v1/notices?limit=500", Role.BIDDER)["items"]
    assert {notice["recipient"]["role"] for notice in own} == {"bidder"}


@pytest.mark.parametrize("last", ["x", "-1", "1" * 30, "١"])
def test_a_last_event_that_is_no_number_is_refused(server: Served, last: str) -> None:
    answer = server.request(
        "GET", "/api/v1/notices/stream", SUPERVISOR, headers={"Last-Event-ID": last.encode().decode("latin-1")}
    )
    assert answer.status == 400


def test_only_so_many_streams_are_open(fresh_folder: Path) -> None:
    with served(fresh_folder, limits={"sse_connections": 1}) as server, server.stream(SUPERVISOR) as first:
        assert first.response.status == 200
        with server.stream(SUPERVISOR) as second:
            assert second.response.status == 503
            assert second.response.headers["Retry-After"]


def test_a_reading_is_noted_once_and_only_by_its_recipient(server: Served) -> None:
    server.a_suspicious_opening()
    notice = server.get("/api/v1/notices?limit=500", Role.BIDDER)["items"][-1]
    path = f"/api/v1/notices/{notice['notice_id']}/read"
    assert server.request("POST", path, FOREIGN[Role.BIDDER]).status == 404
    assert server.request("POST", path, SUPERVISOR).status == 404
    assert server.request("POST", path, BIDDER).status == 204
    first = server.get("/api/v1/notices?limit=500", Role.BIDDER)["items"][-1]["read_at"]
    assert first is not None
    assert server.request("POST", path, BIDDER).status == 204
    assert server.get("/api/v1/notices?limit=500", Role.BIDDER)["items"][-1]["read_at"] == first


def test_notices_are_paged(server: Served) -> None:
    for _ in range(2):
        server.a_suspicious_opening()
    first = server.get("/api/v1/notices?limit=1", Role.SUPERVISOR)
    second = server.get(f"/api/v1/notices?limit=1&after={first['next']}", Role.SUPERVISOR)
    assert first["items"][0]["notice_id"] < second["items"][0]["notice_id"]


def test_an_open_stream_does_not_hold_up_the_end(fresh_folder: Path) -> None:
    with ThreadPoolExecutor(1) as reader, ExitStack() as stack:
        with served(fresh_folder) as server:
            stream = stack.enter_context(server.stream(SUPERVISOR))
            server.a_suspicious_opening()
            stream.next()
            ended = reader.submit(_read_to_the_end, stream)
            started = time.monotonic()
        assert time.monotonic() - started < 5
        assert ended.result(5)


def _read_to_the_end(stream: Stream) -> bool:
    try:
        while True:
            stream.next()
    except (EOFError, ConnectionError):
        return True


def test_a_notice_is_streamed_soon_after_the_opening(server: Served) -> None:
    with server.stream(SUPERVISOR) as stream:
        started = time.monotonic()
        server.a_suspicious_opening()
        stream.next()
        assert time.monotonic() - started < 2


def test_a_number_that_no_notice_can_have_is_refused(server: Served) -> None:
    assert server.request("GET", f"/api/v1/notices?after={2**63}", SUPERVISOR).status == 400
    assert server.request("GET", f"/api/v1/notices?after={2**63 - 1}", SUPERVISOR).json()["items"] == []
