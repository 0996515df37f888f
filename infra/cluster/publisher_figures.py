"""What a publisher tells Prometheus: of each shard's outbox."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.metrics_core import Metric
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from alerts.outbox import backlog
from alerts.publishing import Published
from alerts.set_aside import kept
from infra.labelled_figures import LabelledFigures
from infra.storage.database import Database


def publisher_registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


class OutboxFigures(LabelledFigures):
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
