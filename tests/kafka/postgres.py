"""A PostgreSQL that can be restarted under whoever is connected."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from bench.postgresql import _start_postgres, server_owner
from tests.kafka.cluster import eventually


@dataclass
class Postgres:
    process: "subprocess.Popen[bytes]"
    url: str

    def stop(self, number: int = signal.SIGINT) -> None:
        """At once, as a fast shutdown does: every connection is broken. By SIGQUIT as if the power had failed."""
        self.process.send_signal(number)
        self.process.wait(timeout=30)

    def processes(self) -> list[psutil.Process]:
        """The server, and one for each connection and each of its own tasks."""
        server = psutil.Process(self.process.pid)
        return [server, *server.children()]

    def start(self) -> None:
        user, group = server_owner()
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(
            self.process.args, stdout=quiet, stderr=quiet, user=user, group=group, start_new_session=True
        )
        eventually(self._answers)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def restartable_postgres(folder: Path | None = None) -> Iterator[Postgres]:
    """With its data in ``folder``, else in one of its own; raises PostgresUnavailable."""
    folder = folder or Path(tempfile.mkdtemp(prefix="monitor-postgres-"))
    process, url = _start_postgres(folder, "off")
    postgres = Postgres(process, url)
    try:
        yield postgres
    finally:
        if postgres.process.poll() is None:
            postgres.stop()
        shutil.rmtree(folder)
