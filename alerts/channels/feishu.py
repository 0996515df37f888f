"""Feishu 飞书: robots of a group, as open.feishu.cn/document/client-docs/bot-v3/add-custom-bot says.

Signed over the time in seconds, in the body: time and secret are the *key* of an empty message. Success is ``code`` 0;
100 messages a minute, five a second; a body has at most 20 KB.
"""

import base64
import hmac
from datetime import datetime, timedelta
from typing import Any, Final

from alerts.channels.channel import Letter
from alerts.channels.robot import Dialect, Request, Robot, cut

_MOST_BYTES: Final = 18_000


def _request(robot: Robot, letter: Letter, at: datetime) -> Request:
    content = cut(f"{letter.subject}\n{letter.text}", _MOST_BYTES)
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": content}}
    if robot.secret is not None:
        timestamp = str(int(at.timestamp()))
        mac = hmac.digest(f"{timestamp}\n{robot.secret}".encode(), b"", "sha256")
        body |= {"timestamp": timestamp, "sign": base64.b64encode(mac).decode()}
    return Request(robot.url, body)


FEISHU: Final = Dialect(
    kind="feishu",
    per_minute=100,
    code_field="code",
    too_fast={11232: timedelta(minutes=1), 99991400: timedelta(seconds=5)},
    busy=frozenset(),
    request=_request,
)
"""11232 and 99991400 sent too fast. 19021 (signature), 19022 (address) and 19024 (keyword) stay as they are."""
