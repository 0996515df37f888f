"""A pooler in transaction mode: many clients, one connection, which belongs to a client for one transaction.

It speaks as much of PostgreSQL's protocol as that takes, to a server that trusts whoever connects.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

_ENCRYPTION = (80877103, 80877104)
"""Requests for TLS or GSSAPI, which come instead of a first startup message."""


class _Closed(Exception):
    pass


def _take(one: socket.socket, size: int) -> bytes:
    taken = b""
    while len(taken) < size:
        part = one.recv(size - len(taken))
        if not part:
            raise _Closed
        taken += part
    return taken


def _message(one: socket.socket) -> tuple[bytes, bytes]:
    """Its type and all its bytes."""
    head = _take(one, 5)
    return head[:1], head + _take(one, struct.unpack("!I", head[1:])[0] - 4)


def _startup(one: socket.socket) -> bytes:
    while True:
        size = _take(one, 4)
        body = _take(one, struct.unpack("!I", size)[0] - 4)
        if struct.unpack("!I", body[:4])[0] not in _ENCRYPTION:
            return size + body
        one.sendall(b"N")


class _Pool:
    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._free = threading.Lock()
        self._server: socket.socket | None = None
        self._greeting = b""

    def serve(self, client: socket.socket) -> None:
        with suppress(_Closed, OSError), closing(client):
            startup = _startup(client)
            with self._free:
                self._connect(startup)
            client.sendall(self._greeting)
            waiting = b""
            while True:
                kind, message = _message(client)
                waiting += message
                if kind == b"X":
                    return
                if kind in b"QS":
                    with self._free:
                        self._transaction(client, waiting)
                    waiting = b""

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    def _connect(self, startup: bytes) -> None:
        if self._server is None:
            self._server = socket.create_connection(self._target)
            self._server.sendall(startup)
            kind = b""
            while kind != b"Z":
                kind, message = _message(self._server)
                self._greeting += message

    def _transaction(self, client: socket.socket, asked: bytes) -> None:
        assert self._server is not None
        self._server.sendall(asked)
        while True:
            kind, message = _message(self._server)
            client.sendall(message)
            if kind == b"Z":
                if message[-1:] == b"I":
                    return
                self._server.sendall(_message(client)[1])


@contextmanager
def pooler(host: str, port: int) -> Iterator[int]:
    """The loopback port it listens on."""
    pool = _Pool(host, port)

    def accept(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                threading.Thread(target=pool.serve, args=(client,), daemon=True).start()

    with closing(socket.create_server(("127.0.0.1", 0))) as listening, closing(pool):
        accepting = threading.Thread(target=accept, args=(listening,), daemon=True)
        accepting.start()
        try:
            yield listening.getsockname()[1]
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            listening.close()
            accepting.join(10)
