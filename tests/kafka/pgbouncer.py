"""The pooler that most installations have: from this machine, or from the Debian packages."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
import pytest
from sqlalchemy import make_url

from bench.ports import free_port
from bench.postgresql import server_owner
from tests.kafka.cluster import eventually
from tests.kafka.distribution import locked

CACHE: Final = Path(__file__).parents[2] / ".cache" / "pgbouncer"
_PACKAGES: Final = ("pgbouncer", "libevent-2.1-7", "libc-ares2")
_PROGRAM: Final = Path("usr/sbin/pgbouncer")


class PoolerUnavailable(Exception):
    """No pgbouncer could be started; the message says why."""


@dataclass
class Pgbouncer:
    """``url`` is the database's, by way of the pooler."""

    command: list[str | Path]
    environment: dict[str, str]
    url: str
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        user, group = server_owner()
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(
            self.command, stdout=quiet, stderr=quiet, env=self.environment, user=user, group=group
        )
        eventually(self._answers)

    def restart(self) -> None:
        """All its connections are broken."""
        self.stop()
        self.start()

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=30)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def pgbouncer_or_skipped(database: str, *, mode: str) -> Iterator[Pgbouncer]:
    """As :func:`running_pgbouncer`. Not in CI either must it be there: few machines have packages of Debian."""
    with ExitStack() as stack:
        try:
            pooler = stack.enter_context(running_pgbouncer(database, mode=mode))
        except PoolerUnavailable as unavailable:
            pytest.skip(f"pgbouncer cannot be had: {unavailable}")
        yield pooler


@contextmanager
def running_pgbouncer(database: str, *, mode: str) -> Iterator[Pgbouncer]:
    """Before ``database``, in pool mode ``session`` or ``transaction``; raises :class:`PoolerUnavailable`."""
    program, environment = _program()
    folder = Path(tempfile.mkdtemp(prefix="monitor-pgbouncer-"))
    folder.chmod(0o755)
    url, port = make_url(database), free_port()
    settings = folder / "pgbouncer.ini"
    behind = f"host={url.host} port={url.port} dbname={url.database} user={url.username}"
    settings.write_text(
        f"[databases]\n{url.database} = {behind}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        f"pool_mode = {mode}\ndefault_pool_size = 100\nmax_client_conn = 200\n",
        encoding="ascii",
    )
    through = url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
    pooler = Pgbouncer([program, settings], environment, through)
    try:
        pooler.start()
        yield pooler
    finally:
        pooler.stop()
        shutil.rmtree(folder)


def _program() -> tuple[Path, dict[str, str]]:
    """And the environment it needs."""
    found = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is not None:
        return Path(found), dict(os.environ)
    with locked():
        if not (CACHE / _PROGRAM).exists():
            _fetch()
    libraries = ":".join(map(str, (CACHE / "usr" / "lib").glob("*-linux-gnu*")))
    return CACHE / _PROGRAM, {**os.environ, "LD_LIBRARY_PATH": libraries}


def _fetch() -> None:
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE.parent) as temporary:
        try:
            subprocess.run(
                ["apt-get", "download", *_PACKAGES], cwd=temporary, check=True, capture_output=True, timeout=120
            )
            draft = Path(temporary, "unpacked")
            for package in Path(temporary).glob("*.deb"):
                subprocess.run(["dpkg-deb", "--extract", package, draft], check=True, capture_output=True)
        except (OSError, subprocess.SubprocessError) as error:
            raise PoolerUnavailable(f"neither a pgbouncer nor its Debian packages are to be had: {error}") from error
        shutil.rmtree(CACHE, ignore_errors=True)
        shutil.move(draft, CACHE)
