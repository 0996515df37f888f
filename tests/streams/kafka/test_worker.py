"""What Faust would do by itself, and a worker must not."""

import json
import re
import signal
from collections.abc import Callable

import psutil
from confluent_kafka.admin import AdminClient

from streams.cluster.topics import TOPICS
from tests.kafka.cluster import Cluster, eventually
from tests.kafka.feeding import City, produce

Make = Callable[[int], Cluster]


def test_a_worker_listens_for_its_metrics_alone_and_on_this_machine_alone(make_cluster: Make, town: City) -> None:
    """Faust's web server listens everywhere, even where it is switched off."""
    cluster = make_cluster(2)
    produce(cluster.broker.address, town.records()[:100])
    worker = psutil.Process(cluster.start("worker").pid)
    eventually(lambda: cluster.outside_facts() > 0, otherwise=cluster.logged)
    processes = [worker, *worker.children(recursive=True)]
    connections = [one for process in processes for one in process.net_connections("inet")]
    listening = [one.laddr.ip for one in connections if one.status == psutil.CONN_LISTEN]
    assert listening == ["127.0.0.1"]


def test_what_a_worker_and_its_shards_log_are_json_lines_that_name_the_shard(make_cluster: Make, town: City) -> None:
    """Faust would write codes for a terminal, and numbers of people must not stand there."""
    cluster = make_cluster(2)
    produce(cluster.broker.address, town.records()[:300])
    worker = cluster.start("worker", TENDER_MONITOR_LOGS__LEVEL="debug")
    eventually(lambda: bool(cluster.log_lines("batch_committed")), otherwise=cluster.logged)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=40) == 0
    said = cluster.said()
    for line in said.splitlines():
        assert json.loads(line)["level"]
    assert {line["shard"] for line in cluster.log_lines("batch_committed")} <= {0, 1}
    numbers = set(re.findall(rb"\d{17}[\dX]", b"".join(town.lines)))
    assert numbers
    assert not [number for number in numbers if number.decode() in said]


def test_a_worker_makes_no_topics(make_cluster: Make, town: City) -> None:
    """Neither for tables nor for a leader or replies."""
    cluster = make_cluster(1)
    produce(cluster.broker.address, town.records()[:100])
    cluster.start("worker")
    eventually(lambda: cluster.outside_facts() > 0, otherwise=cluster.logged)
    there = AdminClient({"bootstrap.servers": cluster.broker.address}).list_topics(timeout=30).topics
    assert {name for name in there if not name.startswith("__")} == {topic.name for topic in TOPICS}
