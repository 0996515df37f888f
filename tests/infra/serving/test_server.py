import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from domain.access import Role
from infra.http.route import CLUE_READERS
from infra.serving.watchdog import drop_silent_connections
from tests.builders import a_message, a_payment
from tests.infra.http.served import ACTORS, EVENT, SOURCE, Served, served


def test_the_server_is_alive_ready_and_measured(server: Served) -> None:
    server.a_suspicious_opening()
    assert server.request("GET", "/healthz").json() == {"status": "ok"}
    assert server.request("GET", "/readyz").json() == {"status": "ready"}
    text = server.request("GET", "/metrics").body.decode()
    assert 'tender_monitor_http_requests_total{method="POST",route="/api/v1/events",status="202"}' in text
    assert re.search(r"^tender_monitor_recorded_events [1-9]", text, re.MULTILINE)
    assert 'tender_monitor_clues{status="raised"}' in text


def test_what_holds_up_the_event_loop_is_measured(server: Served) -> None:
    def held_up() -> float:
        """How often the loop was late by more than a tenth of a second."""
        text = server.request("GET", "/metrics").body.decode()
        counts = dict(re.findall(r'^tender_monitor_loop_lag_seconds_bucket{le="(.*)"} (.*)$', text, re.MULTILINE))
        return float(counts["+Inf"]) - float(counts["0.1"])

    before = held_up()
    for _ in range(3):
        server.loop.call_soon_threadsafe(time.sleep, 0.3)
        time.sleep(0.5)
    assert held_up() >= before + 3


def test_no_metric_label_holds_an_id(server: Served) -> None:
    opening = server.a_suspicious_opening()
    server.get(f"/api/v1/people/{opening.person_id}/dossier", Role.AUDITOR)
    server.request("GET", f"/api/v1/unknown/{opening.person_id}")
    server.request("BREW", "/api/v1/clues")
    text = server.request("GET", "/metrics").body.decode()
    assert opening.person_id not in text
    assert 'method="BREW"' not in text


def test_it_listens_on_loopback_alone(server: Served) -> None:
    assert urlsplit(server.url).hostname == "127.0.0.1"


def test_a_path_cannot_leave_the_static_folder(server: Served) -> None:
    for path in ("/static/../views.py", "/static/%2e%2e/views.py", "/static/..%2fviews.py", "/static/"):
        assert server.request("GET", path).status in (403, 404), path


def test_openapi_names_every_route_and_message(server: Served) -> None:
    document = server.request("GET", "/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert "post" in document["paths"]["/api/v1/events"]
    assert document["paths"]["/api/v1/clues"]["get"]["x-roles"] == sorted(CLUE_READERS)
    kinds = {
        schema["properties"]["type"]["const"]
        for name, schema in document["components"]["schemas"].items()
        if name.endswith("Fact") and "type" in schema["properties"]
    }
    assert "tender-integrity.bid-opened.v1" in kinds
    assert not any("lead-appointed" in kind for kind in kinds)
    assert server.request("GET", "/docs").status == 200


def test_every_reference_of_openapi_leads_somewhere(server: Served) -> None:
    document = server.request("GET", "/api/v1/openapi.json").json()

    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*(references(value) for value in node.values()))
        return set().union(*(references(item) for item in node)) if isinstance(node, list) else set()

    for reference in references(document):
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
    assert len(references(document)) > 10


async def test_a_connection_that_sends_no_request_is_dropped() -> None:
    runner = web.AppRunner(web.Application())
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        async with drop_silent_connections(runner, within=0.2, every=0.05):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow:")
            started = time.monotonic()
            with contextlib.closing(writer):
                with contextlib.suppress(ConnectionResetError):
                    async with asyncio.timeout(5):
                        assert await reader.read() == b""
                assert time.monotonic() - started < 2
    finally:
        await runner.cleanup()


def an_issuer(address: str) -> list[dict[str, str]]:
    return [{"issuer": "https://id.example", "audience": "client", "jwks_url": address, "role_claim": "tm"}]


@pytest.fixture
def issuer_key(tmp_path: Path) -> OKPKey:
    """The key of an outside issuer, published as keys.json in the test's folder."""
    return publish(tmp_path, "1")


def is_let_in(server: Served, key: OKPKey) -> bool:
    claims = {"iss": "https://id.example", "aud": "client", "exp": int(time.time()) + 60, "sub": "u", "tm": "auditor"}
    token = jwt.encode({"alg": "Ed25519", "kid": str(key.kid)}, claims, key, algorithms=["Ed25519"])
    return server.request("GET", "/api/v1/clues", headers={"Authorization": f"Bearer {token}"}).status == 200


def test_an_outside_issuer_is_trusted_by_a_file_of_keys(tmp_path: Path, issuer_key: OKPKey) -> None:
    address = (tmp_path / "keys.json").as_uri()
    with served(tmp_path / "data", access={"oidc": an_issuer(address)}) as server:
        assert is_let_in(server, issuer_key)
        assert not is_let_in(server, OKPKey.generate_key("Ed25519", {"kid": "1"}))


def test_an_outside_issuer_is_trusted_by_the_keys_it_serves(tmp_path: Path, issuer_key: OKPKey) -> None:
    handler = partial(QuietFiles, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as issuer:
        serving = threading.Thread(target=issuer.serve_forever)
        serving.start()
        address = f"http://127.0.0.1:{issuer.server_port}/keys.json"
        with served(tmp_path / "data", access={"oidc": an_issuer(address)}) as server:
            assert is_let_in(server, issuer_key)
        issuer.shutdown()
        serving.join()


def test_a_new_key_of_an_issuer_is_read_when_the_first_token_names_it(tmp_path: Path, issuer_key: OKPKey) -> None:
    """And made-up keys make us ask no more often."""
    asked: list[str] = []

    class Counted(QuietFiles):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Counted, directory=str(tmp_path))) as issuer:
        serving = threading.Thread(target=issuer.serve_forever)
        serving.start()
        address = f"http://127.0.0.1:{issuer.server_port}/keys.json"
        with served(tmp_path / "data", access={"oidc": an_issuer(address)}) as server:
            assert is_let_in(server, issuer_key)
            new = publish(tmp_path, "2")
            assert is_let_in(server, new)
            assert not is_let_in(server, issuer_key)
            for number in range(5):
                assert not is_let_in(server, OKPKey.generate_key("Ed25519", {"kid": f"made-up-{number}"}))
        issuer.shutdown()
        serving.join()
    assert len(asked) == 2


def test_an_issuer_that_was_away_at_the_start_is_trusted_as_soon_as_it_is_back(tmp_path: Path) -> None:
    with served(tmp_path / "data", access={"oidc": an_issuer((tmp_path / "keys.json").as_uri())}) as server:
        key = publish(tmp_path, "1")
        assert is_let_in(server, key)


def publish(folder: Path, kid: str) -> OKPKey:
    """A new key, the only one that the issuer publishes from now on."""
    key = OKPKey.generate_key("Ed25519", {"kid": kid})
    (folder / "keys.json").write_text(json.dumps(KeySet([key]).as_dict(private=False)), encoding="utf-8")
    return key


class QuietFiles(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing: the test's output is no place for an access log."""


@pytest.mark.parametrize(
    "address", ["https://127.0.0.1:9/keys", "http://keys.example/keys", "file:///nowhere/keys.json"]
)
def test_an_issuer_whose_keys_cannot_be_had_holds_nobody_up(tmp_path: Path, address: str) -> None:
    with served(tmp_path / "data", access={"oidc": an_issuer(address)}) as server:
        assert server.request("GET", "/readyz").status == 200
        server.get("/api/v1/clues", Role.AUDITOR)


PROGRAM = """
import sys
from pathlib import Path
from infra.serving.server import run
from infra.settings import Settings
run(Settings.model_validate({"data": Path(sys.argv[1]), "http": {"port": int(sys.argv[2])}}))
"""


def test_sigterm_ends_the_server_after_committing_what_it_accepted(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "data"), str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    with served(tmp_path / "data") as server:
        event = a_message(a_payment(), source=SOURCE, id="after")
        assert server.send(event, form=EVENT, actor=ACTORS[Role.SOURCE]).status == 202
