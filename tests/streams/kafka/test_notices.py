"""Openings overtake the payments that they rest on, and nobody is alarmed by it."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from streams.cluster.topics import NOTICES
from tests.kafka.cluster import Cluster, eventually
from tests.kafka.dead_letters import written
from tests.kafka.feeding import City, produce
from tests.kafka.one_machine import OneMachine
from tests.kafka.streaming import PIECES, streaming

Make = Callable[[int], Cluster]
MOST = 1.05
"""Times the notices of one machine."""
PATIENCE = {"TENDER_MONITOR_KAFKA__NOTICES_WAIT_SECONDS": "600"}
"""However busy the machine is, the whole backlog is recorded before the bound."""


def settled(cluster: Cluster, city: City) -> None:
    eventually(lambda: cluster.outside_facts() == city.messages, seconds=240, otherwise=cluster.logged)
    eventually(lambda: cluster.clues() == city.clues, seconds=240, otherwise=cluster.logged)
    eventually(lambda: not cluster.count("waiting_notices") and not cluster.count("outbox"), otherwise=cluster.logged)


def test_a_backlog_of_a_whole_city_sends_no_more_notices_than_one_machine(make_cluster: Make, town: City) -> None:
    """The source keys people its own way, so that half of all facts reach their shard in a second step.

    Two publishers run, and send nothing twice.
    """
    cluster = make_cluster(2)
    produce(cluster.broker.address, town.records(own_keys=True))
    cluster.start("publisher")
    cluster.start("publisher")
    cluster.start("worker", **PATIENCE)
    settled(cluster, town)
    assert 0 < cluster.count("notices") <= MOST * town.notices
    told = cluster.count("notices")
    ids = [letter.headers["ce_id"] for letter in written(cluster, NOTICES, told, linger_seconds=2)]
    assert len(set(ids)) == len(ids) == told
    assert not cluster.log_lines("completeness_unknown")
    assert cluster.run("rebuild")


def in_pieces(city: City, size: int, folder: Path) -> int:
    """The notices of one machine that is told so many messages at a time, in the order of the file."""
    with closing(OneMachine(city.keys, folder / "one-machine")) as machine:
        for first in range(0, len(city.lines), size):
            machine.feed(city.lines[first : first + size])
        machine.settle()
        return machine.notices()


@pytest.mark.long
def test_a_trickle_in_file_order_sends_no_more_notices_than_one_machine(
    make_cluster: Make, town: City, tmp_path: Path
) -> None:
    """Thirty pieces, half a second apart; one machine is told the same pieces."""
    cluster = make_cluster(2)
    cluster.start("publisher")
    worker = cluster.start("worker", **PATIENCE)
    eventually(lambda: cluster.has_joined(worker), otherwise=cluster.logged)
    with streaming(cluster, town.records(own_keys=True), seconds=15):
        pass
    settled(cluster, town)
    one_machine = in_pieces(town, -(-len(town.lines) // PIECES), tmp_path)
    assert 0 < cluster.count("notices") <= MOST * one_machine


@pytest.mark.long
def test_a_backlog_after_an_outage_sends_no_more_notices_than_one_machine(
    make_cluster: Make, town: City, tmp_path: Path
) -> None:
    """The worker is killed in the middle of the city; what comes meanwhile piles up until the next one starts."""
    cluster = make_cluster(2)
    records = town.records(own_keys=True)
    middle = len(records) // 2
    cluster.start("publisher")
    worker = cluster.start("worker", **PATIENCE)
    produce(cluster.broker.address, records[:middle])
    eventually(lambda: cluster.outside_facts() == len(town.facts(middle)), seconds=240, otherwise=cluster.logged)
    eventually(lambda: not cluster.count("waiting_notices"), otherwise=cluster.logged)
    worker.kill()
    worker.wait()
    produce(cluster.broker.address, records[middle:])
    cluster.start("worker", **PATIENCE)
    settled(cluster, town)
    assert 0 < cluster.count("notices") <= MOST * in_pieces(town, middle, tmp_path)
