"""What is told of the processes beside ours."""

import multiprocessing
from functools import partial

import psutil
import pytest
from prometheus_client import CollectorRegistry

from infra.child_figures import ChildFigures
from streams.child_processes import ChildPool


def test_memory_and_time_of_all_children_are_told() -> None:
    registry = CollectorRegistry()
    registry.register(ChildFigures())
    before = len(multiprocessing.active_children())
    with ChildPool(1, partial(sum, range(10_000_000))) as pool:
        pool.submit(sum, range(10)).result()
        told = registry.get_sample_value
        assert told("tender_monitor_children") == before + 1
        resident = sum(psutil.Process(child.pid).memory_info().rss for child in multiprocessing.active_children())
        assert told("tender_monitor_children_resident_memory_bytes") == pytest.approx(resident, rel=0.2)
        assert (told("tender_monitor_children_cpu_seconds_total") or 0) > 0
