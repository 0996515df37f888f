"""A city through Kafka, workers and PostgreSQL ends in the clues that one machine finds, to the byte."""

from collections.abc import Callable

from tests.kafka.cluster import Cluster, eventually
from tests.kafka.feeding import City, Record, produce, produce_by_librdkafka

Make = Callable[[int], Cluster]


def settled(cluster: Cluster, city: City) -> bool:
    """All messages are in, and nothing waits to be sent on or judged."""
    if cluster.outside_facts() < city.messages or cluster.count("outbox") or cluster.count("due_dates"):
        return False
    return cluster.clues() == city.clues


def sent(cluster: Cluster, city: City, records: list[Record], by: Callable[[str, list[Record]], None]) -> None:
    by(cluster.broker.address, records)
    cluster.start("publisher")
    cluster.start("worker")


def test_two_shards_fed_by_a_plain_client_find_what_one_machine_finds(make_cluster: Make, town: City) -> None:
    """The source keys people its own way, so that half of all facts must be sent on."""
    cluster = make_cluster(2)
    sent(cluster, town, town.records(own_keys=True), produce)
    eventually(lambda: cluster.outside_facts() == town.messages, otherwise=cluster.logged)
    eventually(lambda: not cluster.count("outbox"))
    eventually(lambda: cluster.clues() == town.clues, otherwise=cluster.logged)
    assert cluster.twice() == 0
    assert cluster.count("quarantine") == 0


def test_librdkafka_and_bulk_records_find_the_same(make_cluster: Make, town: City) -> None:
    cluster = make_cluster(1)
    records = town.with_bulk(town.records(), lambda _: 0)
    sent(cluster, town, records, produce_by_librdkafka)
    eventually(lambda: cluster.outside_facts() == town.messages, otherwise=cluster.logged)
    eventually(lambda: cluster.clues() == town.clues, otherwise=cluster.logged)
    assert cluster.twice() == 0
