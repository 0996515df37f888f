"""How we write to the topics."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer

from infra.cluster.parts import cluster_of
from infra.settings import Kafka
from streams.intake.sizes import RECORD_BYTES


@asynccontextmanager
async def open_producer(kafka: Kafka) -> AsyncIterator[AIOKafkaProducer]:
    """Waits for all replicas, and sends nothing twice by itself."""
    options: dict[str, Any] = cluster_of(kafka).client_options
    producer = AIOKafkaProducer(
        **options, acks="all", enable_idempotence=True, linger_ms=5, max_request_size=RECORD_BYTES
    )
    try:
        await producer.start()
        yield producer
    finally:
        await producer.stop()
