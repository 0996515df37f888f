"""A time server is asked over the network, and believed only where it says that it is set."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from infra.time_servers import asked

SAID = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
_SECONDS = int((SAID - datetime(1900, 1, 1, tzinfo=UTC)).total_seconds())


@contextmanager
def server(*, mode: int = 4, stratum: int = 2, length: int = 48) -> Iterator[str]:
    """Answers one question, on a port of its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(20)

        def answer() -> None:
            question, whose = listening.recvfrom(512)
            assert question[0] == 0x23
            head = bytes([4 << 3 | mode, stratum]) + bytes(38)
            listening.sendto((head + struct.pack("!II", _SECONDS & 0xFFFFFFFF, 1 << 31))[:length], whose)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            thread.join()


def test_the_moment_of_the_answer_is_read() -> None:
    with server() as name:
        assert asked(name) == SAID + timedelta(seconds=0.5)


def test_a_server_that_is_not_set_itself_says_nothing() -> None:
    for wrong in ({"stratum": 0}, {"stratum": 16}, {"mode": 3}, {"length": 40}):
        with server(**wrong) as name:
            assert asked(name) is None


def test_a_server_that_is_not_there_says_nothing() -> None:
    assert asked("127.0.0.1:1") is None
    assert asked("no-such-host.invalid") is None
