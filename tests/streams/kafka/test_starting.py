"""A process of a cluster does not start where its numbers or its database would mix shards up."""

import subprocess
from collections.abc import Callable
from dataclasses import replace

import pytest
from confluent_kafka.admin import AdminClient
from sqlalchemy import make_url

from streams.cluster.topics import TOPICS
from tests.kafka.cluster import PROGRAM, Cluster
from tests.kafka.pooler import pooler

Make = Callable[..., Cluster]
NEVER = "These numbers never change"


def refused(cluster: Cluster, *command: str, database: str | None = None) -> str:
    """The one sentence with which it ends."""
    environment = cluster.environment()
    if database is not None:
        environment["TENDER_MONITOR_DATABASE"] = database
    done = subprocess.run(
        [PROGRAM, *command], check=False, capture_output=True, env=environment, timeout=120, encoding="utf-8"
    )
    assert done.returncode == 2, done.stderr
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize("command", [("worker",), ("publisher",), ("serve", "--port", "0"), ("topics", "create")])
def test_other_numbers_are_refused_in_the_same_words(make_cluster: Make, command: tuple[str, ...]) -> None:
    """Before anything joins the group or makes a topic."""
    cluster = make_cluster(2)
    with cluster.shard(0), cluster.shard(1):
        pass
    other_shards = refused(replace(cluster, shards=4), *command)
    assert "shard 0 of 2, 4 partitions" in other_shards or "shard 1 of 2, 4 partitions" in other_shards
    assert NEVER in other_shards
    other_partitions = refused(replace(cluster, partitions=8), *command)
    assert "4 partitions; the settings say" in other_partitions
    assert NEVER in other_partitions


def test_topics_with_other_partitions_are_refused_before_there_are_shards(make_cluster: Make) -> None:
    cluster = make_cluster(1)
    gone = TOPICS[-1].name
    admin = AdminClient({"bootstrap.servers": cluster.broker.address, "log_level": 0})
    admin.delete_topics([gone])[gone].result()
    for command in (("worker",), ("topics", "create")):
        said = refused(replace(cluster, partitions=6), *command)
        assert "was made with 4 partitions" in said
        assert said.endswith(f"the settings say 6. {NEVER}")
    cluster.run("topics", "create")


def test_a_pooler_that_changes_connections_between_transactions_is_refused(make_cluster: Make) -> None:
    """What one shard sets for its session, another would get."""
    cluster = make_cluster(2)
    url = make_url(cluster.database)
    with pooler(url.host or "127.0.0.1", url.port or 5432) as port:
        pooled = url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        assert "changes connections between transactions" in refused(cluster, "worker", database=pooled)
