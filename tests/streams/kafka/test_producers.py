"""Whatever way a source's producer writes, what it committed is recorded, and nothing else."""

from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

import pytest
from confluent_kafka import Producer

from bench.ports import free_port
from streams.cluster.topics import FOLLOW_UPS, INSURANCE_PAYMENTS
from tests.builders import a_payment
from tests.kafka.cluster import Cluster, eventually
from tests.kafka.dead_letters import dead_letters
from tests.monitor import SOURCE, as_bytes, said

Make = Callable[..., Cluster]
HEADERS: Any = [("content-type", b"application/cloudevents+json")]
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


def send(producer: Producer, id: str) -> None:
    producer.produce(INSURANCE_PAYMENTS.name, key=b"k", value=as_bytes(said(a_payment(), id)), headers=HEADERS)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def running(make_cluster: Make, port: int) -> Cluster:
    cluster = make_cluster(1)
    cluster.start("publisher")
    cluster.start("worker", TENDER_MONITOR_KAFKA__METRICS_PORT=str(port))
    return cluster


def lag(port: int) -> float:
    """Of all partitions together, as the worker tells it."""
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    behind = [float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("tender_monitor_lag_records{")]
    assert behind
    return sum(behind)


def test_batches_of_every_codec_are_recorded(running: Cluster) -> None:
    for codec in CODECS:
        producer = Producer({"bootstrap.servers": running.broker.address, "compression.codec": codec})
        for number in range(5):
            send(producer, f"{codec}-{number}")
        assert not producer.flush(30)
    eventually(lambda: running.outside_facts() == 5 * len(CODECS), otherwise=running.logged)


def test_what_a_producer_took_back_is_not_recorded_and_leaves_no_lag(running: Cluster, port: int) -> None:
    """An aborted transaction stays in the topic, and its markers are offsets without a record."""
    producer = Producer({"bootstrap.servers": running.broker.address, "transactional.id": running.folder.name})
    producer.init_transactions(30)
    for id, keep in (("kept", True), ("taken-back", False), ("kept-too", True), ("taken-back-last", False)):
        producer.begin_transaction()
        send(producer, id)
        producer.flush(30)
        (producer.commit_transaction if keep else producer.abort_transaction)(30)
    eventually(lambda: running.outside_facts() == 2, otherwise=running.logged)
    eventually(lambda: lag(port) == 0, otherwise=lambda: f"{lag(port)} behind\n{running.logged()}")
    assert running.outside_facts() == 2


def test_a_sound_message_that_somebody_else_puts_between_shards_is_not_recorded(running: Cluster) -> None:
    """Who may write to the topic is not yet one of our shards."""
    producer = Producer({"bootstrap.servers": running.broker.address})
    forged = as_bytes(said(a_payment(), "forged"))
    for headers in (HEADERS, [*HEADERS, ("signature", b"\0" * 32)]):
        producer.produce(FOLLOW_UPS.name, key=b"k", value=forged, headers=headers)
    assert not producer.flush(30)
    letters = dead_letters(running, 2)
    assert [dict(letter.headers)["ce_dlqreason"] for letter in letters] == [b"not_permitted"] * 2
    send(producer, "honest")
    assert not producer.flush(30)
    eventually(lambda: running.facts() == {(SOURCE, "honest")}, otherwise=running.logged)
