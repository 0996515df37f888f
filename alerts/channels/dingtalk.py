"""DingTalk 钉钉: robots of a group, as open.dingtalk.com/document/robots/custom-robot-access says.

Signed (加签) over the time in milliseconds. Success is ``errcode`` 0 under HTTP 200; more than 20 messages in a minute
are refused for ten minutes.
"""

import base64
import hmac
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from alerts.channels.channel import Letter
from alerts.channels.robot import Dialect, Request, Robot, cut

_MOST_BYTES: Final = 18_000
"""The whole body may have 20,000."""


def _request(robot: Robot, letter: Letter, at: datetime) -> Request:
    content = cut(f"{letter.subject}\n{letter.text}", _MOST_BYTES)
    return Request(_signed(robot, at), {"msgtype": "text", "text": {"content": content}})


def _signed(robot: Robot, at: datetime) -> str:
    if robot.secret is None:
        return robot.url
    timestamp = int(at.timestamp() * 1_000)
    mac = hmac.digest(robot.secret.encode(), f"{timestamp}\n{robot.secret}".encode(), "sha256")
    given = urlencode({"timestamp": timestamp, "sign": base64.b64encode(mac).decode()})
    return f"{robot.url}{'&' if '?' in robot.url else '?'}{given}"


DINGTALK: Final = Dialect(
    kind="dingtalk",
    per_minute=20,
    code_field="errcode",
    too_fast={130101: timedelta(minutes=10), 410100: timedelta(minutes=10), 90030: timedelta(minutes=10)},
    busy=frozenset({-1}),
    request=_request,
)
"""130101 and 410100 sent too fast, 90030 over the limit, -1 system busy. 310000 means that keyword, signature or
address is not what the robot wants."""
