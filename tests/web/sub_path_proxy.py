"""A proxy that gives the server a path of its own under its name, as nginx does with ``proxy_pass http://server/;``."""

import http.client
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final
from urllib.parse import urlsplit

_OF_ONE_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
PIECE_BYTES: Final = 64 * 1024


@contextmanager
def sub_path_proxy(port: int, prefix: str, server: str) -> Iterator[None]:
    """Listens on ``port`` of loopback; everything outside ``prefix`` is 502."""
    upstream = urlsplit(server).netloc

    class Handler(BaseHTTPRequestHandler):
        def _forward(self) -> None:
            if not self.path.startswith(f"{prefix}/"):
                self.send_error(502)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            with closing(http.client.HTTPConnection(upstream, timeout=60)) as connection:
                connection.request(self.command, self.path.removeprefix(prefix), body, dict(self.headers.items()))
                self._answer(connection.getresponse())

        def do_GET(self) -> None:
            self._forward()

        def do_POST(self) -> None:
            self._forward()

        def _answer(self, answer: http.client.HTTPResponse) -> None:
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _OF_ONE_HOP:
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            while piece := answer.read1(PIECE_BYTES):
                self.wfile.write(piece)

        def log_message(self, *_: object) -> None:
            """Nothing: the test's output is no place for an access log."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as proxy:
        proxy.daemon_threads = True
        serving = Thread(target=proxy.serve_forever)
        serving.start()
        yield
        proxy.shutdown()
        serving.join()
