"""Faults while a city streams in: nothing is lost, nothing counts twice, the clues are the same."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest

from streams.cluster.deadline import EXIT_CODE
from streams.cluster.topics import BID_OPENINGS, REGISTRATIONS
from tests.kafka.broker import Broker
from tests.kafka.cluster import Cluster, cluster, eventually
from tests.kafka.dead_letters import Letter, dead_letters
from tests.kafka.feeding import City, Record, produce
from tests.kafka.one_machine import difference
from tests.kafka.postgres import restartable_postgres
from tests.kafka.streaming import streaming

Make = Callable[[int], Cluster]


def assert_whole(cluster: Cluster, city: City, *, seconds: float = 60) -> None:
    """0 lost, 0 doubled, the clues of one machine."""
    eventually(lambda: cluster.outside_facts() >= city.messages, seconds=seconds, otherwise=cluster.logged)
    eventually(lambda: not cluster.count("outbox"), otherwise=cluster.logged)
    eventually(lambda: cluster.clues() == city.clues, otherwise=lambda: difference(cluster.clues(), city.clues))
    assert cluster.outside_facts() == city.messages
    assert cluster.twice() == 0


def facts_in(cluster: Cluster) -> int:
    """Facts in all ledgers: the registrations of sources are there before a worker starts."""
    return cluster.all_facts()


def working(cluster: Cluster, *, since: int = 0) -> None:
    """Wait until a worker records: the registrations of sources are there before."""
    eventually(lambda: cluster.outside_facts() > since, otherwise=cluster.logged)


def a_lot(city: City) -> str:
    opening = next(json.loads(line)["data"] for line in city.lines if b"bid-opened" in line)
    return f"{opening['tender_id']}/{opening['lot_id']}"


def test_a_worker_killed_three_times(make_cluster: Make, town: City) -> None:
    cluster = make_cluster(2)
    cluster.start("publisher")
    worker = cluster.start("worker")
    with streaming(cluster, town.records()):
        for _ in range(3):
            working(cluster, since=cluster.outside_facts())
            beside = psutil.Process(worker.pid).children(recursive=True)
            worker.kill()
            worker.wait()
            eventually(lambda: not any(map(psutil.Process.is_running, beside)), otherwise=cluster.logged)  # noqa: B023
            worker = cluster.start("worker")
    assert_whole(cluster, town)


def test_a_shard_whose_process_is_killed(make_cluster: Make, town: City) -> None:
    """The worker ends with it and acknowledges nothing; whoever supervises workers starts another."""
    cluster = make_cluster(2)
    cluster.start("publisher")
    with streaming(cluster, town.records()):
        for _ in range(2):
            worker = cluster.start("worker")
            working(cluster, since=cluster.outside_facts())
            busiest(worker).kill()
            assert worker.wait(timeout=40) == EXIT_CODE
        cluster.start("worker")
    assert_whole(cluster, town)


def busiest(worker: "subprocess.Popen[bytes]") -> psutil.Process:
    """The process of one of its shards; there is one beside them that tracks resources and does nothing."""
    return max(psutil.Process(worker.pid).children(), key=lambda process: process.cpu_times().user)


def test_two_workers_joining_and_leaving(make_cluster: Make, town: City) -> None:
    cluster = make_cluster(2)
    cluster.start("publisher")
    cluster.start("worker")
    with streaming(cluster, town.records()):
        working(cluster)
        others = [cluster.start("worker"), cluster.start("worker")]
        eventually(lambda: cluster.joined() == 3, otherwise=cluster.logged)
        for other in others:
            other.send_signal(signal.SIGTERM)
            assert other.wait(timeout=40) == 0
    assert_whole(cluster, town)


def test_a_broker_restart(make_cluster: Make, town: City) -> None:
    cluster = make_cluster(2)
    cluster.start("publisher")
    cluster.start("worker")
    with streaming(cluster, town.records()):
        working(cluster)
        cluster.broker.restart()
    assert_whole(cluster, town)


def test_a_postgresql_restart(kafka_broker: Broker, tmp_path: Path, town: City) -> None:
    with (
        restartable_postgres() as postgres,
        cluster(kafka_broker, postgres.url, tmp_path / "data", shards=2, keys=town.keys) as one,
    ):
        one.start("publisher")
        one.start("worker")
        with streaming(one, town.records()):
            working(one)
            postgres.stop()
            time.sleep(2)
            postgres.start()
        assert_whole(one, town)


def test_a_rule_that_fails(make_cluster: Make, town: City) -> None:
    """What it fails on is set aside; sent again after the repair, it counts as if nothing had been."""
    cluster = make_cluster(1)
    cluster.start("publisher")
    worker = cluster.start_planted("raise", a_lot(town))
    with streaming(cluster, town.records(), seconds=0):
        pass
    eventually(lambda: cluster.outside_facts() + cluster.count("quarantine") >= town.messages)
    set_aside = cluster.count("quarantine")
    assert 0 < set_aside < town.messages / 10
    worker.send_signal(signal.SIGTERM)
    worker.wait(timeout=40)
    cluster.start("worker")
    eventually(lambda: not cluster.count("outbox"))
    send_again(cluster, dead_letters(cluster, set_aside))
    assert_whole(cluster, town)


def test_poison_and_keys_that_are_no_text(make_cluster: Make, town: City) -> None:
    """Poison is kept sealed and told of, byte for byte; a key is never read."""
    cluster = make_cluster(2)
    poison = [
        Record(
            REGISTRATIONS.name, b"\xff\xfe", b"\x80 no text at all", (("content-type", b"\xff"), ("trace", b"\x00"))
        ),
        Record(BID_OPENINGS.name, b"lot", None),
        Record(
            REGISTRATIONS.name, b"k", b'{"specversion":"1.0"}', (("content-type", b"application/cloudevents+json"),)
        ),
    ]
    records = [
        Record(record.topic, b"\xff\xfe\xfa" if number % 50 == 0 else record.key, record.value, record.headers)
        for number, record in enumerate(town.records())
    ]
    middle = len(records) // 2
    produce(cluster.broker.address, [*records[:middle], *poison, *records[middle:]])
    cluster.start("publisher")
    cluster.start("worker")
    assert_whole(cluster, town)
    letters = dead_letters(cluster, len(poison))
    assert {(letter.key, letter.value) for letter in letters} == {(each.key, each.value) for each in poison}
    for letter in letters:
        assert letter.headers["ce_dlqtopic"] in (REGISTRATIONS.name.encode(), BID_OPENINGS.name.encode())
        assert letter.headers["ce_dlqreason"]
        assert int(letter.headers["ce_dlqoffset"]) >= 0
        assert int(letter.headers["ce_dlqpartition"]) in range(4)
    assert {"content-type": b"\xff", "trace": b"\x00"}.items() <= next(
        letter.headers.items() for letter in letters if letter.key == b"\xff\xfe"
    )


def test_a_termination_in_a_long_batch(make_cluster: Make, town: City) -> None:
    """Told to all its processes, as a service's supervisor does."""
    cluster = make_cluster(1)
    cluster.start("publisher")
    produce(cluster.broker.address, town.records())
    worker = cluster.start_planted("sleep", a_lot(town))
    working(cluster)
    os.killpg(worker.pid, signal.SIGTERM)
    assert worker.wait(timeout=60) == 0
    cluster.start("worker")
    assert_whole(cluster, town)


@pytest.mark.parametrize("stop", [os.kill, os.killpg], ids=["without its shards", "with its shards"])
def test_a_zombie_that_goes_on_after_a_rebalance(
    make_cluster: Make, town: City, stop: Callable[[int, int], None]
) -> None:
    cluster = make_cluster(2)
    cluster.start("publisher")
    zombie = cluster.start("worker")
    with streaming(cluster, town.records(), seconds=12):
        working(cluster)
        stop(zombie.pid, signal.SIGSTOP)
        before = cluster.outside_facts()
        cluster.start("worker")
        working(cluster, since=before)
        stop(zombie.pid, signal.SIGCONT)
    assert_whole(cluster, town)


def send_again(cluster: Cluster, letters: Sequence[Letter]) -> None:
    """To where they came from, without what made them dead letters."""
    records = [
        Record(
            letter.headers["ce_dlqtopic"].decode(),
            letter.key,
            letter.value,
            tuple((name, value) for name, value in letter.headers.items() if not name.startswith("ce_dlq")),
        )
        for letter in letters
    ]
    produce(cluster.broker.address, records)
