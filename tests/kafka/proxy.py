"""A connection between two programs on which everything can go wrong that a network does.

As a program, ``python -m tests.kafka.proxy HOST PORT LISTENING_AT``, it prints its port and takes the names of
:class:`Proxy`'s methods from standard input: inside a test, what the test computes would delay what it passes on.
"""

import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""What a socket that lingers so does when it is closed: it says nothing, and resets the connection."""


class _Link:
    """One connection through the proxy."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self.ends = (near, far)
        self.silent = threading.Event()

    def break_off(self) -> None:
        for end in self.ends:
            _shut(end, socket.SHUT_RDWR)

    def reset(self) -> None:
        """Both ends get a RST: their threads are woken, and close."""
        self.silent.set()
        for end in self.ends:
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        for end in self.ends:
            _shut(end, socket.SHUT_RD)


@dataclass
class Proxy:
    """Passes on what comes until it is told otherwise."""

    port: int
    target: tuple[str, int]
    _delay_seconds: float = 0.0
    _flowing: threading.Event = field(default_factory=threading.Event)
    _refusing: bool = False
    _ended: bool = False
    _links: list[_Link] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def fall_silent(self) -> None:
        """All connections there are stay open, and are dead: half open. New ones are passed on again."""
        for link in self._links:
            link.silent.set()

    def drop(self) -> None:
        """What the server's keepalives find after half a minute: nobody is there. A loopback answers them for ever."""
        for link in self._links:
            _shut(link.ends[1], socket.SHUT_RDWR)

    def delay(self, seconds: float) -> None:
        """Whatever comes arrives so much later, until :meth:`heal`."""
        self._delay_seconds = seconds

    def hold(self) -> None:
        """Nothing arrives until :meth:`heal`, as where packets are lost and sent again."""
        self._flowing.clear()

    def reset(self) -> None:
        """All connections there are end with a RST."""
        links, self._links = self._links, []
        for link in links:
            link.reset()

    def cut(self) -> None:
        """No connection goes on, and none is made, until :meth:`heal`."""
        self._refusing = True
        self.reset()

    def heal(self) -> None:
        self._delay_seconds = 0.0
        self._refusing = False
        self._flowing.set()

    def serve(self, listening: socket.socket) -> None:
        while not self._ended:
            # A client that is killed while it connects ends no other connection.
            with suppress(OSError):
                near, _ = listening.accept()
                self._connect(near)

    def _connect(self, near: socket.socket) -> None:
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self._refusing:
                raise ConnectionRefusedError
            far = socket.create_connection(self.target)
        except OSError:
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            near.close()
            return
        far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = _Link(near, far)
        self._links.append(link)
        for one, other in (link.ends, link.ends[::-1]):
            thread = threading.Thread(target=self._pass_on, args=(link, one, other), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _pass_on(self, link: _Link, one: socket.socket, other: socket.socket) -> None:
        with closing(one):
            with suppress(OSError):
                while taken := one.recv(65_536):
                    time.sleep(self._delay_seconds)
                    self._flowing.wait()
                    if not link.silent.is_set():
                        other.sendall(taken)
            if not link.silent.is_set():
                _shut(other, socket.SHUT_RDWR)

    def end(self) -> None:
        """No connection is accepted any more; the listening socket is then to be shut down."""
        self._ended = True

    def close(self) -> None:
        self.heal()
        for link in self._links:
            link.break_off()
        for thread in self._threads:
            thread.join()


def _shut(one: socket.socket, how: int) -> None:
    with suppress(OSError):
        one.shutdown(how)


@contextmanager
def proxy(host: str, port: int, *, listening_at: int = 0) -> Iterator[Proxy]:
    """Listens on a loopback port, by default on a free one."""
    listening = socket.create_server(("127.0.0.1", listening_at))
    one = Proxy(listening.getsockname()[1], (host, port))
    one.heal()
    accepting = threading.Thread(target=one.serve, args=(listening,), daemon=True)
    accepting.start()
    try:
        yield one
    finally:
        one.end()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        accepting.join()
        one.close()


class ProxyProcess:
    """A proxy with a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.port = int(self._answer())

    def fall_silent(self) -> None:
        self._tell("fall_silent")

    def drop(self) -> None:
        self._tell("drop")

    def delay(self, seconds: float) -> None:
        self._tell(f"delay {seconds}")

    def hold(self) -> None:
        self._tell("hold")

    def reset(self) -> None:
        self._tell("reset")

    def cut(self) -> None:
        self._tell("cut")

    def heal(self) -> None:
        self._tell("heal")

    def _tell(self, what: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()
        self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextmanager
def proxy_process(host: str, port: int, *, listening_at: int = 0) -> Iterator[ProxyProcess]:
    """It ends with the block."""
    command = [sys.executable, "-m", "tests.kafka.proxy", host, str(port), str(listening_at)]
    # A session of its own: a test that is interrupted still heals its network.
    with subprocess.Popen(
        command,
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="ascii",
        start_new_session=True,
    ) as process:
        try:
            yield ProxyProcess(process)
        finally:
            process.kill()


def _run(host: str, port: int, listening_at: int) -> None:
    with proxy(host, port, listening_at=listening_at) as one:
        _say(one.port)
        for line in sys.stdin:
            name, *numbers = line.split()
            getattr(one, name)(*map(float, numbers))
            _say("done")


def _say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
