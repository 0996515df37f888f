"""A publisher: the outboxes and inboxes of all shards, to the topics and to webhooks."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, closing
from typing import Any

from aiokafka import AIOKafkaProducer
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from alerts.channels.webhook import Endpoint
from alerts.deliveries import Deliveries, Subscriber
from alerts.outbox import Outbox
from alerts.publishing import Published, Publishing
from domain.access import Actor, Role
from infra.cluster.parts import cluster_of
from infra.cluster.worker_figures import PREFIX
from infra.installation import Installation
from infra.settings import Settings, Webhook
from streams.cluster.topics import NOTICES


async def publish_until_cancelled(settings: Settings, registry: CollectorRegistry) -> None:
    """All shards, each endpoint by itself; without brokers only the webhooks of one machine."""
    kafka = settings.kafka
    shards: list[int | None] = [*range(kafka.shards)] if kafka.brokers else [None]
    with ExitStack() as stack:
        opened = [
            stack.enter_context(closing(await asyncio.to_thread(Installation.open, settings, shard=shard)))
            for shard in shards
        ]
        async with _producer(settings) as producer, asyncio.TaskGroup() as tasks:
            for one in opened:
                _start(tasks, one, producer, registry)


def _start(
    tasks: asyncio.TaskGroup, installation: Installation, producer: AIOKafkaProducer | None, registry: CollectorRegistry
) -> None:
    for webhook in installation.settings.webhooks:
        tasks.create_task(Deliveries(installation.database, subscriber_of(webhook), installation.clock).run())
    if producer is not None:
        outbox = Outbox(installation.vault)
        publishing = Publishing(installation.database, outbox, producer, installation.clock, notices_topic=NOTICES.name)
        registry.register(_OutboxFigures(installation.database.schema or "", publishing.published))
        tasks.create_task(publishing.run())


def subscriber_of(webhook: Webhook) -> Subscriber:
    endpoint = Endpoint(
        webhook.name,
        webhook.url,
        tuple(secret.get_secret_value() for secret in webhook.secrets),
        webhook.signing_key.get_secret_value() if webhook.signing_key else None,
        webhook.private_addresses,
    )
    role = Role(webhook.role)
    by_place = role is Role.SUPERVISOR
    reader = Actor(
        role, webhook.name, jurisdiction=webhook.key if by_place else None, uscc=None if by_place else webhook.key
    )
    return Subscriber(endpoint, reader)


@asynccontextmanager
async def _producer(settings: Settings) -> AsyncIterator[AIOKafkaProducer | None]:
    """Waits for all replicas, and sends nothing twice by itself."""
    if not settings.kafka.brokers:
        yield None
        return
    options: dict[str, Any] = cluster_of(settings.kafka).client_options
    producer = AIOKafkaProducer(**options, acks="all", enable_idempotence=True, linger_ms=5)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def publisher_registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


class _OutboxFigures(Collector):
    """One shard's; read when asked for."""

    def __init__(self, shard: str, published: Published) -> None:
        self._shard = shard
        self._published = published

    def describe(self) -> list[Metric]:
        """Several of these share a registry."""
        return []

    def collect(self) -> Iterator[Metric]:
        seen = self._published
        for name, about, value in (
            ("outbox_messages", "Messages waiting to be sent.", seen.waiting),
            ("outbox_age_seconds", "How long the oldest has been waiting.", seen.oldest_seconds),
        ):
            gauge = GaugeMetricFamily(f"{PREFIX}_{name}", about, labels=["shard"])
            gauge.add_metric([self._shard], value)
            yield gauge
        for name, about, value in (
            ("published_messages", "Messages sent to other shards and dead letters.", seen.messages),
            ("published_notices", "Notices sent to the topic.", seen.notices),
        ):
            counter = CounterMetricFamily(f"{PREFIX}_{name}", about, labels=["shard"])
            counter.add_metric([self._shard], value)
            yield counter
