"""A worker as a process of its own, watched while it works off what is in the topics."""

import time
from dataclasses import dataclass

import psutil

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


def drained(cluster: Cluster, events: int, *, workers: int = 1) -> Drained:
    """Start workers and wait until ``events`` are recorded."""
    before = cluster.recorded()
    processes = [psutil.Process(cluster.start("worker").pid) for _ in range(workers)]
    samples = [_sample(processes, 0)]
    while samples[-1].events < events:
        time.sleep(TICK_SECONDS)
        samples.append(_sample(processes, cluster.recorded() - before))
    first = next(sample for sample in samples if sample.events >= _WARM * events)
    last = samples[-1]
    for process in processes:
        process.terminate()
        process.wait()
    return Drained(last.events - first.events, last.at - first.at, last.cpu - first.cpu)


def _sample(processes: list[psutil.Process], events: int) -> _Sample:
    times = [process.cpu_times() for process in processes]
    return _Sample(time.perf_counter(), events, sum(each.user + each.system for each in times))
