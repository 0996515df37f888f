"""A publisher: the outboxes and inboxes of all shards, to the topics and to webhooks."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import ExitStack, asynccontextmanager, closing
from functools import partial
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError, RecordListTooLargeError
from prometheus_client import CollectorRegistry
from structlog.contextvars import bind_contextvars

from alerts.channels.webhook import Endpoint
from alerts.deliveries import Deliveries, Subscriber
from alerts.outbox import Outbox
from alerts.publishing import Publishing
from domain.access import Actor, Role
from infra.cluster.parts import cluster_of
from infra.cluster.publisher_figures import EndpointFigures, OutboxFigures
from infra.installation import Installation
from infra.settings import Kafka, Settings, Webhook
from streams.cluster.topics import NOTICES
from streams.intake.sizes import RECORD_BYTES

_REFUSALS: Final = (MessageSizeTooLargeError, RecordListTooLargeError, AssertionError, TypeError, ValueError)
"""By size, or because there is neither key nor value, no such partition, or a header that is no bytes."""


async def publish_until_cancelled(settings: Settings, registry: CollectorRegistry) -> None:
    """All shards, each endpoint by itself; without brokers only the webhooks of one machine."""
    kafka = settings.kafka
    shards: list[int | None] = [*range(kafka.shards)] if kafka.brokers else [None]
    with ExitStack() as stack:
        opened = [
            stack.enter_context(closing(await asyncio.to_thread(Installation.open, settings, shard=shard)))
            for shard in shards
        ]
        async with asyncio.TaskGroup() as tasks:
            for one in opened:
                _start(tasks, one, registry)


def _start(tasks: asyncio.TaskGroup, installation: Installation, registry: CollectorRegistry) -> None:
    settings, shard = installation.settings, installation.database.schema or ""
    for webhook in settings.webhooks:
        deliveries = Deliveries(installation.database, subscriber_of(webhook), installation.clock)
        registry.register(EndpointFigures(shard, webhook.name, deliveries.served))
        tasks.create_task(_bound(deliveries.run(), shard=installation.shard, endpoint=webhook.name))
    if settings.kafka.brokers:
        publishing = Publishing(
            installation.database,
            Outbox(installation.vault),
            partial(_producer, settings.kafka),
            installation.clock,
            notices_topic=NOTICES.name,
            refusals=_REFUSALS,
        )
        registry.register(OutboxFigures(shard, publishing.published, installation.clock))
        tasks.create_task(_bound(publishing.run(), shard=installation.shard))


async def _bound(running: Coroutine[Any, Any, None], **ids: object) -> None:
    """Whatever ``running`` logs names ``ids``."""
    bind_contextvars(**ids)
    await running


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
async def _producer(kafka: Kafka) -> AsyncIterator[AIOKafkaProducer]:
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
