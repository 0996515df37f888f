"""What several parts of one process tell Prometheus under the same names, told apart by their labels."""

from typing import Final

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

PREFIX: Final = "tender_monitor"


class LabelledFigures(Collector):
    """Read when asked for."""

    def __init__(self, **labels: str) -> None:
        self._labels = labels

    def describe(self) -> list[Metric]:
        """Unchecked: each part has metrics of the same names."""
        return []

    def _gauge(self, name: str, about: str, value: float) -> Metric:
        gauge = GaugeMetricFamily(f"{PREFIX}_{name}", about, labels=list(self._labels))
        gauge.add_metric(list(self._labels.values()), value)
        return gauge

    def _counter(self, name: str, about: str, value: float) -> Metric:
        counter = CounterMetricFamily(f"{PREFIX}_{name}", about, labels=list(self._labels))
        counter.add_metric(list(self._labels.values()), value)
        return counter
