"""``cluster skip``: a record that ends its worker each time, on the command line of a cluster."""

import psycopg
import pytest

from infra.cluster.parts import open_feed
from streams.cluster.delivery import Delivery
from streams.cluster.kafka_feed import Recorded
from streams.cluster.topics import APPROVALS, CERTIFICATES
from tests.infra.command_line.clusters import Commands

REASON = ("--reason", "the worker ran out of memory on it")


def test_a_worker_that_starts_after_the_command_puts_the_record_into_quarantine_unread(cluster: Commands) -> None:
    told = cluster.json("cluster", "skip", APPROVALS.name, 1, 7, *REASON)
    assert told == {"topic": APPROVALS.name, "partition": 1, "offset": 7, "shard": 1}
    came = [Delivery(APPROVALS, 1, offset, b"key", b"no event %d" % offset, ()) for offset in (6, 7)]
    with open_feed(cluster.workers.settings, 1) as feed:
        assert feed.record(came) == Recorded(refused=2)
    with psycopg.connect(str(cluster.workers.settings.database)) as connection:
        codes = connection.execute("SELECT errors FROM shard_1.quarantine ORDER BY number DESC LIMIT 2").fetchall()
        ((reason, by),) = connection.execute("SELECT reason, skipped_by FROM shard_1.skipped_records").fetchall()
    assert ["skipped" in str(code) for code in codes] == [True, False]
    assert (reason, by.endswith("(command line)")) == (REASON[1], True)
    again = cluster("cluster", "skip", APPROVALS.name, 1, 7, *REASON)
    assert (again.exit_code, "recorded before" in again.stderr) == (1, True)


def test_a_record_is_skipped_once_and_with_a_reason(cluster: Commands) -> None:
    assert cluster("cluster", "skip", CERTIFICATES.name, 0, 3).exit_code == 2
    assert cluster("cluster", "skip", CERTIFICATES.name, 0, 3, *REASON).exit_code == 0
    again = cluster("cluster", "skip", CERTIFICATES.name, 0, 3, *REASON)
    assert (again.exit_code, "skipped before" in again.stderr) == (1, True)


@pytest.mark.parametrize(("topic", "partition", "code"), [("no.such.topic", 0, 2), (APPROVALS.name, 99, 1)])
def test_what_no_worker_reads_cannot_be_skipped(cluster: Commands, topic: str, partition: int, code: int) -> None:
    assert cluster("cluster", "skip", topic, partition, 0, *REASON).exit_code == code
