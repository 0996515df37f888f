"""What a worker tells Prometheus: how far behind, how fast, what was refused, whose keys are wrong."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final
from wsgiref.simple_server import WSGIServer

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    start_http_server,
)
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from infra.child_figures import ChildFigures
from infra.labelled_figures import PREFIX
from streams.cluster.delivery import Delivery
from streams.cluster.kafka_feed import Recorded
from streams.cluster.placement import Placement
from streams.cluster.topics import Flow, Topic

_BATCH_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

Lags = Callable[[], Mapping[tuple[str, int], int]]
"""Records behind the end, by topic and partition."""


class WorkerFigures:
    """Told of every batch by the agents; a registry of its own."""

    def __init__(self, placement: Placement) -> None:
        self.registry = CollectorRegistry()
        self._placement = placement
        self._events = Counter(
            "events", "Events by what became of them.", ("topic", "result"), namespace=PREFIX, registry=self.registry
        )
        self._seconds = Histogram(
            "batch_seconds",
            "From taking a batch to its commit.",
            ("topic",),
            namespace=PREFIX,
            registry=self.registry,
            buckets=_BATCH_SECONDS,
        )
        self._misplaced = Counter(
            "misplaced_keys",
            "Records whose key belongs to another partition: the producer does not hash by murmur2.",
            ("topic",),
            namespace=PREFIX,
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.registry.register(ChildFigures())

    def recorded(self, topic: Topic, deliveries: Sequence[Delivery], recorded: Recorded, seconds: float) -> None:
        self._seconds.labels(topic.name).observe(seconds)
        for result, count in (
            ("accepted", recorded.accepted),
            ("duplicate", recorded.duplicates),
            ("refused", recorded.refused),
        ):
            self._events.labels(topic.name, result).inc(count)
        if topic.flow is Flow.INBOUND:
            self._misplaced.labels(topic.name).inc(misplaced(self._placement, deliveries))

    def watch(self, lags: Lags, owned: Callable[[], set[int]]) -> None:
        self.registry.register(_Position(lags, owned, self._placement.shards))

    def serve(self, port: int, host: str = "127.0.0.1") -> tuple[WSGIServer, threading.Thread]:
        """Port 0 takes a free one."""
        return start_http_server(port, addr=host, registry=self.registry)


def misplaced(placement: Placement, deliveries: Sequence[Delivery]) -> int:
    """How many records have a key that a murmur2 producer would have put elsewhere."""
    keyed = [(delivery.key, delivery.partition) for delivery in deliveries if delivery.key is not None]
    if not keyed:
        return 0
    keys, partitions = zip(*keyed, strict=True)
    return int((placement.partitions_of(keys) != partitions).sum())


class _Position(Collector):
    """Read when asked for."""

    def __init__(self, lags: Lags, owned: Callable[[], set[int]], shards: int) -> None:
        self._lags = lags
        self._owned = owned
        self._shards = shards

    def collect(self) -> Iterator[Metric]:
        lag = GaugeMetricFamily(f"{PREFIX}_lag_records", "Records not taken yet.", labels=["topic", "partition"])
        for (topic, partition), behind in self._lags().items():
            lag.add_metric([topic, str(partition)], behind)
        yield lag
        yield GaugeMetricFamily(f"{PREFIX}_owned_shards", "Shards this worker has.", value=len(self._owned()))
        yield GaugeMetricFamily(f"{PREFIX}_shards", "Shards there are.", value=self._shards)
