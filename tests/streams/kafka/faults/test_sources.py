"""What producers of sources do: codecs, and transactions."""

import time

import pytest
from confluent_kafka import Producer

from tests.kafka.proving_ground import ProvingGround

pytestmark = pytest.mark.long


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_codec(ground: ProvingGround, codec: str) -> None:
    """Batches that a source has compressed are recorded."""
    with ground.fault():
        producer = Producer({"bootstrap.servers": ground.broker.address, "compression.codec": codec})
        ground.send_by(producer, [f"{codec}-{number}" for number in range(200)])


def test_transaction_is_taken_back(ground: ProvingGround) -> None:
    """200 records of a transaction that its producer aborts: none of them is recorded."""
    with ground.fault():
        producer = transactional(ground, "taken-back")
        ground.send_by(producer, [f"taken-back-{number}" for number in range(200)], expected=False)
        producer.abort_transaction(30)
    assert not ground.recorded("taken-back-")


def test_transaction_stays_open(ground: ProvingGround) -> None:
    """A transaction that is committed after ten seconds: what lies behind it in its partitions waits for it."""
    with ground.fault():
        producer = transactional(ground, "open")
        ground.send_by(producer, [f"open-{number}" for number in range(200)])
        time.sleep(10)
        producer.commit_transaction(30)


def test_transaction_is_left(ground: ProvingGround) -> None:
    """A producer dies in its transaction: the broker takes that back after its `transaction.timeout.ms`, 5 s here."""
    with ground.fault():
        producer = transactional(ground, "left", **{"transaction.timeout.ms": 5_000})
        ground.send_by(producer, [f"left-{number}" for number in range(200)], expected=False)
    assert not ground.recorded("left-")


def transactional(ground: ProvingGround, name: str, **settings: int) -> Producer:
    producer = Producer({"bootstrap.servers": ground.broker.address, "transactional.id": name, **settings})
    producer.init_transactions(30)
    producer.begin_transaction()
    return producer
