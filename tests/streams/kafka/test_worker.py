"""What Faust would do by itself, and a worker must not."""

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


def test_a_worker_makes_no_topics(make_cluster: Make, town: City) -> None:
    """Neither for tables nor for a leader or replies."""
    cluster = make_cluster(1)
    produce(cluster.broker.address, town.records()[:100])
    cluster.start("worker")
    eventually(lambda: cluster.outside_facts() > 0, otherwise=cluster.logged)
    there = AdminClient({"bootstrap.servers": cluster.broker.address}).list_topics(timeout=30).topics
    assert {name for name in there if not name.startswith("__")} == {topic.name for topic in TOPICS}
