"""What Prometheus is told of the processes beside ours: intake of one machine, shards of a worker.

``process_…`` of the same page is about our own process alone.
"""

import multiprocessing
from collections.abc import Iterator
from functools import partial
from typing import Final

from prometheus_client import ProcessCollector
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

PREFIX: Final = "tender_monitor_children"


class ChildFigures(Collector):
    """Sums over those that live now; read when asked for. Nothing where there is no ``/proc``."""

    def collect(self) -> Iterator[Metric]:
        children = multiprocessing.active_children()
        sums: dict[str, float] = {}
        for child in children:
            for metric in ProcessCollector(pid=partial(_number, child.pid), registry=None).collect():
                sums[metric.name] = sums.get(metric.name, 0.0) + metric.samples[0].value
        yield GaugeMetricFamily(PREFIX, "Processes beside ours.", value=len(children))
        if sums:
            cpu, memory = sums["process_cpu_seconds"], sums["process_resident_memory_bytes"]
            yield CounterMetricFamily(f"{PREFIX}_cpu_seconds", "Their user and system time in seconds.", value=cpu)
            yield GaugeMetricFamily(f"{PREFIX}_resident_memory_bytes", "Their resident memory in bytes.", value=memory)


def _number(pid: int | None) -> int:
    assert pid is not None
    return pid
