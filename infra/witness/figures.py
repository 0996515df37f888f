"""What Prometheus is told of the witnesses."""

from collections.abc import Iterator
from typing import Final

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_NAME: Final = "tender_monitor_witness_fork_refused"
_ABOUT: Final = "1 where the witness said last that the log is not the one it knew."


class WitnessFigures(Collector):
    """By the schema of the log, which is empty on one machine, and by the name of the witness."""

    def __init__(self) -> None:
        self._forked: dict[tuple[str, str], bool] = {}

    def answered(self, shard: str, witness: str, *, forked: bool) -> None:
        self._forked[shard, witness] = forked

    def collect(self) -> Iterator[Metric]:
        gauge = GaugeMetricFamily(_NAME, _ABOUT, labels=["shard", "witness"])
        for labels, forked in list(self._forked.items()):
            gauge.add_metric(labels, forked)
        yield gauge
