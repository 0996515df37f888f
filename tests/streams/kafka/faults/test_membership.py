"""Processes that come and go, two of everything, and a pooler in between."""

import time

import pytest

from tests.kafka.pgbouncer import pgbouncer_or_skipped
from tests.kafka.proving_ground import SESSION_SECONDS, ProvingGround, kill, stop

pytestmark = pytest.mark.long


def test_worker_joins(ground: ProvingGround) -> None:
    """A second worker joins, and takes one of the two shards."""
    with ground.fault(seconds=8):
        ground.joined(ground.a_worker())


def test_worker_joins_and_leaves(ground: ProvingGround) -> None:
    """A second worker joins, and leaves on SIGTERM."""
    with ground.fault(seconds=8):
        other = ground.joined(ground.a_worker())
        stop(other)


def test_worker_joins_and_is_killed(ground: ProvingGround) -> None:
    """A second worker joins, and `kill -9` ends it: its shard comes back when its session has run out."""
    with ground.fault(seconds=8):
        other = ground.joined(ground.a_worker())
        kill(other)


def test_more_workers_than_shards(ground: ProvingGround) -> None:
    """Two more join: one of the three has no shard, and stands by."""
    with ground.fault(seconds=8):
        for other in (ground.a_worker(), ground.a_worker()):
            ground.joined(other)


def test_rolling_restart_of_workers(ground: ProvingGround) -> None:
    """Two workers; one after the other ends on SIGTERM, and its successor joins before the next one ends."""
    with ground.fault(seconds=10):
        other = ground.joined(ground.a_worker())
        for process in (ground.worker, other):
            stop(process)
            ground.worker = ground.joined(ground.a_worker())


def test_rolling_restart_of_publishers(ground: ProvingGround) -> None:
    """Two publishers; one after the other ends on SIGTERM, and is started again."""
    with ground.fault(seconds=6):
        other = ground.a_publisher()
        for process in (ground.publisher, other):
            stop(process)
            ground.publisher = ground.a_publisher()


def test_rolling_restart_of_the_broker(ground: ProvingGround) -> None:
    """It ends on SIGTERM and is started again, twice."""
    with ground.fault(seconds=6):
        ground.broker.restart()
        ground.broker.restart()


def test_two_of_everything(ground: ProvingGround) -> None:
    """Two workers, two publishers and two consoles at once."""
    with ground.fault(seconds=6):
        for _ in range(2):
            ground.cluster.start("serve", "--port", "0")
        ground.a_publisher()
        ground.joined(ground.a_worker())


def test_pooler_in_session_mode(ground: ProvingGround) -> None:
    """A worker and a publisher reach the database through a pgbouncer in session mode, which is restarted once."""
    with pgbouncer_or_skipped(ground.cluster.database, mode="session") as pooler, ground.fault(seconds=6):
        through = {"TENDER_MONITOR_DATABASE": pooler.url}
        for process in (ground.worker, ground.publisher):
            kill(process)
        ground.publisher = ground.a_publisher(**through)
        ground.worker = ground.joined(ground.a_worker(**through))
        pooler.restart()
        time.sleep(2)
    for process in (ground.worker, ground.publisher):
        kill(process)


def test_another_group(ground: ProvingGround) -> None:
    """A worker with another `kafka.group` reads everything a second time, from the beginning."""
    with ground.fault(seconds=6):
        ground.joined(ground.a_worker(TENDER_MONITOR_KAFKA__GROUP="another"))
        time.sleep(2 * SESSION_SECONDS)
