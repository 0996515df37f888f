"""Sessions that end, limits, other sites, and what strangers are not told."""

import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from domain.access import Actor, Role
from infra.http.ended_sessions import LOOK_SECONDS
from infra.identity.tokens import TokenRegister
from tests.builders import a_message, a_payment
from tests.infra.http.served import ACTORS, SOURCE, Answer, Served, served
from tests.logged import logged
from tests.outsized import a_person

SUPERVISOR = ACTORS[Role.SUPERVISOR]
JSON = {"Content-Type": "application/json"}


def sign_in(server: Served, token: str, **headers: str) -> Answer:
    return server.request("POST", "/session", body=json.dumps({"token": token}).encode(), headers={**JSON, **headers})


def session_of(answer: Answer) -> dict[str, str]:
    cookie = SimpleCookie(answer.headers["Set-Cookie"])["session"].value
    return {"Cookie": f"session={cookie}", "X-CSRF-Token": answer.json()["csrf"]}


def lists_clues(server: Served, headers: dict[str, str]) -> int:
    return server.request("GET", "/api/v1/clues", headers=headers).status


def until(expected: int, server: Served, headers: dict[str, str]) -> None:
    deadline = time.monotonic() + LOOK_SECONDS + 5
    while lists_clues(server, headers) != expected:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_copy_of_the_cookie_opens_nothing_after_signing_out(server: Served) -> None:
    token = server.token(SUPERVISOR)
    one, two = session_of(sign_in(server, token)), session_of(sign_in(server, token))
    assert server.request("POST", "/session/close", headers=one).status == 204
    assert lists_clues(server, one) == 401
    assert not server.request("GET", "/session", headers=one).json()["signed_in"]
    assert lists_clues(server, two) == 200
    assert server.request("POST", "/session/close", headers=one).status == 204


def test_a_session_that_was_ended_stays_ended_after_a_restart(fresh_folder: Path) -> None:
    with served(fresh_folder) as server:
        session = session_of(sign_in(server, server.token(SUPERVISOR)))
        server.request("POST", "/session/close", headers=session)
    with served(fresh_folder) as server:
        assert lists_clues(server, session) == 401


def test_a_revoked_token_and_its_sessions_and_streams_end_at_a_running_server(server: Served) -> None:
    issued = server.running.access.issue(SUPERVISOR, expires=timedelta(hours=1))
    register = TokenRegister(server.running.installation.database)
    register.add(issued)
    bearer = {"Authorization": f"Bearer {issued.token}"}
    session = session_of(sign_in(server, issued.token))
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
    connection.request("GET", "/api/v1/notices/stream", headers=bearer)
    stream = connection.getresponse()
    assert (lists_clues(server, bearer), lists_clues(server, session), stream.status) == (200, 200, 200)
    register.revoke(issued.id)
    until(401, server, bearer)
    assert lists_clues(server, session) == 401
    stream.read()
    connection.close()
    assert sign_in(server, issued.token).status == 401


def test_a_refused_sign_in_is_logged_without_what_was_sent(server: Served) -> None:
    with logged() as log:
        sign_in(server, "secret.of.somebody")
        server.request("GET", "/api/v1/clues", headers={"Authorization": "Bearer other.secret.text"})
        server.request("GET", "/api/v1/clues")
    refused = log.named("sign_in_refused")
    assert [(line["reason"], line["address"]) for line in refused] == [("malformed", "127.0.0.1")] * 2
    assert "secret" not in log.text


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server behind a proxy on this machine, with low limits."""
    limits = {"refused_sign_ins": 3, "sign_ins_of_one_account": 2, "streams_of_one_account": 2}
    http = {"port": 0, "public_url": "https://monitor.example", "proxies": ["127.0.0.0/8"]}
    with served(tmp_path_factory.mktemp("strict"), limits=limits, http=http) as found:
        yield found


def test_an_address_that_is_refused_again_and_again_must_wait_and_others_need_not(strict: Served) -> None:
    here, elsewhere = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "192.0.2.1, 192.0.2.2"}
    assert [sign_in(strict, "x", **here).status for _ in range(4)] == [401, 401, 401, 429]
    good = strict.token(SUPERVISOR)
    limited = sign_in(strict, good, **here)
    assert (limited.status, limited.json()["code"]) == (429, "too_many_sign_ins")
    assert 1 <= int(limited.headers["Retry-After"]) <= 60
    assert sign_in(strict, good, **elsewhere).status == 201


def test_a_client_of_ipv6_is_its_network(strict: Served) -> None:
    for last in range(3):
        sign_in(strict, "x", **{"X-Forwarded-For": f"2001:db8::{last}"})
    assert sign_in(strict, "x", **{"X-Forwarded-For": "2001:db8::ffff"}).status == 429
    assert sign_in(strict, "x", **{"X-Forwarded-For": "2001:db8:0:1::1"}).status == 401


def test_an_account_that_signs_in_again_and_again_must_wait_and_others_need_not(strict: Served) -> None:
    often = Actor(Role.AUDITOR, "signs in often")
    assert [sign_in(strict, strict.token(often)).status for _ in range(3)] == [201, 201, 429]
    assert sign_in(strict, strict.token(Actor(Role.AUDITOR, "another"))).status == 201


def test_an_account_has_so_many_streams_and_others_have_theirs(strict: Served) -> None:
    with ExitStack() as stack:
        streams = [stack.enter_context(strict.stream(SUPERVISOR)) for _ in range(3)]
        assert [each.response.status for each in streams] == [200, 200, 429]
        assert streams[2].response.headers["Retry-After"]
        other = stack.enter_context(strict.stream(ACTORS[Role.BIDDER]))
        assert other.response.status == 200


def test_whoever_closes_pages_may_open_others_at_once(strict: Served) -> None:
    for _ in range(8):
        with strict.stream(ACTORS[Role.TENDERER]) as stream:
            assert stream.response.status == 200


def test_cookies_go_over_https_alone_where_the_address_is_not_loopback(strict: Served, server: Served) -> None:
    cookie = SimpleCookie(sign_in(strict, strict.token(Actor(Role.AUDITOR, "behind TLS"))).headers["Set-Cookie"])
    assert cookie["session"]["secure"]
    assert not SimpleCookie(sign_in(server, server.token(SUPERVISOR)).headers["Set-Cookie"])["session"]["secure"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "x", "http://"])
def test_another_site_changes_nothing_and_signs_nobody_in(server: Served, origin: str) -> None:
    token, session = server.token(SUPERVISOR), session_of(sign_in(server, server.token(SUPERVISOR)))
    clue = server.a_suspicious_opening().clue_id
    path = f"/api/v1/clues/{clue}/acknowledge"
    refused = [
        sign_in(server, token, Origin=origin),
        server.request("POST", "/session/close", headers={**session, "Origin": origin}),
        server.request("POST", path, headers={**session, **JSON, "Origin": origin}),
        server.request("POST", path, SUPERVISOR, headers={**JSON, "Origin": origin}),
    ]
    assert {(each.status, each.json()["code"]) for each in refused} == {(403, "other_site")}
    own = {**session, **JSON, "Origin": server.url}
    assert server.request("POST", path, headers=own).json()["status"] == "acknowledged"


def test_behind_a_proxy_the_site_is_the_one_that_people_type(strict: Served) -> None:
    headers = {"Origin": "https://monitor.example", "X-Forwarded-For": "192.0.2.9"}
    assert sign_in(strict, strict.token(Actor(Role.AUDITOR, "by name")), **headers).status == 201


MALFORMED = {
    "no HTTP": b"110105194912310021 \x16\x03\x01\r\n\r\n",
    "a bad header": b"GET /healthz HTTP/1.1\r\nHost: x\r\n110105194912310021\x00: 1\r\n\r\n",
    "two lengths": b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 110105194912310021\r\n\r\n",
    "a huge header": b"GET / HTTP/1.1\r\nHost: x\r\nX-110105194912310021: " + b"1" * 40_000 + b"\r\n\r\n",
    "a bad version": b"GET /110105194912310021 HTTP/9.x\r\n\r\n",
}


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_request_is_neither_echoed_nor_logged_and_names_no_software(server: Served, sent: bytes) -> None:
    where = urlsplit(server.url)
    with logged() as log, socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        connection.sendall(sent)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    assert re.match(rb"HTTP/1\.[01] 400 ", answer), answer
    assert b"110105194912310021" not in answer
    assert b"Server:" not in answer
    assert b"aiohttp" not in answer.lower()
    assert b'"code":"malformed"' in answer
    assert "110105194912310021" not in log.text
    assert len(log.named("request_malformed")) == 1


def test_metrics_name_no_sources_to_strangers(server: Served) -> None:
    numbered = {**a_message(a_payment(), source=SOURCE, id="numbered"), "sequence": "1"}
    assert server.send(numbered).status == 202
    stranger = {"X-Forwarded-For": "192.0.2.1"}

    def told(actor: Actor | None, headers: dict[str, str]) -> str:
        return server.request("GET", "/metrics", actor, headers=headers).body.decode()

    assert "urn:test:trading" in told(None, {})
    assert "urn:test:trading" in told(ACTORS[Role.OPERATOR], stranger)
    for actor in (None, ACTORS[Role.SOURCE], SUPERVISOR):
        text = told(actor, stranger)
        assert "urn:test" not in text
        assert "tender_monitor_recorded_events" in text
    assert server.request("GET", "/metrics", headers={**stranger, "Authorization": "Bearer x"}).status == 401


def test_a_token_that_an_older_version_issued_for_years_ends_as_a_new_one(server: Served) -> None:
    access = server.running.access
    now = datetime.now(UTC)
    said = {"jti": "old", "role": "supervisor", "name": "Guangzhou", "jurisdiction": "440100"}
    old = access._signed("tender-monitor", now + timedelta(days=3_650), said)
    assert access.prove(old).expires_at <= now + timedelta(days=90)


def test_text_that_turns_or_hides_itself_is_shown_by_its_numbers(server: Served) -> None:
    opening = server.a_suspicious_opening()
    server.command(opening.clue_id, "investigate", SUPERVISOR, "a\u202egnp.exe\u200b")
    session = session_of(sign_in(server, server.token(SUPERVISOR)))
    page = server.request("GET", f"/clues/{opening.clue_id}", headers=session).body.decode()
    assert "a⟨U+202E⟩gnp.exe⟨U+200B⟩" in page
    assert "\u202e" not in page


def test_an_operator_erases_a_person_and_that_is_on_record(server: Served) -> None:
    payment = a_message(a_payment(), source=SOURCE, id="erased")
    payment["data"]["person"] = a_person(7)
    assert server.send(payment).status == 202
    person_id = server.running.installation.vault.pseudonymiser().person_id(f"rid:v1:{a_person(7)['id_number']}")
    path = f"/api/v1/people/{person_id}/erase"
    assert server.request("POST", path, ACTORS[Role.OPERATOR]).json() == {"person_id": person_id, "erased": 1}
    assert server.request("POST", path, ACTORS[Role.OPERATOR]).status == 404
    assert server.request("POST", "/api/v1/people/nobody/erase", ACTORS[Role.OPERATOR]).status == 404
    with server.running.installation.database.read() as connection:
        recorded = server.running.installation.recorder.scan(connection, after=0, limit=100_000)
    (erased,) = [json.loads(state) for _, topic, state in recorded if topic == "tender-integrity.identity-erased.v1"]
    assert (erased["data"]["erased_by"], erased["data"]["role"]) == ("operator", "operator")
