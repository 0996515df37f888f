"""Asking time servers what time it is (SNTP, RFC 4330)."""

import socket
import struct
from datetime import UTC, datetime, timedelta
from typing import Final

_PORT: Final = 123
_ASKING: Final = bytes([0x23]) + bytes(47)
"""Version 4, a client."""
_EPOCH: Final = datetime(1900, 1, 1, tzinfo=UTC)
_ERA: Final = timedelta(seconds=2**32)
_SERVER: Final = 4
_ANSWER_SECONDS: Final = 2.0


def asked(server: str) -> datetime | None:
    """What ``server``, a name with or without a port, answers within two seconds; None where it says nothing."""
    host, _, port = server.partition(":")
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(_ANSWER_SECONDS)
            asking.connect((host, int(port or _PORT)))
            asking.send(_ASKING)
            return _moment(asking.recv(512))
    except OSError:
        return None


def _moment(answer: bytes) -> datetime | None:
    """When the answer was sent. A server that is not set itself says so by its stratum, 0 or 16."""
    if len(answer) < len(_ASKING) or answer[0] & 7 != _SERVER or answer[1] not in range(1, 16):
        return None
    seconds, fraction = struct.unpack("!II", answer[40:48])
    moment = _EPOCH + timedelta(seconds=seconds + fraction / 2**32)
    # The seconds begin anew in 2036.
    return moment if seconds >> 31 else moment + _ERA
