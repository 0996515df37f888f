"""One process is enough: ``serve`` posts to the webhooks of its settings."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from standardwebhooks import Webhook

from alerts.endpoints import enable, endpoint_states
from domain.access import Role
from tests.infra.http.served import JURISDICTION, Served, served

SECRET = "whsec_" + "c2VjcmV0" * 4


@dataclass
class Receiver:
    """Answers with ``status``; ``got`` is what came with a signature that the library of the standard accepts."""

    url: str = ""
    status: int = 204
    got: list[dict[str, Any]] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    """Headers and bodies as they came."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.posts.append({"headers": headers, "body": body.decode()})
            found.got.append(Webhook(SECRET).verify(body, headers))
            self.send_response(found.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: the test's output is no place for an access log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        found.url = f"http://127.0.0.1:{server.server_port}/hook"
        yield found
        server.shutdown()
        serving.join()


def eventually(question: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not question():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def webhook_to(receiver: Receiver) -> dict[str, Any]:
    return {
        "name": "city",
        "url": receiver.url,
        "role": Role.SUPERVISOR,
        "key": JURISDICTION,
        "secrets": [SECRET],
        "private_addresses": True,
    }


def is_known(server: Served) -> bool:
    """From now on the endpoint gets what comes; it gets nothing that was told before."""
    with server.running.installation.database.read() as connection:
        return bool(endpoint_states(connection))


def test_serve_alone_posts_notices_and_shows_who_wants_no_more(tmp_path: Path) -> None:
    with receiving() as receiver, served(tmp_path / "data", webhooks=[webhook_to(receiver)]) as server:
        eventually(lambda: is_known(server))
        opening = server.a_suspicious_opening()
        eventually(lambda: receiver.got)
        assert receiver.got[0]["data"]["clue_id"] == opening.clue_id

        receiver.status = 410
        refused = server.a_suspicious_opening()
        off = 'tender_monitor_webhook_disabled{endpoint="city",shard=""} 1.0'
        eventually(lambda: off in server.request("GET", "/metrics").body.decode())

        receiver.status = 204
        with server.running.installation.database.transaction() as connection:
            assert enable(connection, "city", datetime.now(UTC))
        eventually(lambda: [each["data"]["clue_id"] for each in receiver.got].count(refused.clue_id) >= 2)
        told = server.request("GET", "/metrics").body.decode()
        assert 'tender_monitor_webhook_disabled{endpoint="city",shard=""} 0.0' in told
        assert 'tender_monitor_webhook_deliveries_total{endpoint="city",result="closed",shard=""} 0.0' in told
