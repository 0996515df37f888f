"""A real server on a data folder: ``tender-monitor serve`` as a process of its own."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.ports import free_port

PROGRAM = Path(sys.executable).with_name("tender-monitor")
START_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    data: Path
    process: "subprocess.Popen[bytes]"

    def register(self, source: str) -> None:
        """Everything, of the whole country."""
        command = [str(PROGRAM), "source", "add", source, "--types", "*", "--areas", "*", "--owner", "bench"]
        subprocess.run([*command, "--data", str(self.data)], check=True, capture_output=True)

    def token(self, role: str, *flags: str) -> str:
        """A bearer token of this install."""
        command = [str(PROGRAM), "token", "--data", str(self.data), "--role", role, *flags]
        return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout.strip()


@contextmanager
def serving(data: Path) -> Iterator[Server]:
    """A server that is ready; ended afterwards."""
    port = free_port()
    command = [str(PROGRAM), "serve", "--data", str(data), "--host", "127.0.0.1", "--port", str(port)]
    log = data / "bench-server.log"
    with log.open("wb") as errors, subprocess.Popen(command, stdout=errors, stderr=errors) as process:
        server = Server(f"http://127.0.0.1:{port}", data, process)
        try:
            _await_ready(server, log)
            yield server
        finally:
            process.terminate()


def _await_ready(server: Server, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise RuntimeError(f"the server ended: {log.read_text(encoding='utf-8', errors='replace')[-2_000:]}")
        try:
            with urllib.request.urlopen(f"{server.url}/readyz", timeout=2):  # noqa: S310  # our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("the server did not become ready")
