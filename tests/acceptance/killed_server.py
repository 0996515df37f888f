"""A server that may be killed at any moment, and started again."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path

from domain.access import Actor, Role
from infra.command_line.local_user import open_access
from infra.installation import Installation
from infra.settings import Settings
from tests.source_builders import register_in

A_DAY = timedelta(days=1)
PROGRAM = Path(sys.executable).with_name("tender-monitor")


@dataclass
class Server:
    """``tender-monitor serve`` as a process of its own, started again after every death."""

    folder: Path
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    url: str | None = None
    groups: list[int] = field(default_factory=list)

    def start(self) -> None:
        command: list[str | Path] = [PROGRAM, "serve", "--data", self.folder, "--port", "0", "--json"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, start_new_session=True)
        self.groups.append(self.process.pid)
        self.url = self._announced()

    def _announced(self) -> str:
        """The address it prints as an object, once it listens."""
        assert self.process is not None
        assert self.process.stdout is not None
        said = b""
        while not said.rstrip().endswith(b"}"):
            line = self.process.stdout.readline()
            assert line, f"the server ended before it listened: {self.log.read_text(encoding='utf-8')[-4_000:]}"
            said += line
        url: str = json.loads(said)["url"]
        return url

    def kill(self) -> None:
        """``kill -9``: nobody is told, nothing is tidied up."""
        assert self.process is not None
        self.url = None
        self.process.kill()
        self.process.wait()
        self._hang_up()

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(timeout=60) == 0
        self._hang_up()

    def _hang_up(self) -> None:
        if self.process is not None and self.process.stdout is not None:
            self.process.stdout.close()

    def clean_up(self) -> None:
        for group in self.groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        if self.process is not None and self.process.poll() is None:
            self.kill()


@contextmanager
def server_in(folder: Path) -> Iterator[Server]:
    server = Server(folder, folder.with_suffix(".log"))
    try:
        server.start()
        yield server
    finally:
        server.clean_up()


def tokens(folder: Path, *sources: str) -> Callable[[str], str]:
    """A token for each source; all of them are registered."""
    with closing(Installation.open(Settings(data=folder))) as installation:
        register_in(installation, *sources)
    access = open_access(Settings(data=folder))
    return cache(lambda source: access.issue_token(Actor(Role.SOURCE, source, source=source), expires=A_DAY))
