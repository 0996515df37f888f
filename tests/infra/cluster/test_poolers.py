"""Which poolers a process of a cluster starts behind."""

import pytest

from infra.cluster.start_checks import PooledByTransaction, check_database
from infra.settings import Kafka, Settings
from tests.kafka.pgbouncer import pgbouncer_or_skipped


def check_behind(pooler_url: str) -> None:
    check_database(Settings(database=pooler_url, kafka=Kafka(brokers=("127.0.0.1:1",), shards=2, partitions=4)))


def test_a_pgbouncer_in_session_mode_is_fine(cluster_url: str) -> None:
    with pgbouncer_or_skipped(cluster_url, mode="session") as pooler:
        check_behind(pooler.url)


def test_a_pgbouncer_in_transaction_mode_is_refused(cluster_url: str) -> None:
    with pgbouncer_or_skipped(cluster_url, mode="transaction") as pooler, pytest.raises(PooledByTransaction):
        check_behind(pooler.url)
