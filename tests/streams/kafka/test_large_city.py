"""A city of 20,000 people and 24 months through a cluster; ``make test-long`` alone runs it."""

import psutil
import pytest

from tests.kafka.broker import Broker
from tests.kafka.cluster import cluster, eventually
from tests.kafka.feeding import City, produce_by_librdkafka

HALF_AN_HOUR = 1_800
MOST = 1.05
"""Times the notices of one machine."""
PATIENCE = {"TENDER_MONITOR_KAFKA__NOTICES_WAIT_SECONDS": str(HALF_AN_HOUR)}
MOST_BYTES = 1 << 30
"""Of the worker itself, which holds no shard: its backlog is bounded."""


@pytest.mark.long
def test_a_large_city_ends_in_the_clues_of_one_machine(
    kafka_broker: Broker, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    city = City.founded(tmp_path_factory.mktemp("large"), people=20_000, months=24, lots=300)
    data = tmp_path_factory.mktemp("data")
    with cluster(kafka_broker, postgres_url, data, shards=2, partitions=4, keys=city.keys) as found:
        produce_by_librdkafka(found.broker.address, city.records(own_keys=True))
        found.start("publisher")
        worker = found.start("worker", **PATIENCE)
        eventually(lambda: found.recorded() >= city.messages, seconds=HALF_AN_HOUR, otherwise=found.logged)
        eventually(lambda: found.outside_facts() == city.messages, seconds=HALF_AN_HOUR, otherwise=found.logged)
        eventually(lambda: not found.count("outbox"), seconds=HALF_AN_HOUR, otherwise=found.logged)
        eventually(lambda: found.clues() == city.clues, seconds=HALF_AN_HOUR, otherwise=found.logged)
        eventually(lambda: not found.count("waiting_notices"), seconds=HALF_AN_HOUR, otherwise=found.logged)
        assert 0 < found.count("notices") <= MOST * city.notices
        assert psutil.Process(worker.pid).memory_info().rss < MOST_BYTES
        assert found.twice() == 0
        assert found.count("quarantine") == 0
        assert [each["whole"] for each in found.run("audit")] == [True, True]
