"""Webhooks as receivers verify them: by the libraries of svix and of Standard Webhooks for Node.js."""

import json
import subprocess
from pathlib import Path

from tests.infra.http.served import served
from tests.infra.serving.test_webhooks import SECRET, eventually, is_known, receiving, webhook_to


def test_what_serve_posts_is_accepted_and_a_changed_body_is_not(node: Path, packages: Path, tmp_path: Path) -> None:
    with receiving() as receiver, served(tmp_path / "data", webhooks=[webhook_to(receiver)]) as server:
        eventually(lambda: is_known(server))
        opening = server.a_suspicious_opening()
        eventually(lambda: receiver.posts)
        post = receiver.posts[0]
    done = subprocess.run(
        [str(node), "webhooks.mjs"],
        check=True,
        cwd=packages,
        env={"SECRET": SECRET},
        input=json.dumps(post),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.stdout.splitlines() == [f"accepted {opening.clue_id}", "changed: refused"]
