"""WeCom 企业微信: robots of a group, as developer.work.weixin.qq.com/document/path/91770 says.

The key stands in the address. Success is ``errcode`` 0 under HTTP 200; 20 messages a minute; a text has at most
2,048 bytes.
"""

from datetime import datetime, timedelta
from typing import Final

from alerts.channels.channel import Letter
from alerts.channels.robot import Dialect, Request, Robot, cut

_MOST_BYTES: Final = 2_048


def _request(robot: Robot, letter: Letter, at: datetime) -> Request:  # noqa: ARG001 - this maker signs nothing
    content = cut(f"{letter.subject}\n{letter.text}", _MOST_BYTES)
    return Request(robot.url, {"msgtype": "text", "text": {"content": content}})


WECOM: Final = Dialect(
    kind="wecom",
    per_minute=20,
    code_field="errcode",
    too_fast={45009: timedelta(minutes=1), 45033: timedelta(seconds=5)},
    busy=frozenset({-1}),
    request=_request,
)
"""45009 freq out of limit, 45033 too many at once, -1 system busy."""
