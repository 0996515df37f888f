"""What ``doctor`` finds of a cluster."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from confluent_kafka import Producer

from infra.cluster.checks import cluster_checks
from infra.cluster.standing import look
from infra.settings import Settings
from streams.cluster.topics import FOLLOW_UPS, INSURANCE_PAYMENTS, NOTICES
from tests.kafka.cluster import Cluster, altered, eventually, settings_of
from tests.kafka.feeding import Record, produce

Make = Callable[[int], Cluster]


def found(settings: Settings) -> dict[str, bool]:
    return {check.check: check.right for check in cluster_checks(settings)}


def test_a_sound_cluster_is_found_sound(make_cluster: Make) -> None:
    cluster = make_cluster(2)
    assert found(cluster.settings) == {
        "brokers": True,
        "topics": True,
        "partitions": True,
        "record sizes": True,
        "compaction": True,
        "key hashing": True,
        "cluster clock": True,
        "standing still": False,
    }


def test_what_stands_still_is_found(make_cluster: Make) -> None:
    """First nobody records; then a worker does, and nobody sends."""
    cluster = make_cluster(1)
    overdue = {**cluster.settings.kafka.model_dump(), "overdue_seconds": 1}
    settings = Settings.model_validate({**cluster.settings.model_dump(), "kafka": overdue})
    produce(cluster.broker.address, [Record(INSURANCE_PAYMENTS.name, b"person:1", b"no event")])
    with cluster.shard(0):
        """The first start makes it."""
    time.sleep(1.5)
    standing = asyncio.run(look(settings))
    assert (standing.unowned, standing.behind, standing.behind_seconds > 1) == ((0,), 1, True)
    assert [problem.split(" ")[:2] for problem in standing.problems(settings.kafka)] == [
        ["no", "worker"],
        ["1", "records"],
    ]
    cluster.start("worker")
    eventually(lambda: cluster.count("outbox") == 1, otherwise=cluster.logged)
    time.sleep(1.5)
    standing = asyncio.run(look(settings))
    assert (standing.unowned, standing.behind) == ((), 0)
    (problem,) = standing.problems(settings.kafka)
    assert "is a publisher running" in problem


def test_other_numbers_of_partitions_are_found(make_cluster: Make) -> None:
    cluster = make_cluster(2)
    assert not found(replace(cluster, partitions=5).settings)["partitions"]


def test_a_topic_that_takes_less_than_we_send_is_found(make_cluster: Make) -> None:
    cluster = make_cluster(1)
    altered(cluster.broker, FOLLOW_UPS, {"max.message.bytes": "1048588"})
    assert not found(cluster.settings)["record sizes"]
    made = {each["topic"]: each for each in cluster.run("topics", "create", exit_code=1)}
    assert [name for name, each in made.items() if not each["right"]] == [FOLLOW_UPS.name]
    assert made[FOLLOW_UPS.name]["largest_batch"] == 1_048_588


def test_a_topic_that_an_older_version_compacts_is_found_and_mended(
    make_cluster: Make,
) -> None:
    """Compacting by the clue dropped the notices of all recipients but one."""
    cluster = make_cluster(1)
    altered(cluster.broker, NOTICES, {"cleanup.policy": "compact,delete", "retention.ms": "604800000"})
    assert not found(cluster.settings)["compaction"]
    made = cluster.run("topics", "create")
    assert [each["topic"] for each in made if each["policy_set"]] == [NOTICES.name]
    now = settings_of(cluster.broker, NOTICES)
    assert {name: now[name] for name in ("cleanup.policy", "retention.ms", "max.message.bytes")} == {
        "cleanup.policy": "delete",
        "retention.ms": "604800000",
        "max.message.bytes": str(NOTICES.batch_bytes),
    }
    assert found(cluster.settings)["compaction"]


def test_a_producer_that_hashes_otherwise_is_found(make_cluster: Make) -> None:
    cluster = make_cluster(2)
    producer = Producer({"bootstrap.servers": cluster.broker.address, "log_level": 0, "partitioner": "consistent"})
    for number in range(20):
        producer.produce(INSURANCE_PAYMENTS.name, b"{}", f"person:{number}".encode())
    producer.flush(30)
    assert not found(cluster.settings)["key hashing"]


def test_no_broker_is_found(make_cluster: Make) -> None:
    cluster = make_cluster(1)
    nobody = cluster.settings.kafka.model_copy(update={"brokers": ("127.0.0.1:9",)})
    assert found(cluster.settings.model_copy(update={"kafka": nobody}))["brokers"] is False


def test_one_machine_has_no_cluster_to_check(make_cluster: Make) -> None:
    assert found(Settings()) == {}
