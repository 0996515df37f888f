"""A database that no longer answers, and says nothing: the worker ends, and the next one goes on."""

import signal
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import make_url

from streams.cluster.deadline import EXIT_CODE, STOP_SECONDS
from tests.kafka.cluster import Cluster, eventually
from tests.kafka.feeding import City, produce
from tests.kafka.proxy import Proxy, proxy

Make = Callable[..., Cluster]
TRANSACTION_SECONDS = 5


@pytest.fixture
def between(postgres_url: str) -> Iterator[Proxy]:
    url = make_url(postgres_url)
    with proxy(url.host or "127.0.0.1", url.port or 5432) as one:
        yield one


def through(between: Proxy, cluster: Cluster) -> dict[str, str]:
    """The environment of a worker that reaches the database through the proxy."""
    url = make_url(cluster.database).set(host="127.0.0.1", port=between.port)
    return {
        "TENDER_MONITOR_DATABASE": url.render_as_string(hide_password=False),
        "TENDER_MONITOR_KAFKA__TRANSACTION_SECONDS": str(TRANSACTION_SECONDS),
    }


def test_a_worker_whose_database_falls_silent_ends_and_the_next_goes_on(
    make_cluster: Make, town: City, between: Proxy
) -> None:
    cluster = make_cluster(2)
    records = town.records()
    middle = len(records) // 2
    cluster.start("publisher")
    worker = cluster.start("worker", **through(between, cluster))
    produce(cluster.broker.address, records[:middle])
    eventually(lambda: cluster.outside_facts() > 0, otherwise=cluster.logged)
    between.fall_silent()
    produce(cluster.broker.address, records[middle:])
    assert worker.wait(timeout=60) == EXIT_CODE
    # All that it said are lines of the log.
    assert cluster.log_lines("took_too_long")
    between.drop()
    cluster.start("worker", **through(between, cluster))
    eventually(lambda: cluster.outside_facts() == town.messages, seconds=150, otherwise=cluster.logged)
    eventually(lambda: not cluster.count("outbox"), seconds=150, otherwise=cluster.logged)
    eventually(lambda: cluster.clues() == town.clues, seconds=150, otherwise=cluster.logged)
    assert cluster.twice() == 0


def test_a_worker_that_is_told_to_stop_stops_though_its_database_is_silent(
    make_cluster: Make, town: City, between: Proxy
) -> None:
    cluster = make_cluster(1)
    patient = {**through(between, cluster), "TENDER_MONITOR_KAFKA__TRANSACTION_SECONDS": "600"}
    worker = cluster.start("worker", **patient)
    records = town.records()
    produce(cluster.broker.address, records[:100])
    eventually(lambda: cluster.outside_facts() > 0, otherwise=cluster.logged)
    between.fall_silent()
    produce(cluster.broker.address, records[100:200])
    time.sleep(2)
    told = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == EXIT_CODE
    assert time.monotonic() - told < STOP_SECONDS + 2
