"""A connection between two programs that can fall silent: what comes is taken, and nothing is passed on."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """Connections that are made after :meth:`fall_silent` are passed on again."""

    port: int
    target: tuple[str, int]
    _silent: threading.Event = field(default_factory=threading.Event)
    _near: list[socket.socket] = field(default_factory=list)
    _far: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def fall_silent(self) -> None:
        """All connections there are stay open, and are dead."""
        self._silent.set()
        self._silent = threading.Event()

    def drop(self) -> None:
        """What the server's keepalives find after half a minute: nobody is there. A loopback answers them for ever."""
        _shut(self._far)

    def serve(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection(self.target)
                self._near.append(near)
                self._far.append(far)
                for one, other in ((near, far), (far, near)):
                    thread = threading.Thread(target=_pass_on, args=(one, other, self._silent), daemon=True)
                    thread.start()
                    self._threads.append(thread)

    def close(self) -> None:
        _shut(self._near)
        _shut(self._far)
        for thread in self._threads:
            thread.join()


def _pass_on(one: socket.socket, other: socket.socket, silent: threading.Event) -> None:
    with closing(one), suppress(OSError):
        while taken := one.recv(65_536):
            if not silent.is_set():
                other.sendall(taken)
        if not silent.is_set():
            other.shutdown(socket.SHUT_RDWR)


def _shut(sockets: list[socket.socket]) -> None:
    while sockets:
        with suppress(OSError):
            sockets.pop().shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy(host: str, port: int) -> Iterator[Proxy]:
    """Listens on a loopback port of its own."""
    listening = socket.create_server(("127.0.0.1", 0))
    one = Proxy(listening.getsockname()[1], (host, port))
    accepting = threading.Thread(target=one.serve, args=(listening,), daemon=True)
    accepting.start()
    try:
        yield one
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        accepting.join()
        one.close()
