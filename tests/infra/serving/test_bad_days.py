"""A clock that jumps and a disk that is full, read-only or gone: said at once, nothing lost, and a way back."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from domain.access import Role
from infra.recording_clock import confirm
from infra.serving.server import running
from tests.builders import a_message, a_payment
from tests.infra.http.served import SOURCE, Served, served
from tests.infra.test_recording_clock import Machine
from tests.ledger_events import events_of


def a_fact(number: int) -> dict[str, Any]:
    return a_message(a_payment(month=f"2024-{number:02}"), source=SOURCE, id=f"paid-{number}")


def eventually(held: Callable[[], bool], within_seconds: float = 30) -> None:
    deadline = time.monotonic() + within_seconds
    while not held():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


def measured(server: Served, name: str) -> float:
    text = server.request("GET", "/metrics").body.decode()
    return next(float(line.split()[1]) for line in text.splitlines() if line.startswith(f"tender_monitor_{name} "))


def is_ready(server: Served) -> bool:
    return server.request("GET", "/readyz").status == 200


def reads(server: Served) -> bool:
    return bool(server.get("/api/v1/clues", Role.AUDITOR)["items"] == [])


def recorded(server: Served) -> list[str]:
    """The types of all facts but the registrations of sources."""
    with server.running.installation.database.read() as connection:
        topics = [topic for *_, topic, _ in events_of(connection)]
    types = [topic.removeprefix("tender-integrity.").removesuffix(".v1") for topic in topics]
    return [each for each in types if each != "source.registered"]


def test_a_clock_that_jumps_stops_recording_until_somebody_confirms_it(tmp_path: Path) -> None:
    machine = Machine()
    data = tmp_path / "data"
    data.mkdir()
    clock = machine.clock(data)
    with served(data, start=partial(running, watched=clock)) as server:
        server.register(SOURCE)
        assert server.send(a_fact(1)).status == 202
        machine.wall += timedelta(days=3 * 365)
        refused = server.send(a_fact(2))
        assert (refused.status, refused.json()["code"]) == (503, "clock_ahead")
        assert "clock confirm" in refused.json()["detail"]
        assert not is_ready(server)
        assert "clock" in server.request("GET", "/readyz").json()["problems"][0]
        assert measured(server, "clock_ahead_seconds") > 600
        assert measured(server, "ready") == 0
        assert reads(server)
        assert recorded(server) == ["insurance-paid"]
        confirm(data, by="wang (command line)", reason="CMOS battery replaced", now=machine.wall)
        eventually(lambda: is_ready(server))
        assert server.send(a_fact(2)).status == 202
        assert recorded(server) == ["insurance-paid", "clock-confirmed", "insurance-paid"]


def test_a_clock_that_is_set_right_again_needs_nobody(tmp_path: Path) -> None:
    machine = Machine()
    (tmp_path / "data").mkdir()
    with served(tmp_path / "data", start=partial(running, watched=machine.clock(tmp_path / "data"))) as server:
        server.register(SOURCE)
        machine.wall += timedelta(hours=1)
        assert server.send(a_fact(1)).status == 503
        machine.wall -= timedelta(hours=1)
        eventually(lambda: is_ready(server))
        assert server.send(a_fact(1)).status == 202


def test_below_the_reserve_no_facts_are_taken_in_and_reading_goes_on(tmp_path: Path) -> None:
    with served(tmp_path / "data", disk={"reserve_mib": 10**9}) as server:
        refused = server.send(a_fact(1))
        assert (refused.status, refused.json()["code"]) == (507, "disk_full")
        assert "reserve" in refused.json()["detail"]
        assert not is_ready(server)
        assert measured(server, "disk_free_bytes") < measured(server, "disk_reserve_bytes")
        assert reads(server)
        assert recorded(server) == []


def test_a_data_folder_that_is_gone_takes_nothing_in(tmp_path: Path) -> None:
    with served(tmp_path / "data") as server:
        (tmp_path / "data").rename(tmp_path / "elsewhere")
        refused = server.send(a_fact(1))
        assert (refused.status, refused.json()["code"]) == (503, "disk_failed")
        assert not is_ready(server)
        (tmp_path / "elsewhere").rename(tmp_path / "data")
        assert server.send(a_fact(1)).status == 202
        assert is_ready(server)


def test_a_database_that_may_not_grow_answers_507_and_goes_on_where_it_may(tmp_path: Path) -> None:
    with served(tmp_path / "data") as server:
        assert server.send(a_fact(1)).status == 202
        writer = server.running.installation.database.engine

        def may_have(pages: int) -> None:
            with writer.connect() as connection:
                connection.exec_driver_sql(f"PRAGMA max_page_count={pages}").close()

        may_have(1)  # SQLite takes the number of pages there are.
        many = [a_message(a_payment(month="2024-02"), source=SOURCE, id=f"{n}-{'x' * 150}") for n in range(300)]
        refused = server.send(*many)
        assert (refused.status, refused.json()["code"]) == (507, "disk_full")
        assert not is_ready(server)
        assert reads(server)
        assert recorded(server) == ["insurance-paid"]
        may_have(1_000_000)
        assert server.send(*many).json()["accepted"] == 300
        eventually(lambda: is_ready(server))


def test_a_database_that_cannot_be_written_answers_503_and_is_read(tmp_path: Path) -> None:
    with served(tmp_path / "data") as server:
        writer = server.running.installation.database.engine

        def may_be_written(yes: bool) -> None:
            pooled = writer.raw_connection()
            pooled.cursor().execute(f"PRAGMA query_only={int(not yes)}")
            pooled.close()

        may_be_written(False)
        refused = server.send(a_fact(1))
        assert (refused.status, refused.json()["code"]) == (503, "disk_read_only")
        assert not is_ready(server)
        assert reads(server)
        may_be_written(True)
        assert server.send(a_fact(1)).status == 202


@dataclass(frozen=True)
class SmallDisk:
    path: Path

    def fill(self) -> None:
        with (self.path / "filling").open("ab", buffering=0) as file:
            for size in (1 << 16, 1 << 12, 1):
                self._write(file.fileno(), size)

    @staticmethod
    def _write(descriptor: int, size: int) -> None:
        while True:
            try:
                os.write(descriptor, bytes(size))
            except OSError:
                return

    def empty(self) -> None:
        (self.path / "filling").unlink()


@contextmanager
def mounted(path: Path, mib: int) -> Iterator[SmallDisk]:
    """A file system of that size; skips the test where this user may not mount one."""
    path.mkdir()
    try:
        command = ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(path)]
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system may be mounted here")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True, capture_output=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with mounted(tmp_path / "disk", 16) as disk:
        yield disk


def test_a_disk_that_is_full_is_said_and_nothing_is_lost(small_disk: SmallDisk) -> None:
    with served(small_disk.path / "data", disk={"reserve_mib": 0}) as server:
        assert server.send(a_fact(1)).status == 202
        small_disk.fill()
        many = [a_message(a_payment(month="2024-02"), source=SOURCE, id=f"{n}-{'x' * 150}") for n in range(300)]
        refused = server.send(*many)
        assert (refused.status, refused.json()["code"]) == (507, "disk_full")
        assert not is_ready(server)
        assert reads(server)
        small_disk.empty()
        eventually(lambda: server.send(*many).status == 202)
        eventually(lambda: is_ready(server))
        assert recorded(server).count("insurance-paid") == 301
