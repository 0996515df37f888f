"""A worker as a process of its own, watched while it works off what is in the topics."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil
import psycopg

from tests.kafka.cluster import Cluster

TICK_SECONDS = 0.05
_WARM = 0.1
"""The first tenth of the events is left out: imports, the group's join and the first pages."""


@dataclass(frozen=True, slots=True)
class Drained:
    """What a worker made of the records: per second, and processor seconds per 100,000 events."""

    events: int
    seconds: float
    cpu_seconds: float
    database_cpu_seconds: float = 0.0
    database_bytes: int = 0

    @classmethod
    def together(cls, parts: Sequence["Drained"]) -> "Drained":
        """Several runs as one; the database is as large as after the first."""
        events = sum(part.events for part in parts)
        seconds, cpu = sum(part.seconds for part in parts), sum(part.cpu_seconds for part in parts)
        return cls(events, seconds, cpu, sum(part.database_cpu_seconds for part in parts), parts[0].database_bytes)

    @property
    def database_cpu_per_100k(self) -> float:
        return self.database_cpu_seconds / self.events * 100_000

    @property
    def rate(self) -> float:
        return self.events / self.seconds

    @property
    def cpu_per_100k(self) -> float:
        return self.cpu_seconds / self.events * 100_000

    @property
    def rate_per_core(self) -> float:
        """What one core does that does nothing else."""
        return self.events / self.cpu_seconds


@dataclass(frozen=True, slots=True)
class _Sample:
    at: float
    events: int
    cpu: float
    database: float


def drained(cluster: Cluster, events: int, *, workers: int = 1) -> Drained:
    """Start workers and wait until ``events`` are recorded."""
    before, server = cluster.recorded(), _postgres(cluster.database)
    processes = [psutil.Process(cluster.start("worker").pid) for _ in range(workers)]
    samples = [_sample(processes, server, 0)]
    while samples[-1].events < events:
        time.sleep(TICK_SECONDS)
        samples.append(_sample(processes, server, cluster.recorded() - before))
    # Few events may all be recorded between two samples: then nothing is left out.
    first = next((sample for sample in samples[:-1] if sample.events >= _WARM * events), samples[0])
    last = samples[-1]
    for process in processes:
        process.terminate()
        process.wait()
    spent = last.cpu - first.cpu, last.database - first.database
    return Drained(last.events - first.events, last.at - first.at, *spent, _size(cluster.database))


def _sample(processes: list[psutil.Process], server: psutil.Process, events: int) -> _Sample:
    return _Sample(time.perf_counter(), events, sum(map(_cpu_of_all, processes)), _cpu_of_all(server))


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _cpu_of_all(server: psutil.Process) -> float:
    """Of a process, the children it has, and those it had."""
    times = server.cpu_times()
    total = _cpu(server) + times.children_user + times.children_system
    for backend in server.children():
        with suppress(psutil.NoSuchProcess):
            total += _cpu(backend)
    return float(total)


def _postgres(database: str) -> psutil.Process:
    with psycopg.connect(database) as connection:
        return psutil.Process(connection.info.backend_pid).parents()[0]


def _size(database: str) -> int:
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0
