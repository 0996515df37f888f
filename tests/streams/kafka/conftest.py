"""One broker for the session, and the city that is sent through it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from tests.kafka.broker import Broker, BrokerUnavailable, running_broker
from tests.kafka.cluster import Cluster, cluster
from tests.kafka.feeding import City
from tests.needs import cannot_be_had, check_mark

MakeCluster = Callable[..., Cluster]


@pytest.fixture(scope="session")
def kafka_broker(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """Apache Kafka."""
    check_mark(pytestconfig, "broker")
    with ExitStack() as stack:
        try:
            broker = stack.enter_context(running_broker(tmp_path_factory.mktemp("kafka")))
        except BrokerUnavailable as unavailable:
            cannot_be_had("Kafka", unavailable)
        yield broker


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> City:
    return City.founded(tmp_path_factory.mktemp("town"), people=200, months=6, lots=4)


@pytest.fixture
def make_cluster(kafka_broker: Broker, postgres_url: str, tmp_path: Path, town: City) -> Iterator[MakeCluster]:
    """Clusters of so many shards, with topics of their own broker, that know the town's people."""
    with ExitStack() as stack:

        def make(shards: int, mechanism: str | None = None, partitions: int = 4) -> Cluster:
            context: AbstractContextManager[Cluster] = cluster(
                kafka_broker,
                postgres_url,
                tmp_path / f"data{shards}",
                shards=shards,
                partitions=partitions,
                keys=town.keys,
                mechanism=mechanism,
            )
            return stack.enter_context(context)

        yield make
