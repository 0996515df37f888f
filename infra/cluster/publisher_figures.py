"""What a publisher tells Prometheus: of each shard's outbox, and of each endpoint that notices are posted to."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from alerts.deliveries import Served
from alerts.outbox import backlog
from alerts.publishing import Published
from alerts.set_aside import kept
from infra.cluster.worker_figures import PREFIX
from infra.storage.database import Database

_DELIVERIES: Final = "Attempts to post a notice, by what became of them; a notice is given up or closed once."


def publisher_registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


class _Figures(Collector):
    """Read when asked for; several share a registry, told apart by their labels."""

    def __init__(self, **labels: str) -> None:
        self._labels = labels

    def describe(self) -> list[Metric]:
        """Unchecked: each has metrics of the same names."""
        return []

    def _gauge(self, name: str, about: str, value: float) -> Metric:
        gauge = GaugeMetricFamily(f"{PREFIX}_{name}", about, labels=list(self._labels))
        gauge.add_metric(list(self._labels.values()), value)
        return gauge

    def _counter(self, name: str, about: str, value: float) -> Metric:
        counter = CounterMetricFamily(f"{PREFIX}_{name}", about, labels=list(self._labels))
        counter.add_metric(list(self._labels.values()), value)
        return counter


class OutboxFigures(_Figures):
    """One shard's. Its database is asked at each scrape: also a publisher that hangs shows what waits.

    Nothing is said of what waits while the database is away.
    """

    def __init__(self, shard: str, database: Database, published: Published, clock: Callable[[], datetime]) -> None:
        super().__init__(shard=shard)
        self._database = database
        self._published = published
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        with suppress(DBAPIError, NoConnection):
            yield from self._waiting()
        sent = self._published
        yield self._counter("published_messages", "Messages sent to other shards and dead letters.", sent.messages)
        yield self._counter("published_notices", "Notices sent to the topic.", sent.notices)

    def _waiting(self) -> Iterator[Metric]:
        with self._database.read() as connection:
            (waiting, oldest), aside = backlog(connection), kept(connection)
        age = (self._clock() - oldest).total_seconds() if oldest else 0.0
        yield self._gauge("outbox_messages", "Messages waiting to be sent.", waiting)
        yield self._gauge("outbox_age_seconds", "How long the oldest has been waiting.", age)
        yield self._gauge("outbox_set_aside", "Messages that cannot be sent: see outbox list.", aside)


class EndpointFigures(_Figures):
    """One endpoint's, as one shard serves it."""

    def __init__(self, shard: str, endpoint: str, served: Served) -> None:
        super().__init__(shard=shard, endpoint=endpoint)
        self._served = served

    def collect(self) -> Iterator[Metric]:
        yield self._gauge("webhook_waiting", "Notices that wait to be posted.", self._served.waiting)
        yield self._gauge(
            "webhook_disabled", "1 where the endpoint wants no more: see webhooks.", self._served.disabled
        )
        yield self._deliveries()

    def _deliveries(self) -> Metric:
        served = self._served
        results: Mapping[str, int] = {
            "delivered": served.delivered,
            "failed": served.failed,
            "given-up": served.given_up,
            "closed": served.closed,
        }
        counter = CounterMetricFamily(f"{PREFIX}_webhook_deliveries", _DELIVERIES, labels=[*self._labels, "result"])
        for result, count in results.items():
            counter.add_metric([*self._labels.values(), result], count)
        return counter
