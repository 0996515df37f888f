"""Openings overtake the payments that they rest on, and nobody is alarmed by it."""

from collections.abc import Callable

from streams.cluster.topics import NOTICES
from tests.kafka.cluster import Cluster, eventually
from tests.kafka.dead_letters import written
from tests.kafka.feeding import City, produce

Make = Callable[[int], Cluster]
MOST = 1.05
"""Times the notices of one machine."""
PATIENCE = {"TENDER_MONITOR_KAFKA__NOTICES_WAIT_SECONDS": "600"}
"""However busy the machine is, the whole backlog is recorded before the bound."""


def test_a_backlog_of_a_whole_city_sends_no_more_notices_than_one_machine(make_cluster: Make, town: City) -> None:
    """The source keys people its own way, so that half of all facts reach their shard in a second step.

    Two publishers run, and send nothing twice.
    """
    cluster = make_cluster(2)
    produce(cluster.broker.address, town.records(own_keys=True))
    cluster.start("publisher")
    cluster.start("publisher")
    cluster.start("worker", **PATIENCE)
    eventually(lambda: cluster.outside_facts() == town.messages, seconds=240, otherwise=cluster.logged)
    eventually(lambda: cluster.clues() == town.clues, otherwise=cluster.logged)
    eventually(lambda: not cluster.count("waiting_notices") and not cluster.count("outbox"), otherwise=cluster.logged)
    assert 0 < cluster.count("notices") <= MOST * town.notices
    told = cluster.count("notices")
    ids = [letter.headers["ce_id"] for letter in written(cluster, NOTICES, told, linger_seconds=2)]
    assert len(set(ids)) == len(ids) == told
    assert not cluster.log_lines("completeness_unknown")
    assert cluster.run("rebuild")
