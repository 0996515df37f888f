"""Nothing in a shard's outbox holds up what stands behind it."""

import hashlib
from collections.abc import Callable
from typing import Any

from confluent_kafka import Producer

from streams.cluster.topics import FOLLOW_UPS, INSURANCE_PAYMENTS
from streams.intake.sizes import OUR_BATCH_BYTES
from tests.builders import a_payment
from tests.kafka.cluster import Cluster, altered, eventually
from tests.kafka.dead_letters import dead_letters
from tests.kafka.feeding import Record, produce
from tests.monitor import as_bytes, correction, said
from tests.outsized import a_correction_of_an_opening

Make = Callable[..., Cluster]
STRUCTURED = (("content-type", b"application/cloudevents+json"),)


def a_record(message: dict[str, Any] | bytes) -> Record:
    """Under one key: all come to one shard."""
    return Record(INSURANCE_PAYMENTS.name, b"one source", as_bytes(message), STRUCTURED)


def test_a_correction_that_grows_beyond_a_megabyte_reaches_every_shard_and_so_does_what_follows_it(
    make_cluster: Make,
) -> None:
    cluster = make_cluster(2)
    grown = a_correction_of_an_opening("grown", "opened-1", staff=8)
    assert len(grown) < 800_000
    cluster.start("publisher")
    cluster.start("worker")
    produce(cluster.broker.address, [a_record(grown), a_record(correction("next", "paid-1", a_payment()))])
    eventually(lambda: cluster.recorded() >= 2, otherwise=cluster.logged)
    eventually(lambda: not cluster.count("outbox"), otherwise=cluster.logged)
    for id in ("grown", "next"):
        eventually(lambda: cluster.shards_with(id) == 2, otherwise=cluster.logged)  # noqa: B023


def test_a_message_that_its_topic_does_not_take_is_set_aside_and_sent_again_when_told(make_cluster: Make) -> None:
    """The topic was made by hand. The broker's refusal ends a numbering, and must not end the partition."""
    cluster = make_cluster(2, partitions=2)
    altered(cluster.broker, FOLLOW_UPS, {"max.message.bytes": "100000"})
    cluster.start("publisher")
    cluster.start("worker")
    large = a_correction_of_an_opening("large", "opened-1", bids=100, staff=8)
    small = [correction(f"small-{number}", f"paid-{number}", a_payment()) for number in range(6)]
    records = [*map(a_record, small[:3]), a_record(large), *map(a_record, small[3:])]
    produce(cluster.broker.address, records)
    for number in range(6):
        eventually(lambda: cluster.shards_with(f"small-{number}") == 2, otherwise=cluster.logged)  # noqa: B023
    (kept,) = cluster.run("outbox", "list")
    assert (kept["topic"], kept["error"]) == (FOLLOW_UPS.name, "MessageSizeTooLargeError")
    (told,) = cluster.log_lines("message_set_aside")
    assert (told["shard"], told["topic"], told["partition"]) == (kept["shard"], FOLLOW_UPS.name, kept["partition"])
    assert told["error"] == "MessageSizeTooLargeError"
    assert cluster.shards_with("large") == 1
    for ids in cluster.ids():
        assert [id for id in ids if id.startswith("small-")] == [f"small-{number}" for number in range(6)]
    altered(cluster.broker, FOLLOW_UPS, {"max.message.bytes": str(OUR_BATCH_BYTES)})
    cluster.run("outbox", "retry", kept["row"], "--reason", "the limit was raised")
    eventually(lambda: cluster.shards_with("large") == 2, otherwise=cluster.logged)
    assert cluster.run("outbox", "list") == []


def test_no_record_makes_a_dead_letter_that_cannot_be_sent(make_cluster: Make) -> None:
    """Five megabytes that gzip made small, neither key nor value, and a header without value."""
    cluster = make_cluster(1)
    cluster.start("publisher")
    cluster.start("worker")
    huge = b"x" * 5_000_000
    zipped = {"compression_type": "gzip", "max_request_size": 2 * len(huge)}
    produce(cluster.broker.address, [Record(INSURANCE_PAYMENTS.name, b"k", huge)], **zipped)
    producer = Producer({"bootstrap.servers": cluster.broker.address, "log_level": 0})
    producer.produce(INSURANCE_PAYMENTS.name, key=None, value=None)
    producer.produce(
        INSURANCE_PAYMENTS.name, key=b"k", value=b"no event", headers=[("content-type", None), ("ce_id", None)]
    )
    assert not producer.flush(30)
    produce(cluster.broker.address, [a_record(said(a_payment(), "sound"))])
    letters = dead_letters(cluster, 3)
    eventually(lambda: cluster.shards_with("sound") == 1, otherwise=cluster.logged)
    eventually(lambda: not cluster.count("outbox"), otherwise=cluster.logged)
    assert cluster.run("outbox", "list") == []
    (by_digest,) = [letter for letter in letters if "ce_dlqsha256" in letter.headers]
    assert by_digest.headers["ce_dlqsha256"] == hashlib.sha256(huge).hexdigest().encode()
    assert cluster.count("quarantine") == 3
