"""``serve`` sends by the channels of its settings, shows what failed, and sends it again."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from domain.access import Role
from tests.infra.http.served import FOREIGN, served
from tests.infra.serving.test_webhooks import eventually


@dataclass
class Robot:
    """Answers with ``errcode``; ``got`` are the texts."""

    url: str = ""
    errcode: int = 0
    got: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)


@contextmanager
def robot() -> Iterator[Robot]:
    found = Robot()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.got.append(body["text"]["content"])
            found.ids.append(self.headers["X-Request-Id"])
            answer = json.dumps({"errcode": found.errcode, "errmsg": ""}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nothing: the test's output is no place for an access log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        found.url = f"http://127.0.0.1:{server.server_port}/send?key=k"
        yield found
        server.shutdown()
        serving.join()


def channels_to(found: Robot) -> dict[str, Any]:
    return {"wecom": [{"name": "wecom-city", "url": found.url, "private_addresses": True}]}


def test_a_test_message_arrives_what_failed_is_listed_and_sent_again_under_its_id(tmp_path: Path) -> None:
    with robot() as found, served(tmp_path / "data", channels=channels_to(found)) as server:
        as_json = {"Content-Type": "application/json"}
        path, operator = "/api/v1/channels/wecom-city/test", FOREIGN[Role.OPERATOR]
        assert server.request("POST", path, operator, headers=as_json).status == 202
        eventually(lambda: found.got)
        assert "测试消息" in found.got[0]

        found.errcode = 93000
        row_id = server.request("POST", path, operator, body=b'{"language": "en"}', headers=as_json).json()[
            "notification_id"
        ]
        failed = "/api/v1/notifications?status=failed"
        eventually(lambda: server.get(failed, Role.OPERATOR)["items"])
        (item,) = server.get(failed, Role.OPERATOR)["items"]
        assert (item["notification_id"], item["reason"]) == (row_id, "errcode-93000")
        assert 'channel_letters_total{channel="wecom-city",result="failed",shard=""} 1.0' in str(
            server.request("GET", "/metrics").body
        )

        found.errcode = 0
        again = f"/api/v1/notifications/{row_id}/resend"
        assert server.request("POST", again, operator).json()["status"] == "waiting"
        eventually(lambda: found.ids.count(row_id) == 2)
        eventually(lambda: server.request("POST", again, operator).status == 409)
        (channel,) = server.get("/api/v1/channels", Role.OPERATOR)["items"]
        assert (channel["kind"], channel["accepted"], channel["failed"]) == ("wecom", 2, 0)
        assert server.request("POST", "/api/v1/channels/other/test", operator, headers=as_json).status == 404
        assert server.request("GET", failed, FOREIGN[Role.SUPERVISOR]).status == 403
